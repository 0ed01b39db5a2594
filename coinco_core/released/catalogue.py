"""The registry of what the authors released: where each thing lies on the hub, where it goes here, what it holds.

Beside it stand the images of COCO that nobody changed, which half of the paper's table 2 is about.

The names come from the authors' repository and README. The hub's own listings were not seen by the makers of this
registry, so that a thing is asked for by patterns there, and the folders here follow the names of the repository.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from coinco_core.errors import InputError, MissingError, did_you_mean
from coinco_core.released.indices import POOLS

DEFAULT_FOLDER = "data/released"
SPLIT_PARTS = {"training": "train", "validation": "validation", "testing": "test"}
UNKNOWN = "unknown"
WEB = "web"  # the type of a repository that is a plain address on the web


@dataclass(frozen=True)
class Source:
    """One download: a hub repository, patterns of its files, and the folder here that takes them as they lie there.

    Archives among them are unpacked into `unpack_to`. Paths are relative to the data folder. Of the type WEB, the
    repository is the address of a folder, the pattern the name of one file in it, and `md5` what that file's MD5 is.
    """

    name: str
    repository: str
    repo_type: str
    patterns: tuple[str, ...]
    folder: str
    unpack_to: str = ""
    size: str = UNKNOWN
    md5: str = ""

    def command(self, folder: str | os.PathLike[str] = DEFAULT_FOLDER) -> str:
        """The command that fetches it into a data folder on a machine with a network."""
        if self.repo_type == WEB:
            target = Path(folder, self.folder, self.patterns[0]).as_posix()
            return f"curl -L --create-dirs -o {target} {self.repository}/{self.patterns[0]}"
        include = "".join(f" --include '{pattern}'" for pattern in self.patterns if pattern != "*")
        kind = "" if self.repo_type == "model" else f" --repo-type {self.repo_type}"
        return f"hf download {self.repository}{kind}{include} --local-dir {Path(folder, self.folder).as_posix()}"


@dataclass(frozen=True)
class ReleasedFile:
    """A released table, or a folder of images, latents or weights: its name, where it lies, what it is.

    A table has `columns`, and labels from 0 up to `labels` - 1 when it has labels; a folder's files are named INDEX and
    `ending` when they belong to images. `samples` is how many images the paper says it covers, `section` where in
    the paper it is used.
    """

    name: str
    path: str
    columns: tuple[str, ...]
    what: str
    source: Source
    pool: str = ""
    labels: int = 0
    ending: str = ""
    samples: int | None = None
    section: str = "3.2"

    @property
    def is_file(self) -> bool:
        """Whether it is one file, not a folder."""
        return Path(self.path).suffix in (".csv", ".json")

    @property
    def repository(self) -> str:
        """The hub repository it comes from."""
        return self.source.repository

    @property
    def download(self) -> str:
        """The command that fetches it where there is a network."""
        return self.source.command()


def _from_dataset(name: str, *patterns: str, unpack_to: str = "") -> Source:
    return Source(name, "COinCO/COinCO-dataset", "dataset", patterns, "dataset", unpack_to)


def _from_resources(name: str, *patterns: str, unpack_to: str = "", size: str = UNKNOWN) -> Source:
    return Source(name, "COinCO/COinCO-resources", "dataset", patterns, "resources", unpack_to, size)


_COUNTS = {"training": 95_320, "testing": 2_402}
N_IMAGES = sum(_COUNTS.values())  # 97,722, all that were made and labelled
_SPLIT_COUNTS = {"training": 76_256, "validation": 19_064, "training_val": 95_320, "testing": 2_402}
_TASK_DATA = _from_resources("task-data", "task_data_part_*", "task_data.zip", unpack_to="resources/task_data")


def _answers(model: str, pool: str) -> ReleasedFile:
    ending = "_testing" if pool == "testing" else ""
    name, file = f"answers-{model}{ending.replace('_', '-')}", f"context_reasoning_{model}{ending}.csv"
    return ReleasedFile(
        name, f"dataset/context_reasoning/{model}/{file}", ("coco_index", "response"),
        f"what {model} answered on the {pool} images", _from_dataset(name, f"*{file}"), pool, samples=_COUNTS[pool],
    )  # fmt: skip


def _inpainting(pool: str) -> ReleasedFile:
    name, file = f"inpainting-{pool}", f"{pool}_inpainting_info.csv"
    return ReleasedFile(
        name, f"dataset/inpainting_info/{file}", ("coco_index", "class_name", "object_index", "replacement_object"),
        f"which object was replaced by which in the {pool} images", _from_dataset(name, f"*{file}"), pool,
        samples=_COUNTS[pool],
    )  # fmt: skip


def _labels(name: str, path: str, what: str, part: str, labels: int, section: str) -> ReleasedFile:
    pool, known = ("testing" if part == "testing" else "training"), "balanced" not in name  # that one adds images
    return ReleasedFile(
        name, f"resources/task_data/{path}", ("coco_index", "label"), what, _TASK_DATA, pool, labels,
        samples=_SPLIT_COUNTS[part] if known else None, section=section,
    )  # fmt: skip


def _objects(part: str) -> ReleasedFile:
    path = f"objects_from_context_prediction/{part}_data.csv"
    what = f"the original category (0-79) of the {part} images, section 5.2"
    return _labels(f"objects-{part}", path, what, part, 80, "5.2")


def _context(kind: str, part: str) -> ReleasedFile:
    path = f"context_prediction/{kind}/{part}_data.csv" if kind else f"context_prediction/{part}_data.csv"
    name = "-".join(word for word in ("context", kind, part) if word).replace("_", "-")
    return _labels(name, path, "one model's label: 0 in context, 1 out of context", part, 2, "5.1")


def _folder(name: str, path: str, ending: str, what: str, pool: str, source: Source, section: str) -> ReleasedFile:
    return ReleasedFile(
        name, path, (), what, source, pool, ending=ending, samples=_COUNTS.get(pool), section=section
    )  # fmt: skip


def _images(kind: str, folder: str, pool: str) -> ReleasedFile:
    name, path = f"{kind}-{pool}", f"dataset/{kind}/{folder}"
    what = {"images": "the inpainted images", "masks": "their boxes as masks"}[kind]
    source = _from_dataset(name, f"*{folder}*", unpack_to=path)
    return _folder(name, path, ".png", f"{what} of the {pool} pool, INDEX.png", pool, source, "5.1")


def _latents(folder: str, pool: str, size: str) -> ReleasedFile:
    name, path = f"latents-{pool}", f"resources/cache/{folder}"
    source = _from_resources(name, f"*{folder}*", unpack_to=path, size=size)
    return _folder(name, path, ".pt", "latents of image and mask (pickled)", pool, source, "5.2")


def _student(criterion: str) -> ReleasedFile:
    name, repository = f"student-{criterion.lower().replace('_', '-')}", f"Qwen2.5-VL-3B-{criterion}"
    path = f"models/{repository}"
    source = Source(name, f"COinCO/{repository}", "model", ("*",), path, size="7.5 GB")  # 3.75 B weights in bf16
    return _folder(name, path, "", f"the authors' trained student, {criterion.lower()}", "", source, "5.1")


def _coco(name: str, address: str, file: str, folder: str, what: str, size: str, md5: str) -> ReleasedFile:
    source = Source(
        name, f"http://images.cocodataset.org/{address}", WEB, (file,), "coco/archives", f"coco/{folder}", size, md5
    )
    return _folder(name, f"coco/{folder}", "", what, "", source, "5.1")


FILES: tuple[ReleasedFile, ...] = (
    *(_answers(model, "training") for model in ("molmo", "qwen", "internvl")),
    _answers("qwen", "testing"),  # the other two models' test answers were not released
    *(_inpainting(pool) for pool in POOLS),
    *(_objects(part) for part in SPLIT_PARTS),
    _labels(
        "objects-testing-supercategory", "objects_from_context_prediction/testing_data_supercategory.csv",
        "the original supercategory (0-11) of the testing images", "testing", 12, "5.2",
    ),
    ReleasedFile(
        "supercategory-mappings", "resources/task_data/inpainting_info/supercategory_label_mappings.json", (),
        "the supercategory (0-11) of each category (0-79)", _TASK_DATA, section="5.2",
    ),
    *(_context("balanced", part) for part in ("training", "validation", "training_val")),
    *(_context("inpainting_only", part) for part in ("training", "validation", "training_val")),
    _context("", "testing"),
    _images("images", "training_val_images", "training"),
    _images("images", "testing_images", "testing"),
    _images("masks", "bbox_masks_training_val", "training"),
    _images("masks", "bbox_masks_testing", "testing"),
    _latents("cached_embeddings_train_val_op", "training", "3 GB"),  # 34 KB an image
    _latents("cached_embeddings_testing_op", "testing", "80 MB"),
    _folder(
        "checkpoints", "resources/checkpoints", "", "the authors' trained networks (pickled)", "",
        _from_resources("checkpoints", "checkpoints.zip", unpack_to="resources/checkpoints"), "5.2",
    ),
    *(_student(criterion) for criterion in ("Location", "Size", "Co_occurrence")),
    _coco(
        "coco-images", "zips", "val2017.zip", "val2017", "COCO's own validation images, which nobody changed", "0.8 GB",
        "442b8da7639aecaf257c1dceb8ba8c80",
    ),
    _coco(
        "coco-annotations", "annotations", "annotations_trainval2017.zip", "annotations",
        "the objects in these images", "0.25 GB", "f4bbac642086de4f52a3fdda2de5fa2c",
    ),
)  # fmt: skip


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Where the released files are looked for: the argument, else COINCO_DATA, else data/released."""
    return Path(folder or os.environ.get("COINCO_DATA") or DEFAULT_FOLDER)


def released_file(name: str) -> ReleasedFile:
    """The entry of that name; an InputError with the nearest names when there is none.

    A MissingError is raised for the test answers of Molmo and InternVL, which were never released.
    """
    model, _, pool = name.removeprefix("answers-").partition("-")
    check_was_released(model, pool)
    by_name = {entry.name: entry for entry in FILES}
    if name not in by_name:
        raise InputError(f"'{name}' is not a released file.{did_you_mean(name, by_name)}")
    return by_name[name]


def check_was_released(model: str, pool: str) -> None:
    """Raises MissingError for the test answers of Molmo and InternVL, which were never released."""
    if pool == "testing" and model in ("molmo", "internvl"):
        raise MissingError(
            f"The answers of {model} on the test images were never released, only Qwen's; `coinco label` makes them."
        )
