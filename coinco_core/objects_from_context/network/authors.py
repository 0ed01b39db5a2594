"""The authors' released checkpoint, read from its file: their pickle holds our network's weights under other names.

Their scripts save with `torch.save`, either the weights alone or a dictionary with the weights and how far training
was (train.py of the authors' code). It is read with PyTorch's `weights_only`, which runs nothing that is in the file.
"""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from coinco_core.categories import NAMES
from coinco_core.errors import InputError, MissingError
from coinco_core.objects_from_context.network.model import HIDDEN, INPUTS, build_network

SUFFIXES = (".pth", ".pt")
_WEIGHTS = "model_state_dict"
_SHAPES = tuple(zip((*HIDDEN, len(NAMES)), (INPUTS, *HIDDEN), strict=True))  # of the four layers, (out, in)


def load_authors_network(path: Path | str) -> tuple[torch.nn.Sequential, dict[str, Any]]:
    """The network with the weights of the authors' file, in evaluation mode and float32, and the file's other facts.

    It maps inputs (n, 8192) to logits (n, 80). The facts are the epoch and whatever numbers and texts are kept beside
    the weights ({} for weights alone). The four layers are identified by their shapes, so their names (fc1, module.fc1,
    net.0) do not matter. Raises MissingError without a file, InputError when it is damaged, would run code, or holds
    another network.
    """
    path = Path(path)
    content = _read(path)
    weights = content.get(_WEIGHTS, content)
    if not isinstance(weights, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in weights.items()
    ):
        raise InputError(f"{path} holds no weights of a network, neither as they are nor as '{_WEIGHTS}'.")
    layers = _layers(path, weights)
    network = build_network(0)
    names = [name.removesuffix(".weight") for name in network.state_dict() if name.endswith(".weight")]
    network.load_state_dict(
        {f"{name}.{part}": tensor for name, layer in zip(names, layers, strict=True) for part, tensor in layer.items()}
    )
    return network.eval(), {} if weights is content else _facts(content)


def _read(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise MissingError(f"There is no file {path}.")
    try:
        with torch.serialization.safe_globals(_numbers()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickles of another protocol, which then are refused or read
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise InputError(
            f"{path} is not a file of weights alone, and anything else in it is not run; it is refused."
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, AttributeError, TypeError, IndexError):
        raise InputError(f"{path} cannot be read as a PyTorch checkpoint; it is damaged or of another kind.") from None
    if not isinstance(content, Mapping):
        raise InputError(f"{path} holds no weights of a network, neither as they are nor as '{_WEIGHTS}'.")
    return content


def _numbers() -> list[Any]:
    """What a pickled number of NumPy is made of: an accuracy kept beside the weights is often one."""
    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8")]
    return [np.dtype, *kinds, scalar, (scalar, "numpy.core.multiarray.scalar")]


def _layers(path: Path, weights: Mapping[str, torch.Tensor]) -> list[dict[str, torch.Tensor]]:
    """Weight and bias of the four layers in order; InputError when the tensors are not those of our network."""
    by_shape = {tuple(tensor.shape): name for name, tensor in weights.items() if tensor.ndim == 2}
    if any(shape[0] == 1 for shape in by_shape):
        raise InputError(
            f"{path} holds a network with a single output: the context classifier of the paper's first version, which "
            "says in or out of context, and not the network of Objects-from-Context."
        )
    layers = []
    for shape in _SHAPES:
        name = by_shape.get(shape, "")
        bias = weights.get(name.removesuffix("weight") + "bias") if name.endswith("weight") else None
        if bias is None or tuple(bias.shape) != shape[:1]:
            raise _another(path)
        layers.append({"weight": weights[name].float(), "bias": bias.float()})
    if len(weights) != 2 * len(layers):
        raise _another(path)
    if not all(bool(tensor.isfinite().all()) for layer in layers for tensor in layer.values()):
        raise InputError(f"{path} holds weights that are not finite; fetch the file again.")
    return layers


def _another(path: Path) -> InputError:
    widths = "-".join(map(str, (INPUTS, *HIDDEN, len(NAMES))))
    return InputError(f"{path} holds another network than that of section 5.2, whose layers are {widths}.")


def _facts(content: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers and texts beside the weights, one level deep, ready for JSON; the optimizer's state is left out."""
    facts = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            value = {key: _plain(part) for key, part in value.items()}
            value = {key: part for key, part in value.items() if part is not None}
        else:
            value = _plain(value)
        if value not in (None, {}) and not str(name).endswith("state_dict"):
            facts[str(name)] = value
    return facts


def _plain(value: Any) -> int | float | str | None:
    """A number or text as plain Python has it; None for anything else and for what is not finite."""
    if isinstance(value, np.generic) or (isinstance(value, torch.Tensor) and value.numel() == 1):
        value = value.item()
    if isinstance(value, str | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else None
