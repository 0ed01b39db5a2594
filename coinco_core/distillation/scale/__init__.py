"""What the paper's students are and take at full size, counted without their weights: sizes, memory, work."""
