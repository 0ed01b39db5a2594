"""Notebooks executed where they are out of date: the manifest, what a run depends on, kernels, folders, records."""
