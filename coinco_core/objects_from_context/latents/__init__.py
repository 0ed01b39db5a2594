"""From an image and its box to stored latents: how they are prepared, by which autoencoder, and how they are kept."""
