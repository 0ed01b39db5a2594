"""What the students' chapters read or draw: the samples that the teachers judged, and images nobody changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import coinco_world
from coinco_book.runs.folders import teachers_folder
from coinco_core.demo import DEMO
from coinco_core.devices import processes_of
from coinco_core.distillation.judged import FINDINGS, JudgedSamples, read_judged
from coinco_core.errors import MissingError
from coinco_core.evaluation import unmodified_samples
from coinco_core.files import digest, write_text
from coinco_core.provenance import package_versions, source_digest
from coinco_core.samples import TABLE_NAME, Sample, read_samples
from coinco_world.dataset import make_world, read_truth

REASONING = "lvlm_reasoning"  # the notebook whose labels and findings the students learn from
POOL_SEED = 7_000  # far from the worlds on which the demo models were trained (101 and 102)
UNMODIFIED_SEED = 8_000  # far from those too


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


def samples_folder(run_dir: str | Path, data: str) -> Path:
    """Where the samples of that setting lie: the folder itself, or for "demo" the scenes of `drawn_pool`."""
    return teachers_folder(Path(run_dir)) / "world" if data == DEMO else Path(data)


def answers_folder(run_dir: str | Path) -> Path:
    """Where the teachers' answers are kept when the profile names no folder for them: one folder per role."""
    return teachers_folder(Path(run_dir)) / "answers"


def drawn_pool(run_dir: str | Path, settings: Mapping[str, Any], n: int, seed: int) -> list[Sample]:
    """n drawn scenes for the three teachers, with the answers beside them where they have been asked before.

    Other scenes, models, prompts or code make a new pool, and what was there is deleted.
    """
    home = teachers_folder(Path(run_dir))
    asked = [settings[name] for name in ("models", "prompt_version", "decoding", "batch_size")]
    key = digest(
        [source_digest(), source_digest(Path(coinco_world.__file__).parent), package_versions(), asked, n, seed]
    )
    if not (home / "key").is_file() or (home / "key").read_text() != key:
        shutil.rmtree(home, ignore_errors=True)
        write_text(home / "key", key)
    return make_world(
        home / "world", n=n, seed=POOL_SEED + seed, workers=processes_of(settings["processes"], threads=1)
    )


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
