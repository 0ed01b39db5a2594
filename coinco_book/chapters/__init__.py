"""What single chapters need beside the method: pools, repeats over seeds, variants, published tables beside a run's."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
