"""Trains the small models that ship with the project on the demo world: LVLMs, student base, autoencoder, students.

    python -m coinco_world.training.train                      all of them, into coinco_world/weights
    python -m coinco_world.training.train --only qwen          one of them
    python -m coinco_world.training.train --images 512 --epochs 1 --out trial     a quick trial

Each folder gets a provenance.json: the command, seed, code version, data digest, versions, time taken and scores on
images that were not trained on.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from coinco_core.categories import NAMES
from coinco_core.devices import choose_device
from coinco_core.distillation.collator import collate, encode_row
from coinco_core.engines.encoding import Pixels, pixel_parts, to_device
from coinco_core.files import digest, write_json
from coinco_core.provenance import record
from coinco_world.facts import TRUTH, odd_view
from coinco_world.training.lessons import Lesson, draw_lessons
from coinco_world.training.models import DEMO_MODELS, build_model, count_parameters, save_model
from coinco_world.training.scores import score_base, score_judge
from coinco_world.training.students import train_students
from coinco_world.training.tokenizers import train_tokenizer
from coinco_world.training.vae import train_vae

log = logging.getLogger(__name__)
WEIGHTS = Path(__file__).parents[1] / "weights"


@dataclass(frozen=True)
class ModelRecipe:
    """How one of the small models is trained."""

    kind: str  # of lesson: 'judge' or 'see'
    images: int
    epochs: int
    seed: int
    world_seed: int
    learning_rate: float = 8e-4
    batch_size: int = 16  # many small steps: with 64 the models never found the box
    warmup: float = 0.05  # share of the steps
    weight_decay: float = 0.05
    view: tuple[int, float, float] | None = None  # what it is taught, as `odd_view` takes it; None: the truth
    weights: tuple[float, ...] = (1.0,)  # how often each of a lesson's questions is asked, against the others


MODEL_RECIPES = {
    "qwen": ModelRecipe("judge", 16_000, 4, seed=1, world_seed=101),
    "internvl": ModelRecipe("judge", 16_000, 4, seed=2, world_seed=101, view=(24, 0.09, 0.05)),
    "molmo": ModelRecipe("judge", 16_000, 4, seed=3, world_seed=101, learning_rate=1.2e-3, view=(21, 0.11, 0.06)),
    "student": ModelRecipe("see", 16_000, 8, seed=4, world_seed=102, learning_rate=2e-3, weights=(3, 1, 1, 1, 1, 8, 2)),
}
OTHERS: dict[str, Callable[[Path], object]] = {  # by scripts of their own
    "vae": train_vae,
    "students": lambda out: train_students(out / "student"),
}
HELD_OUT_SEED = 900  # the world on which the trained models are scored
HELD_OUT = 600


def train(role: str, recipe: ModelRecipe, out: Path, workers: int = 2) -> dict[str, Any]:
    """The provenance record of a freshly trained model, saved in `out`/role (for the student, in role/base)."""
    start = time.perf_counter()
    view = odd_view(*recipe.view) if recipe.view else TRUTH
    lessons = draw_lessons(recipe.kind, recipe.images, recipe.world_seed, workers, view)
    log.info("%s: %d lessons drawn in %.0f s", role, len(lessons), time.perf_counter() - start)
    model, processor = new_model(role, lessons, recipe.seed)
    losses = fit(model, processor, lessons, recipe)
    folder = save_model(model, processor, out / role / ("base" if role == "student" else ""))
    held_out = draw_lessons(recipe.kind, min(HELD_OUT, recipe.images), HELD_OUT_SEED, workers)
    scores = (score_judge if recipe.kind == "judge" else score_base)(folder, held_out)
    provenance = record(
        profile=None,
        seed=recipe.seed,
        inputs={"lessons": digest([lesson.questions for lesson in lessons])},
        command="python -m coinco_world.training.train " + " ".join(sys.argv[1:]),
        recipe=asdict(recipe),
        parameters=count_parameters(model),
        losses=losses,
        scores=scores,
        seconds=round(time.perf_counter() - start),
    )
    write_json(folder / "provenance.json", provenance)
    log.info("%s: %s", role, scores)
    return provenance


def new_model(role: str, lessons: Sequence[Lesson], seed: int) -> tuple[Any, Any]:
    """An untrained model of the role and its processor, with a tokenizer learnt from the lessons' own text."""
    family, size = DEMO_MODELS[role]
    texts = [text for lesson in lessons[:4000] for pair in lesson.questions for text in pair]
    tokenizer = train_tokenizer([*texts, *NAMES], family)
    return build_model(family, size, tokenizer, seed)


def fit(model: Any, processor: Any, lessons: Sequence[Lesson], recipe: ModelRecipe) -> list[float]:
    """The mean loss (nats a token) of each tenth of the training; the model is changed in place.

    AdamW with a linear warm-up and a cosine to zero; loss on the answer and its end token only, as in distillation.
    """
    choice = choose_device()
    device, half = torch.device(choice.device), torch.bfloat16
    model.to(device).train()
    model.set_attn_implementation("eager")  # the same function; its backward pass made a step 1.4 times faster on a CPU
    optimizer = torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    steps = recipe.epochs * (len(lessons) // recipe.batch_size)
    warmup = max(1, int(recipe.warmup * steps))
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.02, total_iters=warmup)
    cool = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps - warmup))
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cool], [warmup])
    history, start = [], time.perf_counter()
    for step, batch in enumerate(batches(processor, lessons, recipe), 1):
        with torch.autocast(device.type, half):
            loss = model(**to_device(batch, device)).loss
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        history.append(loss.item())
        if step % 50 == 0 or step == steps:
            passed = time.perf_counter() - start
            log.info(
                "step %d/%d loss %.3f, %.0f s, %.0f s left",
                step,
                steps,
                loss.item(),
                passed,
                passed / step * (steps - step),
            )
    tenth = max(1, len(history) // 10)
    return [round(sum(part) / len(part), 4) for part in (history[i : i + tenth] for i in range(0, len(history), tenth))]


def batches(processor: Any, lessons: Sequence[Lesson], recipe: ModelRecipe) -> Iterator[dict[str, Any]]:
    """Model inputs and labels of each step; an epoch sees every image once, with one of its questions."""
    rng = random.Random(recipe.seed)
    pixels: dict[int, Pixels] = {}
    for _ in range(recipe.epochs):
        order = rng.sample(range(len(lessons)), len(lessons))
        for first in range(0, len(order) - recipe.batch_size + 1, recipe.batch_size):
            chosen = order[first : first + recipe.batch_size]
            for i in chosen:
                if i not in pixels:
                    pixels[i] = pixel_parts(processor, lessons[i].image, "float16")
            asked = [rng.choices(lessons[i].questions, recipe.weights)[0] for i in chosen]
            rows = [encode_row(processor, pixels[i], *pair) for i, pair in zip(chosen, asked, strict=True)]
            yield collate(processor, rows)


def main() -> None:
    """The command line: makes the models asked for, one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", choices=[*MODEL_RECIPES, *OTHERS], action="append", help="make this one (may be repeated)"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the folders go")
    parser.add_argument("--images", type=int, help="images to train on (default: the recipe's)")
    parser.add_argument("--epochs", type=int, help="times that each image is seen (default: the recipe's)")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw the images")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    changed = {k: v for k in ("images", "epochs") if (v := getattr(arguments, k)) is not None}
    for name in arguments.only or (*MODEL_RECIPES, *OTHERS):
        if name in OTHERS:
            OTHERS[name](arguments.out)
        else:
            train(name, replace(MODEL_RECIPES[name], **changed), arguments.out, arguments.workers)


if __name__ == "__main__":
    main()
