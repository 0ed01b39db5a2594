"""What the students' chapters draw or read: a pool of judged samples, and scenes nobody changed, at every profile."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import coinco_world
from coinco_book.runs.folders import only_one
from coinco_core.demo import DEMO
from coinco_core.devices import processes_of
from coinco_core.distillation.judged import JudgedSamples, read_judged
from coinco_core.engines import Engine
from coinco_core.files import digest
from coinco_core.provenance import package_versions, source_digest
from coinco_core.samples import Sample, read_samples
from coinco_world.dataset import make_world
from coinco_world.judged import drawn_and_judged, shipped_teacher

log = logging.getLogger(__name__)
UNMODIFIED_SEED = 8_000  # far from the pool's scenes and from those on which the demo models were trained


def judged_pool(
    run_dir: str | Path,
    data: str,
    n: int,
    seed: int,
    prompt_version: str,
    *,
    processes: int = 1,
    teacher: Callable[[], Engine] = shipped_teacher,
) -> JudgedSamples:
    """n samples judged by the teacher.

    For `data` "demo", n drawn scenes and the shipped teacher's answers, kept in `run_dir`/teacher for the other
    criteria; `processes` at most share the work, on half of the cores, as other notebooks run too. Otherwise the first
    n altered samples of a folder with samples.parquet and findings.parquet. Raises MissingError without them.
    """
    if data != DEMO:
        return read_judged(data, n)
    code = [source_digest(), source_digest(Path(coinco_world.__file__).parent)]
    key = digest([*code, package_versions(), prompt_version, n, seed])[:12]
    folder = Path(run_dir) / "teacher" / key
    shared = processes_of(processes, threads=2)
    with only_one(Path(run_dir) / ".teacher"):  # the notebooks of the other criteria wait for it
        _remove_others(folder)
        return drawn_and_judged(folder, n, seed, prompt_version, teacher=teacher, processes=shared, report=log.info)


def unmodified_scenes(folder: Path, data: str, n: int, seed: int) -> tuple[Path, list[Sample]]:
    """Scenes that nobody changed, all in context, for the shortcut check: their folder, and the first n of them."""
    if data != DEMO:
        return Path(data), [sample for sample in read_samples(data) if not sample.modified][:n]
    return folder, make_world(folder, n=n, seed=UNMODIFIED_SEED + seed, fractions={"test": 1.0}, unmodified=True)


def _remove_others(folder: Path) -> None:
    """Delete pools that were drawn by other code or at another size: only one is ever of use."""
    for other in folder.parent.glob("*"):
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
