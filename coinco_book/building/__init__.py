"""The book itself: the staged tree, Jupyter Book over it, and what a built book must be."""
