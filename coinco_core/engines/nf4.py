"""Weights in 4 bits (NF4), as the authors evaluated their students and the base (section 5.1, parallel_inference.py).

They trained in bfloat16 and evaluated in 4 bits, with the adapter merged into the 4-bit weights, which rounds it too.
This is there to repeat that, never the default: what was trained is what should be measured. A result made so says it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from coinco_core.devices import DeviceChoice
from coinco_core.errors import InputError, MissingError

SETTINGS = {  # parallel_inference.py, lines 126 to 131
    "load_in_4bit": True,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "bnb_4bit_compute_dtype": "bfloat16",
}
NOTE = (
    "Evaluated as the authors did: weights in 4 bits (NF4), adapters merged into them, and the repetition penalty of "
    "Qwen's own settings. Verdicts in full precision can differ."
)


def placement(choice: DeviceChoice) -> dict[str, Any]:
    """How `from_pretrained` loads a model in NF4 onto the chosen GPU.

    Raises InputError when that is no CUDA GPU, MissingError when bitsandbytes is not installed.
    """
    if not choice.device.startswith("cuda"):
        raise InputError(f"NF4 needs a CUDA GPU, and this runs on {choice.device}; leave NF4 out.")
    if find_spec("bitsandbytes") is None:
        raise MissingError("NF4 needs bitsandbytes, which is not installed: pip install 'coinco_core[nf4]'.")
    from transformers import BitsAndBytesConfig

    return {"quantization_config": BitsAndBytesConfig(**SETTINGS), "device_map": {"": choice.device}}


def merged(adapted: Any) -> Any:
    """The model with its active adapter merged into its weights, and no adapter any more."""
    with _rounding_is_meant():
        return adapted.merge_and_unload()


def described() -> dict[str, Any]:
    """What decides the answers of a model loaded so: the settings, and where adapters are."""
    return {"evaluation": "as the authors did", "adapters": "merged into 4 bits", **SETTINGS}


@contextmanager
def _rounding_is_meant() -> Iterator[None]:
    """A stretch of work in which peft does not warn that 4-bit weights round an adapter; that is what is repeated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Merge lora module to 4-bit linear", category=UserWarning)
        yield
