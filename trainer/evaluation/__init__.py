"""What models are worth on faces they were not trained on, for whom, and which of two is better."""
