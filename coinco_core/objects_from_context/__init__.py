"""Objects-from-Context (section 5.2): which object belongs in the box, told from the image around it.

`latents` turns an image and the mask of its box into stored latents, `network` learns from them which of the 80
categories stood in the box. Its answer is read at two levels (`ranking`), against `chance`, what needs no learning
(`baselines`, `co_occurrence`) and variants of the training (`study`). `use` is the trained network at work.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
