"""The demo world: drawn scenes that stand in for COinCO where no download and no GPU is at hand.

It follows COinCO's own procedure (section 3.1): a coherent scene, one of its objects picked, a category drawn at random
from the 80 painted into that object's box. Everything is deterministic from a seed and knows its own truth.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
