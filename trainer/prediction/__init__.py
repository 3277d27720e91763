"""From photographs to ages and genders: faces found, aligned, cropped, predicted, calibrated."""
