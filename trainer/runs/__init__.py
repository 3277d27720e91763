"""The run directory: the protocol between the worker and every reader. See `layout.py`."""
