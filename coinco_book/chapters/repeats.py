"""The same student many times: other seeds, fewer samples, other targets, each run scored on the same test samples.

One training says little about a recipe (a criterion's own chapter trains one). Runs are independent, so they are
spread over processes of one thread each; each result is kept as it comes, and an interrupted study resumes.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_book.chapters.side_by_side import side_by_side
from coinco_book.chapters.student_settings import student_config, student_recipe
from coinco_core.devices import processes_of
from coinco_core.distillation.answering import student_answers
from coinco_core.distillation.base_model import load_base
from coinco_core.distillation.examples import KINDS, training_rows
from coinco_core.distillation.features import boxed_pixels
from coinco_core.distillation.judged import JudgedSamples, balanced_split
from coinco_core.distillation.training import train_student
from coinco_core.files import digest
from coinco_core.prompts import student_prompt
from coinco_core.provenance import differences, package_versions
from coinco_core.store.journals import Record, RecordStore
from coinco_core.versions import versions

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
REPEATS_VERSION = 1  # raised when the same training is scored otherwise here
SETTINGS = (
    "base_model", "labels", "split", "n_train", "n_validation", "n_test", "epochs", "batch_size", "learning_rate",
    "lora_rank", "lora_alpha", "lora_dropout", "prompt_version", "micro_batch", "evaluations", "answer_tokens",
    "decoding", "first_seed",
)  # of a profile's settings for students those that decide a run  # fmt: skip


@dataclass(frozen=True)
class Repeat:
    """One training: the kind of target, the number of training samples, and the seed of weights and order."""

    criterion: str
    kind: str
    n_train: int
    seed: int


def planned_repeats(criterion: str, sizes: Iterable[int], seeds: Iterable[int]) -> list[Repeat]:
    """Every kind of target with every size and seed, the largest first, so that no process ends on one."""
    found = [Repeat(criterion, kind, n, seed) for n, seed, kind in product(sizes, seeds, KINDS)]
    return sorted(found, key=lambda run: (-run.n_train, run.seed, run.kind))


def trained_repeats(
    runs: Sequence[Repeat],
    pool: JudgedSamples,
    settings: Mapping[str, Any],
    seed: int,
    home: str | Path,
    features: str | Path,
    *,
    processes: int = 1,
    say: Callable[[str], None] = log.info,
) -> pd.DataFrame:
    """One row per run: criterion, kind, n_train, seed, and the accuracies (0..1) on the test samples.

    `teacher` compares with the teacher's verdict, `truth` with the truth (missing where it is not known); an answer
    that cannot be read is wrong. `settings` are a profile's for students, `seed` deals the pool into splits, `home`
    keeps results, `features` what the base sees; `processes` at most train at the same time. With more samples a
    student meets those of fewer samples too.
    """
    import pandas as pd

    made_from = [
        {name: settings[name] for name in SETTINGS},
        seed,
        pool.digest(),
        versions("boxed images", "model inputs", "training", "answers", "reading", "splits"),
        REPEATS_VERSION,
    ]
    keys, store = {run: digest([asdict(run), made_from]) for run in runs}, RecordStore(Path(home))
    known = store.merged()
    missing = [run for run in runs if keys[run] not in known]
    now = {"packages": package_versions()}
    told = {differences(known[key].row.get("made_with", {}), now) for key in keys.values() if key in known} - {""}
    if told:
        say(f"students trained under other conditions are kept ({'; '.join(sorted(told))})")
    same = (pool, dict(settings), seed, Path(features))
    with store.writer(sync_rows=1) as writer:
        calls = [(run, *same, Path(home) / f".{keys[run][:16]}") for run in missing]
        results = side_by_side(one_repeat, calls, processes_of(processes, threads=1), threads=1)
        for done, (n, result) in enumerate(results, 1):
            key = keys[missing[n]]
            (known[key],) = writer.append([Record(key, result)])
            shutil.rmtree(Path(home) / f".{key[:16]}", ignore_errors=True)  # the student itself is not kept
            say(f"{done} of {len(missing)} students trained")
    table = pd.DataFrame([asdict(run) | known[keys[run]].row for run in runs])
    return table.drop(columns="made_with", errors="ignore")


def one_repeat(
    run: Repeat, pool: JudgedSamples, settings: dict[str, Any], seed: int, features: Path, home: Path
) -> dict[str, Any]:
    """The shares of one run's test samples that are as the teacher's (`teacher`) and right (`truth`, maybe None).

    The student is trained in `home`, so that a training that was killed goes on from its last checkpoint.
    """
    base, prompt = load_base(settings["base_model"]), student_prompt(run.criterion, settings["prompt_version"])
    split = balanced_split(pool, run.criterion, student_recipe(settings), seed)
    pixels = boxed_pixels(
        base.model, base.processor, pool.folder, [pool.samples[i] for i in split["sample_id"]], features
    )
    rows = training_rows(base.processor, pool, fewer(split, run.n_train), pixels, prompt, run.kind)
    config = replace(student_config({**settings, "n_train": run.n_train}, run.seed), answered=1)
    student = train_student(base, rows, home / "student", config)
    test = split[split["split"] == "test"]
    samples = [pool.samples[i] for i in test["sample_id"] if i in pixels]
    answers = student_answers(
        student.model, base.processor, samples, pixels, prompt, config.answer_tokens,
        repetition_penalty=config.repetition_penalty,
    )  # fmt: skip
    said = answers.set_index("sample_id")["in_context"]
    taught = test.set_index("sample_id").loc[said.index, "in_context"]
    truth = None if pool.truth is None else pool.truth.loc[said.index, run.criterion]
    return {
        "teacher": _right(said, taught),
        "truth": None if truth is None else _right(said, truth),
        "unreadable": float(said.isna().mean()),
        "n": len(said),
        "best_step": student.record["best_step"],
        "seconds": student.record["seconds"],
        "made_with": student.record["made_with"],
    }


def fewer(split: pd.DataFrame, n: int) -> pd.DataFrame:
    """The split with the first n / 2 training samples of either verdict, and all others."""
    train = split[split["split"] == "train"]
    kept = train.groupby("in_context", sort=False).head(n // 2)
    return split[(split["split"] != "train") | split.index.isin(kept.index)]


def _right(said: pd.Series[Any], gold: pd.Series[Any]) -> float:
    return float((said.astype("boolean") == gold.astype("boolean")).fillna(False).mean())
