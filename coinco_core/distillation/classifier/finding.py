"""Where the three students lie: the demo's, one's own, or the authors' as they were released (section 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coinco_core.demo import DEMO, demo_weights
from coinco_core.distillation.adapters import CONFIG, WEIGHTS
from coinco_core.engines.base import ANSWER_TOKENS
from coinco_core.errors import CheckError, InputError, MissingError, did_you_mean
from coinco_core.files import read_json
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import VERSIONS, Prompt, student_prompt
from coinco_core.released.catalogue import data_folder, released_file
from coinco_core.released.hub import model_folder

SETTINGS = "classifier.json"
RELEASED = "released"


@dataclass(frozen=True)
class Found:
    """A folder for each criterion, the adapters' base ('' where all are whole models and none was named), and the
    settings beside them (classifier.json, where there is one)."""

    folders: dict[str, Path]
    base: str
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def adapters(self) -> dict[str, Path]:
        """The folders that hold adapters, by criterion."""
        return {criterion: folder for criterion, folder in self.folders.items() if is_adapter(folder)}

    @property
    def source(self) -> str:
        """Where the processor lies: with the adapters' base, else with the first whole model."""
        return self.base if self.adapters else str(self.folders[CRITERIA[0]])

    @property
    def max_new_tokens(self) -> int:
        """The longest answer in tokens; the authors' limit where nothing says otherwise."""
        return int(self.settings.get("max_new_tokens", ANSWER_TOKENS))

    @property
    def prompt_version(self) -> str:
        """The version of the prompts that the students were trained on, by the settings or by their own records.

        Students without either are taken for the authors', whose version is 'published'.
        """
        if self.settings:
            return str(self.settings.get("prompt_version", "full"))
        versions = {_trained_version(folder) for folder in self.folders.values()}
        if len(versions) > 1:
            raise CheckError(f"The students were trained on several prompts ({', '.join(sorted(versions))}).")
        return versions.pop()

    @property
    def prompts(self) -> dict[str, Prompt]:
        """The prompt of each student; errors as for `student_prompt`."""
        version = self.prompt_version
        return {criterion: student_prompt(criterion, version) for criterion in CRITERIA}


def find_students(name: str | Mapping[str, str], base: str | None = None) -> Found:
    """The students of "demo", "released", a folder or a hub id, or of a mapping from criterion to folder or hub id.

    A folder holds for each criterion `location` or `location_lora` and so on, with an adapter or a whole model. The
    adapters' base is `base`, else the folder's own `base`, else the one that its classifier.json or the adapters name.
    Raises MissingError for what is not there, InputError for a wrong call, CheckError when adapters name several bases.
    """
    if name == RELEASED:
        name = {criterion: _released(criterion) for criterion in CRITERIA}
    if isinstance(name, Mapping):
        return _with_base({c: _folder(name[c]) for c in _checked(name)}, base or "", {})
    home = _folder(name)
    settings = read_json(home / SETTINGS) if (home / SETTINGS).is_file() else {}
    folders = {c: home / n for c in CRITERIA for n in (f"{c}_lora", c) if (home / n).is_dir()}
    missing = [criterion for criterion in CRITERIA if criterion not in folders]
    if missing:
        raise MissingError(f"'{home}' holds no student for {' and '.join(missing)}.")
    beside = str(home / "base") if (home / "base").is_dir() else str(settings.get("base", ""))
    return _with_base(folders, base or beside, settings)


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter, not a whole model."""
    return (folder / WEIGHTS).is_file()


def training_record(folder: Path) -> dict[str, Any]:
    """What a student of this project keeps of its training; empty for others."""
    path = folder / "training.json"
    record: dict[str, Any] = read_json(path) if path.is_file() else {}
    return record


def _trained_version(folder: Path) -> str:
    record = training_record(folder)
    version = str(record.get("prompt", {}).get("name", "")).rpartition("-")[2]
    if version in VERSIONS:
        return version
    return "full" if record else "published"


def _released(criterion: str) -> str:
    """The authors' student where `coinco data fetch` puts it, else its id on the hub."""
    entry = released_file(f"student-{criterion.replace('_', '-')}")
    here = data_folder() / entry.path
    return str(here) if here.is_dir() else entry.repository


def _checked(name: Mapping[str, str]) -> tuple[str, ...]:
    for criterion in name:
        if criterion not in CRITERIA:
            raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, CRITERIA)}")
    missing = [criterion for criterion in CRITERIA if criterion not in name]
    if missing:
        raise InputError(f"There is no student for {' and '.join(missing)}; name a folder or a hub id for each.")
    return CRITERIA


def _with_base(folders: dict[str, Path], base: str, settings: dict[str, Any]) -> Found:
    adapters = [folder for folder in folders.values() if is_adapter(folder)]
    if adapters and not base:
        named = {str(read_json(folder / CONFIG).get("base_model_name_or_path") or "") for folder in adapters}
        if len(named) > 1:
            raise CheckError(f"The adapters stand on several bases ({', '.join(sorted(named))}); they need one.")
        [base] = named
        if not base or (not Path(base).is_dir() and base.count("/") != 1):
            raise MissingError(f"The adapters' base '{base}' is not here; say with `base` where it lies.")
    return Found(folders, str(demo_weights("student") / "base") if base == DEMO else base, settings)


def _folder(name: str) -> Path:
    """The folder of "demo", of a folder's path, or of a hub id (downloaded, or from the hub's cache)."""
    return demo_weights("student") if name == DEMO else model_folder(name, "classifier")
