from __future__ import annotations

import warnings

import pytest
import torch

from coinco_core.devices import DeviceChoice
from coinco_core.distillation.adapters import add_adapter
from coinco_core.engines import nf4
from coinco_core.errors import InputError, MissingError
from distillation_rows import SMALL
from tiny_models import tiny_model

GPU = DeviceChoice("cuda:1", "bfloat16", "for the test")


def test_without_a_gpu_or_bitsandbytes_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="needs a CUDA GPU, and this runs on cpu"):
        nf4.placement(DeviceChoice("cpu", "float32", "for the test"))
    monkeypatch.setattr(nf4, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match=r"pip install 'coinco_core\[nf4\]'"):
        nf4.placement(GPU)


def test_the_settings_are_the_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nf4, "find_spec", lambda name: name)
    found = nf4.placement(GPU)
    settings = found["quantization_config"]
    assert found["device_map"] == {"": "cuda:1"}
    assert settings.load_in_4bit and settings.bnb_4bit_quant_type == "nf4" and settings.bnb_4bit_use_double_quant
    assert settings.bnb_4bit_compute_dtype == torch.bfloat16
    described = {"evaluation": "as the authors did", "adapters": "merged into 4 bits", **nf4.SETTINGS}
    assert nf4.described() == described  # no version of a package, which an update would make another job


def test_merging_leaves_no_adapter_and_only_its_warning_is_expected() -> None:
    adapted = add_adapter(tiny_model("qwen2_5_vl")[0], SMALL)
    plain = nf4.merged(adapted)
    assert not hasattr(plain, "peft_config") and not any("lora" in name for name, _ in plain.named_parameters())

    class Rounding:
        def merge_and_unload(self) -> None:
            warnings.warn("Merge lora module to 4-bit linear may get different generations.", stacklevel=1)
            warnings.warn("something else", stacklevel=1)

    with pytest.raises(UserWarning, match="something else"):
        nf4.merged(Rounding())
