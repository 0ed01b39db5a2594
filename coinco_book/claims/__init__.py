"""The claims ledger: each number and comparison of the paper, what answers it here, and whether it holds."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
