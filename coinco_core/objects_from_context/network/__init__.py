"""The network on the latents: what it is, how it is trained, and what is kept of a training."""
