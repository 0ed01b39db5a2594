"""An engine in this process: a transformers model that answers batches of images and prompts.

Decoding is greedy unless asked otherwise, and every sampling field is set here and recorded, so that no default of a
model's own generation settings decides an answer unseen. (The authors' scripts sampled with the models' defaults and
without a seed, so their answers cannot be repeated exactly.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForImageTextToText
from transformers.utils import logging as hf_logging

from coinco_core import provenance
from coinco_core.ahead import ahead
from coinco_core.demo import demo_weights
from coinco_core.devices import DeviceChoice, choose_device
from coinco_core.engines import encoding, nf4
from coinco_core.engines.base import LENGTH, ROLES, STOP, Answer, Engine, Request, failure
from coinco_core.engines.decoding import Sampling
from coinco_core.engines.memory import halving
from coinco_core.engines.processors import load_processor
from coinco_core.errors import InputError, MissingError
from coinco_core.files import digest
from coinco_core.store.file_digests import file_digests

# what decides a folder's answers; records of how it was made do not
IDENTITY_FILES = ("*.safetensors", "*.index.json", "config.json", "token*.json", "*processor*.json", "*.jinja")

_SMALL = 100_000_000  # bytes of weights
Encoded = tuple[list[int], encoding.Pixels]  # a request's prompt ids and its image's arrays


class LocalEngine(Engine):
    """A model and its processor as an Engine; `model` and `processor` may be used directly."""

    def __init__(
        self,
        name: str,
        model: Any,
        processor: Any,
        *,
        batch_size: int = 8,
        sampling: Sampling | None = None,
        record: dict[str, Any] | None = None,
    ) -> None:
        if batch_size < 1:
            raise InputError(f"The batch size must be at least 1, not {batch_size}.")
        self.name, self.model, self.processor, self.batch_size = name, model, processor, batch_size
        self.sampling = sampling or Sampling()
        self.record = record or {}
        model.generation_config = self.sampling.config(processor.tokenizer)

    def ask(self, requests: Iterable[Request], keep: Callable[[list[Answer]], None]) -> None:
        """One answer per request, a batch at a time; an image that cannot be encoded is an answer with an error."""
        waiting = ahead(lambda request: (request, self._look(request)), requests, window=2 * self.batch_size)
        while batch := list(islice(waiting, self.batch_size)):
            keep(self._answer_batch(batch))

    def _answer_batch(self, batch: Sequence[tuple[Request, encoding.Pixels | str]]) -> list[Answer]:
        encoded = [self._encode(request, looked) for request, looked in batch]
        good = [item for item in encoded if not isinstance(item, str)]
        texts = iter(self._generate_or_halve(good) if good else [])
        answers = []
        for (request, _), item in zip(batch, encoded, strict=True):
            new = item if isinstance(item, str) else next(texts)
            answers.append(
                failure(request.key, new) if isinstance(new, str) else self._read(request, len(item[0]), new)
            )
        return answers

    def _generate_or_halve(self, encoded: Sequence[Encoded]) -> list[list[int] | str]:
        """The new token ids of each row; where even one row is too much for the memory, that in words."""

        def generated(rows: Sequence[Encoded]) -> list[list[int] | str]:
            try:
                return list(self._generate([ids for ids, _ in rows], [pixels for _, pixels in rows]))
            except torch.OutOfMemoryError as error:
                if len(rows) > 1:
                    raise
                return [f"OutOfMemoryError: {str(error).splitlines()[0]}"]

        return halving(generated, encoded)

    def _look(self, request: Request) -> encoding.Pixels | str:
        """The image's arrays, or in words why it cannot be used; in threads, while the model answers others."""
        try:
            return encoding.pixel_parts(self.processor, request.image)
        except (ValueError, OSError) as error:  # an image 200 times longer than wide, a truncated file
            return f"{type(error).__name__}: {error}"

    def _encode(self, request: Request, looked: encoding.Pixels | str) -> Encoded | str:
        """The prompt's ids and the image's arrays, or what is wrong with the image; a tokenizer is for one thread."""
        return (
            looked if isinstance(looked, str) else (encoding.prompt_ids(self.processor, request.prompt, looked), looked)
        )

    @torch.inference_mode()
    def _generate(self, rows: Sequence[list[int]], pixels: Sequence[encoding.Pixels]) -> list[list[int]]:
        """The newly generated token ids of each row, padding included."""
        inputs = encoding.stack(self.processor, rows, pixels, side="left")
        inputs = {name: value.to(self.model.device) for name, value in inputs.items()}
        inputs["pixel_values"] = inputs["pixel_values"].to(self.model.dtype)
        with torch.random.fork_rng(enabled=self.sampling.do_sample):
            if self.sampling.do_sample:
                torch.manual_seed(self.sampling.seed)
            output = self.model.generate(**inputs)
        new: list[list[int]] = output[:, inputs["input_ids"].shape[1] :].tolist()
        return new

    def _read(self, request: Request, prompt_tokens: int, new: list[int]) -> Answer:
        end = self.processor.tokenizer.eos_token_id
        reason = STOP if end in new else LENGTH
        new = new[: new.index(end)] if reason == STOP else new
        text = self.processor.tokenizer.decode(new, skip_special_tokens=True).strip()
        return Answer(request.key, text, reason, prompt_tokens, len(new) + (reason == STOP))


def load_local_engine(
    model: str,
    *,
    device: str | None = None,
    batch_size: int = 8,
    revision: str | None = None,
    trust_remote_code: bool = False,
    **sampling: Any,
) -> LocalEngine:
    """An engine for a demo role, a folder or a hub id, on the best device there is.

    `sampling` are the fields of `Sampling`. Raises MissingError when the model cannot be loaded from here.
    """
    source = resolve_model(model)
    choice = choose_device(device)
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if revision is not None:
        options["revision"] = revision
    processor, backend = load_processor(source, **options)
    network = load_lvlm(source, choice, **options)
    settings = Sampling(**sampling)
    record = engine_record(model, LoadedModel(source, network, processor, backend, choice), settings)
    record["made_on"]["batch_size"] = batch_size
    return LocalEngine(model, network, processor, batch_size=batch_size, sampling=settings, record=record)


def resolve_model(model: str) -> str:
    """Where a model is loaded from: a demo role's shipped folder, a folder, or the hub id itself."""
    if model in ROLES:
        return str(demo_weights(model))
    looks_like_path = model.startswith((".", "/", "~")) or model.count("/") != 1
    if Path(model).expanduser().is_dir():
        return str(Path(model).expanduser())
    if looks_like_path:
        names = ", ".join(ROLES)
        raise MissingError(f"There is no model '{model}': it is neither a folder, nor a hub id, nor one of {names}.")
    return model


def load_lvlm(source: str, choice: DeviceChoice, *, spread: bool = True, in_nf4: bool = False, **options: Any) -> Any:
    """A vision-language model in evaluation mode on the chosen device, with `spread` over all GPUs there are.

    `in_nf4` is the authors' way of evaluating, in 4 bits on one GPU (see `nf4`).
    """
    several = spread and choice.device == "cuda" and torch.cuda.device_count() > 1
    placement: dict[str, Any] = {"device_map": "auto"} if several and _wants_several(source) else {}
    placement = nf4.placement(choice) if in_nf4 else placement
    try:
        with _no_bar_for_small_models(source):
            network = AutoModelForImageTextToText.from_pretrained(
                source, dtype=getattr(torch, choice.dtype), **placement, **options
            )
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise MissingError(f"The model '{source}' could not be loaded: {reason}") from error
    return (network if placement else network.to(choice.device)).eval()


def _wants_several(source: str) -> bool:
    """Whether a model is spread over the GPUs: one from the hub, or one whose weights would fill half of the first."""
    if not Path(source).is_dir():
        return True
    size = sum(file.stat().st_size for file in Path(source).iterdir() if file.suffix in (".safetensors", ".bin"))
    return size > torch.cuda.get_device_properties(0).total_memory / 2


@contextmanager
def _no_bar_for_small_models(source: str) -> Iterator[None]:
    """A stretch of work without transformers' progress bar where a small model is read, which takes no time."""
    size = sum(file.stat().st_size for file in Path(source).glob("*.safetensors"))
    shown = hf_logging.is_progress_bar_enabled() and 0 < size < _SMALL
    if shown:
        hf_logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            hf_logging.enable_progress_bar()


@dataclass(frozen=True)
class LoadedModel:
    """A vision-language model as it was loaded: from where, on which device, and what turns images into its input."""

    source: str  # a folder or a hub id
    network: Any
    processor: Any
    backend: str  # of the image processor, as `describe_backend` says it
    choice: DeviceChoice


def engine_record(name: str, loaded: LoadedModel, sampling: Sampling) -> dict[str, Any]:
    """All that decides an engine's answers (`identity`), and where it ran (`made_on`)."""
    network, processor = loaded.network, loaded.processor
    identity = {
        "engine": "transformers",
        "model": name,
        "weights": weights_digest(loaded.source) or getattr(network.config, "_commit_hash", None) or "unknown",
        "architecture": type(network).__name__,
        "dtype": str(network.dtype).removeprefix("torch."),
        "image_processor": loaded.backend,
        "image_settings_sha256": digest(processor.image_processor.to_json_string()),
        "chat_template_sha256": digest(processor.chat_template or ""),
        "sampling": asdict(sampling),
    }
    made_on = {
        "device": loaded.choice.reason,
        "attention": network.config._attn_implementation,
        "packages": provenance.package_versions(),
    }
    return {"identity": identity, "made_on": made_on}


def weights_digest(folder: str | Path) -> str:
    """One digest over a folder's weights, settings and tokenizer, '' for a hub id (whose commit says the same)."""
    path = Path(folder)
    files = sorted({file for pattern in IDENTITY_FILES for file in path.glob(pattern)}) if path.is_dir() else []
    found = file_digests(files)
    return digest({file.name: found[file] for file in files}) if files else ""
