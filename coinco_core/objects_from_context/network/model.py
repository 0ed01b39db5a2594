"""The network of section 5.2: 8192 numbers to 80 categories by way of 512, 256 and 128.

Linear layers with ReLU and dropout after each hidden one; what comes out are logits. 4,369,360 parameters.
"""

from __future__ import annotations

import torch

from coinco_core.categories import NAMES

INPUTS = 2 * 4 * 32 * 32  # numbers the published network sees: the image's latents, then the mask's
HIDDEN = (512, 256, 128)  # section 5.2; model.py of the authors' code
DROPOUT = 0.3  # model.py of the authors' code


def build_network(seed: int, inputs: int = INPUTS) -> torch.nn.Sequential:
    """A new network with PyTorch's usual initial weights drawn from the seed; the global random state is unchanged.

    It maps float32 inputs (n, inputs) to logits (n, 80). `inputs` other than the published 8192 are for networks that
    get only a part of the image and the box, or another description.
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        return layers(inputs)


def layers(inputs: int = INPUTS) -> torch.nn.Sequential:
    """The layers in their order, (n, inputs) to (n, 80), with initial weights from the global random state."""
    widths = (inputs, *HIDDEN)
    hidden: list[torch.nn.Module] = []
    for wide, narrow in zip(widths, widths[1:], strict=False):
        hidden += [torch.nn.Linear(wide, narrow), torch.nn.ReLU(), torch.nn.Dropout(DROPOUT)]
    return torch.nn.Sequential(*hidden, torch.nn.Linear(HIDDEN[-1], len(NAMES)))


def count_parameters(network: torch.nn.Module) -> int:
    """The number of weights that are trained."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
