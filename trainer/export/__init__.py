"""Runs in forms that other programs and papers take."""
