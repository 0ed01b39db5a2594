"""A trained network in use: one picture and a box, a map over the picture, the object painted back."""
