"""Models passed on: written small, put together again, found on the other machine."""
