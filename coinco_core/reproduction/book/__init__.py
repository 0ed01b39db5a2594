"""The pages: what is staged, the parts that are generated, rendering, and what a built book must be."""
