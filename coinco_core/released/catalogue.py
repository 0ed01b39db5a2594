"""The released tables: where each lies once fetched, its columns, and whether what is on disk agrees."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import InputError, MissingError, did_you_mean
from coinco_core.files import read_table

if TYPE_CHECKING:
    import pandas

POOLS = {"training": "train", "testing": "test"}  # the authors' word -> the split of a sample
DEFAULT_FOLDER = "data/released"


@dataclass(frozen=True)
class ReleasedFile:
    """A released table: its name here, its path below the data folder, its columns, and what it is."""

    name: str
    path: str
    columns: tuple[str, ...]
    what: str

    @property
    def repository(self) -> str:
        """The hub dataset it comes from."""
        return "COinCO/COinCO-dataset" if self.path.startswith("dataset/") else "COinCO/COinCO-resources"

    @property
    def download(self) -> str:
        """The command that fetches the whole dataset it is in."""
        top = self.path.split("/")[0]
        return f"hf download {self.repository} --repo-type dataset --local-dir {DEFAULT_FOLDER}/{top}"


def _answers(model: str, pool: str) -> ReleasedFile:
    ending = "_testing" if pool == "testing" else ""
    path = f"dataset/context_reasoning/{model}/context_reasoning_{model}{ending}.csv"
    return ReleasedFile(
        f"answers-{model}{ending.replace('_', '-')}",
        path,
        ("coco_index", "response"),
        f"what {model} answered on the {pool} pictures",
    )


def _inpainting(pool: str) -> ReleasedFile:
    columns = ("coco_index", "class_name", "object_index", "replacement_object")
    return ReleasedFile(
        f"inpainting-{pool}",
        f"dataset/inpainting_info/{pool}_inpainting_info.csv",
        columns,
        f"which object was replaced by which in the {pool} pictures",
    )


def _objects(part: str) -> ReleasedFile:
    path = f"resources/task_data/objects_from_context_prediction/{part}_data.csv"
    return ReleasedFile(
        f"objects-{part}",
        path,
        ("coco_index", "label"),
        f"the original category (0-79) of the {part} pictures, section 5.2",
    )


FILES: tuple[ReleasedFile, ...] = (
    *(_answers(model, "training") for model in ("molmo", "qwen", "internvl")),
    _answers("qwen", "testing"),  # the other two models' test answers were not released
    *(_inpainting(pool) for pool in POOLS),
    *(_objects(part) for part in ("training", "validation", "testing")),
)


@dataclass(frozen=True)
class FileState:
    """Whether a released file is here and as described: 'ok', 'missing' or 'wrong', and the detail."""

    name: str
    path: str
    state: str
    detail: str


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Where the released files are looked for: the argument, else COINCO_DATA, else data/released."""
    return Path(folder or os.environ.get("COINCO_DATA") or DEFAULT_FOLDER)


def released_file(name: str) -> ReleasedFile:
    """The entry of that name; an InputError with the nearest names when there is none."""
    by_name = {entry.name: entry for entry in FILES}
    if name not in by_name:
        raise InputError(f"'{name}' is not a released file.{did_you_mean(name, by_name)}")
    return by_name[name]


def check_file(entry: ReleasedFile, folder: Path) -> FileState:
    """The state of one released file below `folder`, from its columns and its indices."""
    try:
        table = read_released(entry, folder)
    except MissingError:
        return FileState(entry.name, entry.path, "missing", entry.download)
    except InputError as error:
        return FileState(entry.name, entry.path, "wrong", str(error))
    repeated = int(table["coco_index"].duplicated().sum())
    detail = f"{len(table)} rows" + (f", {repeated} of them repeat an index" if repeated else "")
    return FileState(entry.name, entry.path, "ok", detail)


def read_released(entry: ReleasedFile, folder: Path) -> pandas.DataFrame:
    """The table without unnamed index columns; MissingError when absent, InputError when not as described."""
    path = folder / entry.path
    if not path.is_file():
        raise MissingError(f"{path} is missing; fetch it with `{entry.download}`.")
    return described(read_table(path), entry.columns, path)


def described(table: pandas.DataFrame, columns: tuple[str, ...], path: Path) -> pandas.DataFrame:
    """The table without unnamed index columns, once its columns and indices have been checked."""
    lacking = [column for column in columns if column not in table.columns]
    if lacking:
        raise InputError(f"{path} lacks the column {', '.join(lacking)}.")
    if table.empty:
        raise InputError(f"{path} holds no rows.")
    indices = table["coco_index"]
    if indices.dtype.kind not in "iu" or int(indices.min()) < 0:
        raise InputError(f"{path} holds a coco_index that is not a whole number from 0 up.")
    return table.drop(columns=[column for column in table.columns if str(column).startswith("Unnamed")])


def sample_id(pool: str, coco_index: int) -> str:
    """The id of a released picture, 'training-004512': unlike the bare index it is unique over both pools."""
    return f"{pool}-{coco_index:06d}"


def check_pool(pool: str) -> None:
    """Raises InputError unless the pool is 'training' or 'testing'."""
    if pool not in POOLS:
        raise InputError(f"The pool must be training or testing, not '{pool}'.{did_you_mean(pool, POOLS)}")
