"""A trained network in use: one image and a box, a map over the image, the object painted back."""
