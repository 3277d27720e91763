"""The engine: data set, models and training, usable without the dashboard."""

__version__ = "0.1.0"
