"""From a folder of faces to an index, a split and decoded pixels."""
