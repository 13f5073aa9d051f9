"""Source `sql`: rows of a database table, and the program that fills the table."""
