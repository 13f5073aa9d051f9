"""The vocabulary of the stack: readings, settings, errors. Imports none of the other packages."""
