"""LoRA adapters on the language model alone: putting them on, and reloading them so that a silent miss is an error.

What a family calls its language model, and once called it, is in `engines.families`. An adapter whose keys carry
another prefix loads with a warning and changes nothing: the student would be the base without anyone noticing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from coinco_core.engines.families import bare, family_of
from coinco_core.errors import CheckError, MissingError

if TYPE_CHECKING:
    from coinco_core.distillation.config import DistillConfig

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
PEFT_PREFIX = "base_model.model."


def add_adapter(model: Any, config: DistillConfig) -> Any:
    """The model with a fresh LoRA adapter (a PeftModel), only the adapter trainable; the config's seed fixes its start.

    Raises CheckError when an adapted module lies outside the language model or none was found.
    """
    from peft import LoraConfig, get_peft_model

    lora = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules=family_of(model).lora_targets(config.target_modules),
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(devices=[]), known_warnings_off():
        torch.manual_seed(config.seed)
        adapted = get_peft_model(model, lora)
    adapted.peft_config["default"].base_model_name_or_path = ""  # else every checkpoint asks the hub about it
    _check_places(adapted.named_parameters(), config.target_modules, family_of(model).language_model)
    return adapted


def _check_places(parameters: Iterable[tuple[str, Any]], pattern: str, language_model: str) -> None:
    names = [name for name, parameter in parameters if parameter.requires_grad]
    outside = [name for name in names if f".{language_model}." not in name or "lora_" not in name]
    if not names:
        raise CheckError(f"No module of the model fits the adapter's pattern {pattern!r}, so nothing would be trained.")
    if outside:
        raise CheckError(f"The adapter would also train {outside[0]}; the paper's is on the language model alone.")


def save_adapter(adapted: Any, folder: str | Path, base_name: str = "") -> Path:
    """The folder that now holds the adapter's weights and settings (safetensors; its card comes from `model_card`).

    `base_name` says on which base it stands; a path on the machine that trained would say nothing to anyone else.
    """
    adapted.peft_config["default"].base_model_name_or_path = base_name
    adapted.save_pretrained(str(folder), selected_adapters=["default"], save_embedding_layers=False)
    (Path(folder) / "README.md").unlink(missing_ok=True)  # an empty template
    return Path(folder)


def load_adapter(model: Any, folder: str | Path, name: str = "default") -> Any:
    """The model with the adapter of a folder, not trainable; several can stand on one base under different names.

    Weights under older names of the modules go where they belong today (see `old_names`). Raises MissingError when the
    folder holds no adapter, CheckError when a weight did not find its place.
    """
    from peft import MODEL_TYPE_TO_PEFT_MODEL_MAPPING, PeftConfig, PeftModel, set_peft_model_state_dict
    from safetensors.torch import load_file

    names = old_names(adapter_keys(folder), model)
    stored = {names.get(key, key): value for key, value in load_file(Path(folder) / WEIGHTS).items()}
    config = PeftConfig.from_pretrained(str(folder))
    config.inference_mode = True
    with known_warnings_off():
        if isinstance(model, PeftModel):
            adapted = model
            adapted.add_adapter(name, config)
        else:
            adapted = MODEL_TYPE_TO_PEFT_MODEL_MAPPING.get(config.task_type, PeftModel)(model, config, name)
        set_peft_model_state_dict(adapted, stored, adapter_name=name)
    _check_loaded(adapted, stored, folder, name)
    return adapted.eval()


def adapter_keys(folder: str | Path) -> list[str]:
    """The names of an adapter's weights as they are stored; a MissingError when the folder holds no adapter."""
    from safetensors import safe_open

    for part in (WEIGHTS, CONFIG):
        if not (Path(folder) / part).is_file():
            raise MissingError(f"There is no adapter in '{folder}' ({part} is missing).")
    with safe_open(Path(folder) / WEIGHTS, framework="pt") as stored:
        return list(stored.keys())


def old_names(keys: Iterable[str], model: Any) -> dict[str, str]:
    """The names among an adapter's that modules of this model once had, each with the name of today.

    transformers moved the language model of Qwen2.5-VL from `model.layers` to `model.language_model.layers`, and that
    of other families likewise. peft finds no place for a weight under the old name, warns, and leaves the base as is.
    """
    modules = {f"{PEFT_PREFIX}{name}." for name, _ in bare(model).named_modules()}
    known = {PEFT_PREFIX + old: PEFT_PREFIX + new for old, new in family_of(model).renamed.items()}
    moved = {old: new for old, new in known.items() if new in modules and old not in modules}
    return {key: new + key.removeprefix(old) for key in keys for old, new in moved.items() if key.startswith(old)}


def _check_loaded(adapted: Any, stored: Mapping[str, torch.Tensor], folder: str | Path, name: str) -> None:
    """Raises CheckError unless every stored tensor is in the model, and nothing else is in the adapter."""
    from peft import get_peft_model_state_dict

    placed = get_peft_model_state_dict(adapted, adapter_name=name, save_embedding_layers=False)
    lost = sorted(set(stored) ^ set(placed)) or [
        key for key, value in stored.items() if not torch.equal(placed[key].cpu(), value.to(placed[key].dtype))
    ]
    if lost:
        raise CheckError(f"The adapter in '{folder}' does not fit the model: {lost[0]} has no match.")


@torch.inference_mode()
def check_reload(adapted: Any, folder: str | Path, inputs: dict[str, torch.Tensor]) -> float:
    """The largest absolute difference in logits between the adapted model and its base on these inputs; a scalar.

    `inputs` are a batch of `collate` without its labels: `input_ids` (batch, length) and so on. Raises CheckError
    unless the adapter reloaded from the folder gives exactly the trained model's logits (batch, kept, vocabulary), and
    when the adapter changes nothing.
    """
    adapted.eval()
    active = adapted.active_adapter
    trained = adapted(**inputs).logits
    with adapted.disable_adapter():
        base = adapted(**inputs).logits
    load_adapter(adapted, folder, "reloaded")
    adapted.set_adapter("reloaded")
    reloaded = adapted(**inputs).logits
    adapted.set_adapter(active)
    adapted.delete_adapter("reloaded")
    if not torch.equal(trained, reloaded):
        raise CheckError(f"The adapter saved in '{folder}' does not give the trained model's answers when reloaded.")
    moved = float((trained - base).abs().max())
    if moved == 0.0:
        raise CheckError(
            f"The adapter saved in '{folder}' changes nothing: the student would be its base. The best evaluation came "
            "at the first step, where the learning rate is 0; train for more steps, or evaluate less often."
        )
    return moved


@contextmanager
def known_warnings_off() -> Iterator[None]:
    """A stretch of work in which peft may use a property that transformers renamed; other warnings come through."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)
        yield
