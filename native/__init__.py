"""No Docker: the same real components as local processes. Standard library only, as it runs before the installation."""
