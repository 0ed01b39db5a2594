"""Objects-from-Context (section 5.2): which object belongs in the box, told from the picture around it.

A frozen autoencoder turns the picture and the mask of the box into latents (`latents`, `store`), a small network maps
them to the 80 categories (`model`, `training`), and its answer is read at two levels (`ranking`) against what needs
no learning (`baselines`). `predictor` does all of it for one picture.
"""
