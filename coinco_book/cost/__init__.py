"""What the paper's models take at full size, counted without their weights: tokens, sizes, memory, work, hours."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
