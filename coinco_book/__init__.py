"""What makes the book: profiles, runs and their cache, figures, claims, staging, comparing, teaching, review.

The names below are what nearly every notebook starts from.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
