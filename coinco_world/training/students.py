"""Trains the three small students that ship with the project: the demo classifier's adapters (section 5.1).

    python -m coinco_world.training.students

The shipped teacher judges drawn scenes, and each student learns its reasoning on one criterion, as in the students'
chapter of the book but from more samples. The base and the teacher must
be there (`python -m coinco_world.training.train`).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from coinco_core.distillation.answering import student_answers
from coinco_core.distillation.base_model import load_base
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.examples import training_rows
from coinco_core.distillation.features import boxed_pixels
from coinco_core.distillation.judged import FINDINGS, JudgedSamples, balanced_split, judged
from coinco_core.distillation.training import train_student
from coinco_core.engines import load_engine
from coinco_core.evaluation import as_verdicts
from coinco_core.files import read_json, read_table, write_json
from coinco_core.judgements import CRITERIA
from coinco_core.labelling import label
from coinco_core.prompts import student_prompt, teacher_prompt
from coinco_core.splits import TEACHER, SplitRecipe
from coinco_world.dataset import make_world, read_truth
from coinco_world.weights import demo_weights

log = logging.getLogger(__name__)
POOL = 8_000  # drawn scenes that the teacher judges
SAMPLES = SplitRecipe("demo", TEACHER, 2_400, 200, 400)
SEED = 7_077  # of the scenes; the book draws others
RECIPE = DistillConfig(
    lora_rank=32, lora_alpha=64, lora_dropout=0.0, learning_rate=0.008, batch_size=16, micro_batch=16, epochs=12,
    eval_steps=300, seed=119, answer_tokens=128,
)  # 1,800 steps, six evaluations  # fmt: skip


def train_students(
    out: Path, pool_size: int = POOL, samples: SplitRecipe = SAMPLES, recipe: DistillConfig = RECIPE
) -> dict[str, dict[str, float]]:
    """The scores of three fresh students (accuracies on balanced samples, 0..1), saved in `out`."""
    with tempfile.TemporaryDirectory() as scratch:
        pool = judged_scenes(Path(scratch) / "pool", pool_size)
        scores = {criterion: train_one(criterion, pool, samples, recipe, out) for criterion in CRITERIA}
    limit = recipe.answer_tokens
    write_json(out / "classifier.json", {"demo": True, "prompt_version": "placed", "max_new_tokens": limit})
    return scores


def judged_scenes(folder: Path, n: int) -> JudgedSamples:
    """n drawn scenes with the shipped teacher's findings and the truth."""
    samples = make_world(folder, n=n, seed=SEED)
    label(samples, folder, load_engine("qwen", batch_size=128), teacher_prompt("placed"), folder / "answers")
    return judged(folder, samples, read_table(folder / "answers" / FINDINGS), read_truth(folder))


def train_one(
    criterion: str, pool: JudgedSamples, samples: SplitRecipe, recipe: DistillConfig, out: Path
) -> dict[str, float]:
    """One student's scores against the teacher and against the truth (0..1); the adapter and its record are saved."""
    base = load_base("demo")
    split = balanced_split(pool, criterion, samples, seed=77)
    seen = [pool.samples[i] for i in split["sample_id"]]
    pixels = boxed_pixels(base.model, base.processor, pool.folder, seen, pool.folder / "features")
    prompt = student_prompt(criterion, "placed")
    rows = training_rows(base.processor, pool, split, pixels, prompt, "reasoning")
    student = train_student(base, rows, out / criterion, recipe, overwrite=True)
    test = [pool.samples[i] for i in split.loc[split["split"] == "test", "sample_id"]]
    told = student_answers(student.model, base.processor, test, pixels, prompt, recipe.answer_tokens)
    said = as_verdicts(told["in_context"])
    teacher = split.set_index("sample_id")["in_context"]
    assert pool.truth is not None
    truth = pool.truth[criterion]
    scores = {
        "fidelity": sum(v == bool(teacher[s.sample_id]) for v, s in zip(said, test, strict=True)) / len(test),
        "accuracy": sum(v == bool(truth[s.sample_id]) for v, s in zip(said, test, strict=True)) / len(test),
    }
    record = read_json(out / criterion / "training.json")
    command = "python -m coinco_world.training.students " + " ".join(sys.argv[1:])
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
