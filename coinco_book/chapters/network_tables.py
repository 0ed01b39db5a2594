"""The two tables of the authors' page of training details, computed from the network itself on no device at all.

Sizes are counted as torchinfo counts them, which made the authors' tables: in 10^6 bytes of float32, the activations of
every layer that has weights twice, once for the way forward and once for the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from coinco_core.objects_from_context.network.model import INPUTS, layers

if TYPE_CHECKING:
    import pandas as pd

BATCH = 512  # the batch that the published sizes are for
_BYTES, _MEGA = 4, 1e6  # of a float32; a megabyte as torchinfo has it


def network_layers() -> pd.DataFrame:
    """One row per layer: columns layer (its kind), output (its shape for a batch), parameters, multiply_adds.

    The shape is a text such as '(batch, 512)'; multiply-adds are for one image.
    """
    import pandas as pd

    rows = [(_name(layer), f"(batch, {width})", _parameters(layer), _parameters(layer)) for layer, width in _widths()]
    return pd.DataFrame(rows, columns=["layer", "output", "parameters", "multiply_adds"])


def network_memory(batch: int = BATCH) -> pd.DataFrame:
    """What one batch takes, one row per quantity: parameters, multiply-adds, and four sizes.

    Columns quantity, value (float) and unit ('' for a count, 'G' for 10^9 operations, 'MB' for 10^6 bytes).

    The published values, at a batch of 512: 4,369,360; 2.24 G; and 16.78, 4.00, 17.48 and 38.25 MB.
    """
    import pandas as pd

    found = list(_widths())
    parameters = sum(_parameters(layer) for layer, _ in found)
    inputs = batch * INPUTS * _BYTES / _MEGA
    activations = 2 * batch * sum(width for layer, width in found if _parameters(layer)) * _BYTES / _MEGA
    weights = parameters * _BYTES / _MEGA
    rows = [
        ("parameters, all trained", float(parameters), ""),
        ("multiply-adds", batch * parameters / 1e9, "G"),
        ("input", inputs, "MB"),
        ("activations, forward and backward", activations, "MB"),
        ("weights", weights, "MB"),
        ("in all", inputs + activations + weights, "MB"),
    ]
    return pd.DataFrame(rows, columns=["quantity", "value", "unit"])


def _widths() -> Iterator[tuple[torch.nn.Module, int]]:
    """Each layer with the number of values that it gives for an image."""
    with torch.device("meta"):
        network = layers()
    width = INPUTS
    for layer in network:
        width = layer.out_features if isinstance(layer, torch.nn.Linear) else width
        yield layer, width


def _parameters(layer: torch.nn.Module) -> int:
    return sum(p.numel() for p in layer.parameters())


def _name(layer: torch.nn.Module) -> str:
    if isinstance(layer, torch.nn.Linear):
        return f"Linear {layer.in_features} to {layer.out_features}"
    return f"Dropout {layer.p}" if isinstance(layer, torch.nn.Dropout) else type(layer).__name__
