"""The vocabulary of the stack: readings, settings, errors. It imports no other package of the stack."""
