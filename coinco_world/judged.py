"""Drawn scenes judged by the shipped teacher: the demo's stand-in for Qwen2.5-VL-72B's answers on COinCO."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from coinco_core.devices import set_threads
from coinco_core.distillation.judged import JudgedSamples, judged
from coinco_core.engines import Engine, load_engine
from coinco_core.files import digest, read_table
from coinco_core.labelling import label
from coinco_core.prompts import Prompt, teacher_prompt
from coinco_core.samples import Sample
from coinco_world import dataset

log = logging.getLogger(__name__)
FIRST_SEED = 7_000  # far from the worlds on which the demo models were trained
SHARDS = 4  # fixed, so that no answer depends on how many processes share the work


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
    processes: int = 1,
    report: Callable[[str], None] = log.info,
) -> JudgedSamples:
    """n drawn scenes with the teacher's findings and the truth, kept in `folder`; what is there is reused.

    `processes` share the scenes; each loads a teacher of its own and computes on one thread.
    """
    samples = dataset.make_world(folder, n=n, seed=FIRST_SEED + seed, workers=processes)
    engine = teacher()
    home = folder / f"answers-{digest(engine.record['identity'])[:12]}"
    prompt = teacher_prompt(prompt_version)
    if processes == 1:
        for shard in range(SHARDS):
            label(samples, folder, engine, prompt, home, shard=(shard, SHARDS), report=report)
    else:
        with ProcessPoolExecutor(processes, get_context("spawn"), initializer=set_threads, initargs=(1,)) as workers:
            for shard in workers.map(partial(_label_shard, samples, folder, teacher, prompt, home), range(SHARDS)):
                report(f"shard {shard + 1} of {SHARDS} is labelled")
    return judged(folder, samples, read_table(home / "findings.parquet"), dataset.read_truth(folder))


def _label_shard(
    samples: Sequence[Sample], folder: Path, teacher: Callable[[], Engine], prompt: Prompt, home: Path, shard: int
) -> int:
    label(samples, folder, teacher(), prompt, home, shard=(shard, SHARDS))
    return shard
