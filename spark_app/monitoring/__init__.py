"""What the application reports about itself: metrics of each micro-batch, and lost executors."""
