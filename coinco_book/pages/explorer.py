"""The samples to leaf through, for a page without a server: a data file for its script, and the images beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_book.demo_numbers import is_demo
from coinco_book.pages.edition import Edition
from coinco_book.runs.folders import teachers_folder
from coinco_core.engines import ROLES
from coinco_core.files import read_table
from coinco_core.judgements import QUESTION_TITLES
from coinco_core.samples import TABLE_NAME, Sample, image_path, read_samples

if TYPE_CHECKING:
    import pandas as pd

NOTEBOOK = "lvlm_reasoning"  # whose run is shown
FOLDER = "book/static/explorer"  # in the staged tree; the extension has it copied to _static/explorer
MOST = 300  # samples on the page
EDGE = 448  # pixels; larger images are made smaller, so that 300 of them stay below 12 MB
_BADGE = '<span class="demo-badge">demo numbers</span> Small models on drawn scenes wrote these answers. '
_FRAME = """<div class="explorer" id="explorer" data-images="../_static/explorer/">
<p class="explorer-note">{note}</p>
<p>Leafing through the samples needs JavaScript. Without it,
<a href="../notebooks/lvlm_reasoning.html">the chapter on LVLM reasoning</a>
shows some of them.</p>
</div>
<link rel="stylesheet" href="../_static/explorer.css">
<script src="../_static/explorer/samples.js"></script>
<script src="../_static/explorer.js"></script>"""
_NONE = "The images of this run are not on the disk on which this book was made, so there is nothing to leaf through."


def fragments(edition: Edition, most: int = MOST) -> dict[str, str]:
    """The place of the explorer on its page, as HTML; a sentence where the run has no images.

    `most` is how many samples the explorer shows, here as in `files`.
    """
    run = _ShownRun(edition, most)
    if not run.samples:
        return {"explorer": _NONE}
    shown, total = len(run.samples), len(run.labels)
    which = f"All {total} samples of the run" if shown == total else f"The first {shown} of {total} samples of the run"
    note = f"{_BADGE if is_demo(run.record) else ''}{which}, with what each model said."
    return {"explorer": _FRAME.format(note=note)}


def files(edition: Edition, most: int = MOST) -> dict[str, bytes]:
    """The explorer's data file and images, by their paths in the staged tree; {} where the run has no images."""
    run = _ShownRun(edition, most)
    if not run.samples:
        return {}
    images = [_image(image_path(run.folder, sample)) for sample in run.samples]
    names = [f"{at:04d}{suffix}" for at, (suffix, _) in enumerate(images)]
    data = samples_data(run.samples, names, run.labels, run.answers, run.truth)
    written = {f"{FOLDER}/{name}": content for name, (_, content) in zip(names, images, strict=True)}
    return {f"{FOLDER}/samples.js": as_script(data).encode(), **written}


class _ShownRun:
    """What the run of the chapter on LVLM reasoning left on the disk."""

    def __init__(self, edition: Edition, most: int) -> None:
        self.most = most
        self.home, self.record = edition.run(NOTEBOOK), edition.records.get(NOTEBOOK, {})
        self.settings = self.record.get("settings", {})
        data = self.settings.get("data", "demo")
        self.drawn = teachers_folder(self.home.parent)
        self.folder = self.drawn / "world" if data == "demo" else edition.checkout.root / data

    @cached_property
    def labels(self) -> pd.DataFrame:
        return read_table(self.home / "labels.parquet")

    @cached_property
    def samples(self) -> list[Sample]:
        """The first samples that have a label and an image; [] where there are none."""
        if not self.record or not (self.folder / TABLE_NAME).is_file():
            return []
        labelled = set(self.labels["sample_id"])
        samples = (sample for sample in read_samples(self.folder) if sample.sample_id in labelled)
        there = (sample for sample in samples if image_path(self.folder, sample).is_file())
        return list(islice(there, self.most))

    @property
    def answers(self) -> dict[str, pd.DataFrame]:
        """What each model answered on those samples."""
        wanted = {sample.sample_id for sample in self.samples}
        tables = {model: self._answers(model) for model in ROLES}
        return {model: table[table["sample_id"].isin(wanted)] for model, table in tables.items()}

    def _answers(self, model: str) -> pd.DataFrame:
        from coinco_core.labelling import read_answers
        from coinco_core.released import read_answers as read_released

        asked = self.record.get("parameters", {}).get("answers_dir") or self.settings.get("answers")
        kept = Path(asked or self.drawn / "answers") / model
        if self.settings.get("models", {}).get(model) == "released":
            return read_released(kept / f"context_reasoning_{model}.csv", model).table
        return read_answers(kept)

    @property
    def truth(self) -> pd.DataFrame | None:
        """The drawn world's own verdicts and reasons; None for images whose truth nobody knows."""
        from coinco_world.dataset import read_truth

        return read_truth(self.folder) if (self.folder / "truth.parquet").is_file() else None


def samples_data(
    samples: Sequence[Sample],
    images: Sequence[str],
    labels: pd.DataFrame,
    answers: Mapping[str, pd.DataFrame],
    truth: pd.DataFrame | None,
) -> dict[str, Any]:
    """What the page's script reads: the questions, the models, and one record per sample.

    Args:
        images: the name of each sample's image file.
        labels: one row per sample, with `<question>_state` and `<question>_dissenter`, as in `labels_table`.
        answers: for each model its answers, one row per sample, with the columns sample_id and text.
        truth: the true verdicts and reasons, indexed by sample_id; None where they are not known.
    """
    from coinco_book.figures.style import style_of
    from coinco_core.labelling import findings_table

    by_id = labels.set_index("sample_id")
    said = {m: findings_table(t).assign(text=t["text"].to_numpy()).set_index("sample_id") for m, t in answers.items()}
    styles = {model: style_of(model) for model in (*answers, "truth")}
    return {
        "questions": [{"id": question, "title": title} for question, title in QUESTION_TITLES.items()],
        "models": [{"id": m, "title": styles[m].title, "colour": styles[m].colour} for m in answers],
        "samples": [_record(*pair, by_id, said, truth) for pair in zip(samples, images, strict=True)],
    }


def as_script(data: Mapping[str, Any]) -> str:
    """The data as a script that hands them to the page; no text in it can end the script or break a line of it."""
    return f"window.coincoSamples = {json.dumps(data, allow_nan=False).replace('<', chr(92) + 'u003c')};\n"


def _record(
    sample: Sample, image: str, labels: pd.DataFrame, said: Mapping[str, pd.DataFrame], truth: pd.DataFrame | None
) -> dict[str, Any]:
    label = labels.loc[sample.sample_id]
    return {
        "id": sample.sample_id,
        "image": image,
        "size": [sample.width, sample.height],
        "box": [round(side, 1) for side in (sample.box.x, sample.box.y, sample.box.w, sample.box.h)],
        "object": sample.object,
        "was": sample.original_object if sample.modified else sample.object,
        "states": [str(label[f"{question}_state"]) for question in QUESTION_TITLES],
        "alone": [str(label[f"{question}_dissenter"]) for question in QUESTION_TITLES],
        "said": {model: _said(table, sample.sample_id) for model, table in said.items()},
        "truth": None if truth is None else _said(truth, sample.sample_id),
    }


def _said(table: pd.DataFrame, name: str) -> dict[str, Any] | None:
    """Verdicts (true, false, or null where unread) and reasons by question, and the whole text; None without a row."""
    import pandas as pd

    if name not in table.index:
        return None
    row = table.loc[name]
    return {
        "verdicts": [None if pd.isna(row[question]) else bool(row[question]) for question in QUESTION_TITLES],
        "reasons": [str(row.get(f"{question}_reason") or "") for question in QUESTION_TITLES],
        "text": str(row.get("text") or ""),
    }


def _image(path: Path) -> tuple[str, bytes]:
    """The image's suffix and bytes: the file itself when it is small enough, else a smaller JPEG of it."""
    from PIL import Image

    with Image.open(path) as image:
        if max(image.size) <= EDGE and image.format == "PNG":
            return ".png", path.read_bytes()
        small = image.convert("RGB")
    small.thumbnail((EDGE, EDGE))
    buffer = BytesIO()
    small.save(buffer, format="JPEG", quality=80, optimize=True)
    return ".jpg", buffer.getvalue()
