"""What the Data screen knows of a data set, apart from how it is shown."""
