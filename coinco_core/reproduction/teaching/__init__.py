"""Exercises with their checks and solutions, editions of the notebooks for students, slides."""
