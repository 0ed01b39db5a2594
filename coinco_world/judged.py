"""Drawn scenes judged by the shipped teacher: the demo's stand-in for Qwen2.5-VL-72B's answers on COinCO."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from coinco_core.distillation.judged import JudgedSamples, judged
from coinco_core.engines import Engine, load_engine
from coinco_core.files import digest, read_table
from coinco_core.labelling import label
from coinco_core.prompts import teacher_prompt
from coinco_world import dataset

log = logging.getLogger(__name__)
FIRST_SEED = 7_000  # far from the worlds on which the demo models were trained


def shipped_teacher() -> Engine:
    """The shipped model in Qwen's role, set up for a whole pool."""
    return load_engine("qwen", batch_size=128, max_new_tokens=512)


def drawn_and_judged(
    folder: Path,
    n: int,
    seed: int,
    prompt_version: str,
    *,
    teacher: Callable[[], Engine] = shipped_teacher,
    report: Callable[[str], None] = log.info,
) -> JudgedSamples:
    """n drawn scenes with the teacher's findings and the truth, kept in `folder`; what is there is reused."""
    samples = dataset.make_world(folder, n=n, seed=FIRST_SEED + seed)
    engine = teacher()
    home = folder / f"answers-{digest(engine.record['identity'])[:12]}"
    label(samples, folder, engine, teacher_prompt(prompt_version), home, report=report)
    return judged(folder, samples, read_table(home / "findings.parquet"), dataset.read_truth(folder))
