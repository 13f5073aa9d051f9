"""What the application reports of itself: metrics of each micro-batch, and lost executors."""
