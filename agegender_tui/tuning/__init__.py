"""What the Tune screen shows of studies: pure functions of what lies on disk, no widgets."""
