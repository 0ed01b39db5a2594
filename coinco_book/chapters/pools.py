"""What the students' chapters read or draw: the samples that the teachers judged, and images nobody changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from coinco_book.chapters.teacher_samples import samples_folder
from coinco_core.demo import DEMO
from coinco_core.distillation.judged import FINDINGS, JudgedSamples, read_judged
from coinco_core.errors import MissingError
from coinco_core.evaluation import unmodified_samples
from coinco_core.samples import TABLE_NAME, Sample, read_samples
from coinco_world.dataset import make_world, read_truth

REASONING = "lvlm_reasoning"  # the notebook whose labels and findings the students learn from
UNMODIFIED_SEED = 8_000  # far from the teachers' scenes and from those on which the demo models were trained


def judged_pool(run_dir: str | Path, data: str) -> JudgedSamples:
    """The samples that the notebook `lvlm_reasoning` had judged: the teacher's findings, all models' labels, the truth.

    `data` is a folder with samples.parquet, or "demo" for the scenes that the notebook drew. Raises MissingError before
    that notebook has been run.
    """
    home = Path(run_dir) / REASONING
    if not (home / FINDINGS).is_file():
        raise MissingError(f"The students learn from what '{home}' holds; run `coinco run {REASONING}` first.")
    folder = samples_folder(run_dir, data)
    pool = read_judged(folder, home)
    return replace(pool, truth=read_truth(folder)) if data == DEMO else pool


def unmodified_images(folder: Path, settings: Mapping[str, Any], seed: int) -> tuple[Path, list[Sample]]:
    """Objects in images that nobody changed, all in context, for the shortcut check: their folder, and n_unmodified.

    The setting `unmodified` is "demo" for scenes drawn into `folder`, else a folder with COCO's val2017 images and
    their annotations (section 5.1, table 2); the table of the samples is then written to `folder`. Raises MissingError
    where COCO's files are not there.
    """
    n, source = settings["n_unmodified"], settings["unmodified"]
    if source == DEMO:
        drawn = make_world(folder, n=n, seed=UNMODIFIED_SEED + seed, fractions={"test": 1.0}, unmodified=True)
        return folder, drawn
    if not (folder / TABLE_NAME).is_file():
        found = unmodified_samples(
            Path(source) / "annotations/instances_val2017.json", Path(source) / "val2017", n=n, seed=seed
        )
        found.write(folder)
    return folder, read_samples(folder)
