"""What the Predict screen knows and does, apart from showing it."""
