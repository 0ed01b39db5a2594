"""Exercises in notebooks: reading them, the editions with and without solutions, checks and grades."""
