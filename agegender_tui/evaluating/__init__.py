"""What the Evaluate screen shows, without widgets."""
