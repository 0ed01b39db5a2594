"""What can be put on the latents: the published network, and a small convolutional one that knows what lies where.

The published network flattens its input and so has to learn anew at each of the 1,024 places what an image looks
like. The convolutional head looks at all places with the same weights, and has a thirtieth of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from coinco_core.categories import NAMES
from coinco_core.errors import InputError, did_you_mean
from coinco_core.objects_from_context.network.model import DROPOUT, INPUTS, build_network

PUBLISHED_HEAD, CONVOLUTIONAL = "published", "convolutional"
_MAPS = (8, 32, 64, 64)  # channels: image and mask latents, then each layer's; every layer halves both sides
_SIDE = 32


def build_convolutional(seed: int, inputs: int = INPUTS) -> torch.nn.Sequential:
    """A new convolutional head with initial weights from the seed: three layers of stride 2, then a linear one.

    It maps the same flattened inputs (n, 8192) to logits (n, 80), seeing them as maps (n, 8, 32, 32). Raises InputError
    for any other number of inputs, which cannot be laid out as maps.
    """
    if inputs != INPUTS:
        raise InputError(f"The convolutional head needs the latents of image and mask, {INPUTS} numbers, not {inputs}.")
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        parts: list[torch.nn.Module] = [torch.nn.Unflatten(1, (_MAPS[0], _SIDE, _SIDE))]
        for wide, narrow in zip(_MAPS, _MAPS[1:], strict=False):
            parts += [torch.nn.Conv2d(wide, narrow, 3, stride=2, padding=1), torch.nn.ReLU()]
        side = _SIDE // 2 ** (len(_MAPS) - 1)
        last = torch.nn.Linear(_MAPS[-1] * side * side, len(NAMES))
        return torch.nn.Sequential(*parts, torch.nn.Flatten(), torch.nn.Dropout(DROPOUT), last)


HEADS: dict[str, Callable[[int, int], torch.nn.Sequential]] = {
    PUBLISHED_HEAD: build_network,
    CONVOLUTIONAL: build_convolutional,
}


def build_head(name: str, seed: int, inputs: int = INPUTS) -> torch.nn.Sequential:
    """A new head of that name with weights from the seed, inputs (n, inputs) to logits (n, 80).

    Raises InputError when there is none of that name.
    """
    if name not in HEADS:
        raise InputError(f"'{name}' is not a head; use {' or '.join(HEADS)}.{did_you_mean(name, HEADS)}")
    return HEADS[name](seed, inputs)
