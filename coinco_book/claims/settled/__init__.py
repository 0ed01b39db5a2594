"""What follows from published numbers alone: each function takes the paper's values and gives what they imply, by key.

Nothing here is measured. `page` sets the results beside the claims that they answer.
"""
