"""The network of section 5.2: 8192 numbers to 80 categories by way of 512, 256 and 128.

Linear layers with ReLU and dropout after each hidden one; what comes out are logits. 4,369,360 parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from coinco_core.categories import NAMES
from coinco_core.objects_from_context.latents import INPUTS

if TYPE_CHECKING:
    import pandas as pd

HIDDEN = (512, 256, 128)  # section 5.2; model.py of the authors' code
DROPOUT = 0.3  # model.py of the authors' code
PARAMETERS = 4_369_360  # the authors' page of training details


def build_network(seed: int) -> torch.nn.Sequential:
    """A new network with PyTorch's usual initial weights drawn from the seed; the global random state is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _layers()


def _layers() -> torch.nn.Sequential:
    widths = (INPUTS, *HIDDEN)
    layers: list[torch.nn.Module] = []
    for wide, narrow in zip(widths, widths[1:], strict=False):
        layers += [torch.nn.Linear(wide, narrow), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT)]
    return torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN[-1], len(NAMES)))


def layer_table() -> pd.DataFrame:
    """A row a layer: its kind, the shape that comes out for a batch, its parameters and multiplications a picture."""
    import pandas as pd

    with torch.device("meta"):
        layers = _layers()
    rows, width = [], INPUTS
    for layer in layers:
        linear = isinstance(layer, torch.nn.Linear)
        width = layer.out_features if linear else width
        parameters = sum(p.numel() for p in layer.parameters())
        products = layer.weight.numel() if linear else 0
        rows.append((_name(layer), f"(batch, {width})", parameters, products))
    return pd.DataFrame(rows, columns=["layer", "output", "parameters", "multiplications"])


def _name(layer: torch.nn.Module) -> str:
    if isinstance(layer, torch.nn.Linear):
        return f"Linear {layer.in_features} to {layer.out_features}"
    return f"Dropout {layer.p}" if isinstance(layer, torch.nn.Dropout) else type(layer).__name__


def count_parameters(network: torch.nn.Module) -> int:
    """The number of weights that are trained."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
