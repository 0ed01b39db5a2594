"""Two runs side by side, and one run made twice: what changed, what is the same."""
