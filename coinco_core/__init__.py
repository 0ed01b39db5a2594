"""The COinCO companion's method: is an object in or out of context, and why?

The names below are loaded on first use, so that the import stays cheap; `__init__.pyi` says where each is defined.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.1.0"
