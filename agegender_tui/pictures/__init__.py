"""Pictures in a terminal, by the best protocol it has."""
