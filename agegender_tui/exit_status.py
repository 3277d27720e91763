"""Exit statuses beside those of `trainer.errors.ExitCode`: 128 and the number of a signal, as
shells have it."""

HUNG_UP = 129  # the dashboard's terminal is gone
INTERRUPTED = 130  # Ctrl-C
