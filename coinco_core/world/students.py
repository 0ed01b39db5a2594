"""Trains the three small students that ship with the project: the demo classifier's adapters (section 5.1).

    python -m coinco_core.world.students

They are distilled as the students' chapter does it, at the `demo` profile's settings but with more samples: the shipped
teacher judges drawn scenes, and each student learns its reasoning on one criterion. The base and the teacher must
be there (`python -m coinco_core.world.train`).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coinco_core.distillation.base import load_base
from coinco_core.distillation.study import (
    Pool,
    balanced_split,
    boxed_pixels,
    judged_pool,
    student_answers,
    student_config,
    training_rows,
)
from coinco_core.distillation.training import train_student
from coinco_core.evaluation import as_verdicts
from coinco_core.files import read_json, write_json
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_core.reproduction.profiles import load_profile
from coinco_core.weights import demo_weights

log = logging.getLogger(__name__)
POOL = 8_000  # drawn scenes that the teacher judges
SIZES = {"n_train": 2_400, "n_validation": 200, "n_test": 400, "epochs": 12}
SEED = 77  # the pool's; the chapter's own pools have other seeds


def train_students(out: Path, pool_size: int = POOL, sizes: Mapping[str, int] = SIZES) -> dict[str, dict[str, float]]:
    """The scores of three fresh students (shares of right verdicts on balanced samples), saved in `out`."""
    settings = {**load_profile("demo").settings("students"), **sizes}
    with tempfile.TemporaryDirectory() as scratch:
        pool = judged_pool(scratch, "demo", pool_size, SEED, "placed")
        scores = {criterion: train_one(criterion, pool, settings, out) for criterion in CRITERIA}
    write_json(out / "classifier.json", {"demo": True, "prompt_version": "placed", "max_new_tokens": 128})
    return scores


def train_one(criterion: str, pool: Pool, settings: Mapping[str, Any], out: Path) -> dict[str, float]:
    """One student's scores against the teacher and against the truth (0..1); the adapter and its record are saved."""
    base = load_base("demo")
    split = balanced_split(pool, criterion, settings, SEED)
    samples = [pool.samples[i] for i in split["sample_id"]]
    pixels = boxed_pixels(base, pool.folder, samples, pool.folder / "features")
    prompt = student_prompt(criterion, "placed")
    rows = training_rows(base, pool, split, pixels, prompt, "reasoning")
    config = student_config(settings, SEED)
    student = train_student(base, rows["train"], rows["validation"], prompt, out / criterion, config)
    test = [pool.samples[i] for i in split.loc[split["split"] == "test", "sample_id"]]
    said = as_verdicts(student_answers(student.model, base, test, pixels, prompt, config.answer_tokens)["in_context"])
    teacher = split.set_index("sample_id")["in_context"]
    assert pool.truth is not None
    truth = pool.truth[criterion]
    scores = {
        "fidelity": sum(v == bool(teacher[s.sample_id]) for v, s in zip(said, test, strict=True)) / len(test),
        "accuracy": sum(v == bool(truth[s.sample_id]) for v, s in zip(said, test, strict=True)) / len(test),
    }
    record = read_json(out / criterion / "training.json")
    command = "python -m coinco_core.world.students " + " ".join(sys.argv[1:])
    write_json(out / criterion / "provenance.json", {**record, "command": command.strip(), "scores": scores})
    log.info("%s: %s", criterion, scores)
    return scores


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where the folders go (default: beside the base)")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    train_students(arguments.out or demo_weights("student"))


if __name__ == "__main__":
    main()
