"""The terminal dashboard. It never imports TensorFlow; it reads and steers run directories."""
