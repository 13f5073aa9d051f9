"""Job `rain`: the dataset of past days, and predictions of the coming day."""
