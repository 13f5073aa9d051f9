"""What the scripts call, in either mode. Standard library only: it runs before anything is installed."""
