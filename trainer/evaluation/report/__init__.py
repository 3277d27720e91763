"""An evaluation as a page and pictures that can be passed on."""
