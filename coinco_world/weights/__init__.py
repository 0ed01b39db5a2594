"""The small demo models that ship with the project: one folder each, beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coinco_core.errors import InputError, MissingError, did_you_mean
from coinco_core.files import read_json

DEMO_MODELS = ("molmo", "qwen", "internvl", "student", "vae")
_MAKE = "python -m coinco_world.training.train"


def weights_folder() -> Path:
    """The folder that holds the demo models, one folder each."""
    return Path(__file__).resolve().parent


def demo_weights(name: str) -> Path:
    """The folder of one demo model: 'molmo', 'qwen', 'internvl' (the teachers' roles), 'student' or 'vae'.

    Raises MissingError when the folder holds no weights, InputError for a name that no demo model has.
    """
    folder = weights_folder() / name
    if not name or Path(name).name != name or (name not in DEMO_MODELS and not folder.is_dir()):
        known = ", ".join(DEMO_MODELS)
        raise InputError(f"'{name}' is not a demo model; there are {known}.{did_you_mean(name, DEMO_MODELS)}")
    if not any(folder.rglob("*.safetensors")):
        raise MissingError(f"The demo model '{name}' is missing from {folder}; `{_MAKE}` makes it.")
    return folder


def demo_record(name: str) -> dict[str, Any]:
    """How a demo model was made: its provenance.json (command, seed, data, versions, seconds, parameters, scores).

    For 'student' it is the base's; 'student/location' and so on name a student's own.
    """
    folder, _, part = name.partition("/")
    if folder == "student":
        part = part or "base"
    path = demo_weights(folder) / part / "provenance.json"
    record: dict[str, Any] = read_json(path)
    return record
