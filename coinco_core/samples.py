"""One row of the dataset: an image, the box in it, what stands in the box now and what stood there before.

Drawn scenes, COCO images and COinCO images share this layout, a Parquet file beside its images.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.errors import InputError, did_you_mean
from coinco_core.files import atomic_path, digest, read_table, write_table
from coinco_core.images import Box, open_image, with_red_box

if TYPE_CHECKING:
    import pandas
    from PIL.Image import Image

__all__ = ["Box", "Sample", "boxed_image", "image_path", "open_image", "read_samples", "sample_image"]
__all__ += ["with_red_box", "write_boxed_images", "write_samples"]

PLACES = ("image", "mask")  # the fields of a sample that say where a file lies
SPLITS = ("train", "validation", "test")
TABLE_NAME = "samples.parquet"
COLUMNS = (
    *("sample_id", "image", "width", "height", "box_x", "box_y", "box_w", "box_h"),
    *("object", "original_object", "split", "source", "modified", "mask"),
)


@dataclass(frozen=True)
class Sample:
    """One image with one boxed object.

    `image` and `mask` are paths relative to the table's folder, or absolute; `width`, `height` and `box` are in pixels
    of the upright image. `object` is the category in the box now, `original_object` the one that was there before (the
    same when the image is not `modified`).
    """

    sample_id: str
    image: str
    width: int
    height: int
    box: Box
    object: str
    original_object: str
    split: str
    source: str
    modified: bool
    mask: str = ""

    @property
    def place(self) -> str:
        """Where the box is, in the words of a prompt (see Box.place)."""
        return self.box.place(self.width, self.height)


def write_samples(folder: str | os.PathLike[str], samples: Sequence[Sample]) -> Path:
    """The path of `folder`/samples.parquet, which now holds the samples, one per row in the columns COLUMNS.

    Absolute paths of images and masks become relative to the folder, so that both can be moved together.
    """
    return write_table(Path(folder) / TABLE_NAME, samples_table(folder, samples))


def samples_table(folder: str | os.PathLike[str], samples: Sequence[Sample]) -> pandas.DataFrame:
    """What `write_samples` writes: one row per sample in the columns COLUMNS; an InputError where two share an id."""
    import pandas

    ids = [sample.sample_id for sample in samples]
    if len(set(ids)) != len(ids):
        raise InputError("Two samples share a sample_id; every id must occur once.")
    rows = [_row(relative_to(folder, sample)) for sample in samples]
    return pandas.DataFrame(rows, columns=list(COLUMNS))


def samples_digest(samples: Sequence[Sample]) -> str:
    """The digest of what is asked about a table of samples, wherever its images lie (64 hexadecimal digits).

    Where files lie is left out, so that a data folder may be moved; what is in them is told by each image's own digest.
    """
    told = [asdict(sample) for sample in samples]
    return digest([{name: value for name, value in row.items() if name not in PLACES} for row in told])


def relative_to(folder: str | os.PathLike[str], sample: Sample) -> Sample:
    """The sample with the places of its files as seen from a folder; a file on another drive keeps its full path."""
    home = Path(folder).resolve()
    return replace(sample, image=_relative(sample.image, home), mask=_relative(sample.mask, home))


def _relative(place: str, folder: Path) -> str:
    if not place or not Path(place).is_absolute():
        return place
    try:
        return Path(os.path.relpath(place, folder)).as_posix()
    except ValueError:  # Windows: another drive
        return place


def _row(sample: Sample) -> dict[str, object]:
    row = asdict(sample)
    box = row.pop("box")
    return {**row, **{f"box_{side}": float(value) for side, value in box.items()}}


def read_samples(path: str | os.PathLike[str]) -> list[Sample]:
    """The samples of a folder that holds samples.parquet, or of the table file itself, in the table's order.

    Raises MissingError when there is no table, InputError when columns are missing or values make no sense.
    """
    source = Path(path) / TABLE_NAME if Path(path).is_dir() else Path(path)
    table = read_table(source)
    missing = [name for name in COLUMNS if name not in table.columns and name != "mask"]
    if missing:
        raise InputError(f"{source} is not a table of samples; it lacks {', '.join(missing)}.")
    gaps = [name for name in COLUMNS if name in table.columns and name != "mask" and table[name].isna().any()]
    if gaps:
        raise InputError(f"{source} has rows without {', '.join(gaps)}; every sample needs a value there.")
    if table["sample_id"].duplicated().any():
        raise InputError(f"{source} has two samples of one sample_id; every id must occur once.")
    return [_checked(row, source) for row in table.to_dict("records")]


def _checked(row: Mapping[Hashable, Any], source: Path) -> Sample:
    try:
        sample = _sample(row)
    except (TypeError, ValueError) as error:
        raise InputError(f"{source}, sample '{row['sample_id']}': {error}.") from None
    if sample.split not in SPLITS:
        hint = did_you_mean(sample.split, SPLITS)
        raise InputError(f"{source}, sample '{sample.sample_id}': '{sample.split}' is not a split.{hint}")
    if sample.width < 1 or sample.height < 1:
        raise InputError(f"{source}, sample '{sample.sample_id}': the image has no size.")
    return sample


def _sample(row: Mapping[Hashable, Any]) -> Sample:
    """A sample from a table row, whose numbers are numpy's own and must not travel on."""
    texts = {name: str(row[name]) for name in ("sample_id", "image", "object", "original_object", "split", "source")}
    mask = row.get("mask")
    return Sample(
        **texts,
        width=int(row["width"]),
        height=int(row["height"]),
        box=Box(*(float(row[f"box_{side}"]) for side in "xywh")),
        modified=bool(row["modified"]),
        mask=mask if isinstance(mask, str) else "",
    )


def image_path(folder: str | os.PathLike[str], sample: Sample) -> Path:
    """Where the sample's image lies; `folder` is where the table lies (or the table itself)."""
    return _base(folder) / sample.image


def sample_image(folder: str | os.PathLike[str], sample: Sample) -> Image:
    """The sample's image, RGB of the sample's size; `folder` is that of the table (or the table itself).

    Raises InputError when the image has another size: the box would be misplaced.
    """
    return of_its_size(open_image(image_path(folder, sample)), sample)


def of_its_size(image: Image, sample: Sample) -> Image:
    """The image itself, in its own mode, when it has its sample's size in pixels; InputError otherwise."""
    if image.size != (sample.width, sample.height):
        wanted = f"{sample.width} x {sample.height}"
        raise InputError(f"{sample.image} is {image.width} x {image.height} pixels; its sample says {wanted}.")
    return image


def boxed_image(folder: str | os.PathLike[str], sample: Sample) -> Image:
    """The sample's image with the red box, RGB of the sample's size; the input of every LVLM."""
    return with_red_box(sample_image(folder, sample), sample.box)


def write_boxed_images(folder: str | os.PathLike[str], samples: Sequence[Sample]) -> Path:
    """The folder `folder`/boxed, which now holds each sample's image with its red box as SAMPLE_ID.png."""
    for sample in samples:
        with atomic_path(_base(folder) / "boxed" / f"{sample.sample_id}.png") as temporary:
            boxed_image(folder, sample).save(temporary)
    return _base(folder) / "boxed"


def _base(folder: str | os.PathLike[str]) -> Path:
    path = Path(folder)
    return path.parent if path.suffix == ".parquet" else path
