"""What workers other than those of runs have in common: a state in a file, a session, commands."""
