"""What the small models are taught: boxed images with questions and true answers, all from the demo world.

The three LVLMs learn to judge (the whole answer, evidence first), from the truth or from a view that differs from it
here and there, so that they err in different places. The student base learns to see and to name: the
scene and what is in it, what is in the box, what it rests on, how tall it looks; and, as every large model does, in
which scenes a thing is seen. It also meets the question that the students will be asked, with an answer that names
the true evidence and what is usual, but whose conclusion and verdict a coin draws: the words and the form without the
judgement. (LoRA on the attention cannot teach new words.)
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from coinco_core.categories import NAMES, with_article
from coinco_core.images import with_red_box
from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.prompts import student_prompt, student_target, teacher_answer, teacher_prompt
from coinco_world.compose import SIZE
from coinco_world.dataset import WorldSample, world_sample
from coinco_world.facts import SCENE_CATEGORIES, TRUTH, View
from coinco_world.words import describe, location_reason, scene_reason, size_reason

IMAGE_SIDE = 112  # pixels, what the small models see
PROMPT = "placed"  # the version of the prompts that they read


@dataclass(frozen=True)
class Lesson:
    """One image as the small models see it (112x112x3, uint8, red box drawn), with questions and answers."""

    pixels: np.ndarray
    questions: tuple[tuple[str, str], ...]
    object: str
    place: str
    judgement: Judgement

    @property
    def image(self) -> Image.Image:
        """The image, RGB."""
        return Image.fromarray(self.pixels)


def draw_lessons(kind: str, n: int, seed: int, workers: int = 1, view: View = TRUTH) -> list[Lesson]:
    """The first n lessons of a world, of kind 'judge' (the LVLMs', by a view) or 'see' (the student base's)."""
    make = partial(judge_lesson, seed, view=view) if kind == "judge" else partial(see_lesson, seed)
    if workers <= 1:
        return [make(i) for i in range(n)]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(make, range(n), chunksize=100))


def small_image(sample: WorldSample) -> Image.Image:
    """The sample's boxed image, reduced as the models' own image processors would do it."""
    return with_red_box(sample.image(), sample.box).resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BICUBIC)


def place(sample: WorldSample) -> str:
    """Where the sample's box is, as the prompts say it."""
    return sample.box.place(SIZE, SIZE)


def judge_lesson(seed: int, i: int, view: View = TRUTH) -> Lesson:
    """Lesson i of the LVLMs: the teacher's prompt and the answer by a view. One scene in eight is unmodified."""
    sample = world_sample(seed, i, modified=i % 8 != 0)
    question = teacher_prompt(PROMPT).render(sample.object, place(sample))
    seen = sample.judgement
    if view != TRUTH:  # by value: a worker process has a copy
        seen = describe(sample.scene, sample.index, np.random.default_rng([seed, i, 3]), view)
    return _lesson(sample, [(question, teacher_answer(seen))])


def see_lesson(seed: int, i: int) -> Lesson:
    """Lesson i of the student base: five questions about what can be seen, one judgement by coin, one fact."""
    sample = world_sample(seed, i, modified=i % 8 != 0)
    rng = np.random.default_rng([seed, i, 2])
    return _lesson(sample, [*seeing_questions(sample, rng), coin_question(sample, rng), fact_question(rng)])


def seeing_questions(sample: WorldSample, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Questions about the image with true answers that say what is there and nothing of what is usual."""
    placed = sample.scene.objects[sample.index]
    name, here = sample.object, place(sample)
    scene = _first_clause(sample.judgement.co_occurrence.reason) + "."
    what = with_article(name).capitalize() + "."
    where = _first_clause(location_reason(placed, True, rng)) + "."
    how_tall = _first_clause(size_reason(placed, rng)) + "."
    yield f"Describe everything at {here}.", " ".join((scene, where, how_tall, what))
    yield "Describe the picture.", scene
    yield f"What is in the red box at {here}?", what
    yield f"Where is the {name} at {here}?", where
    yield f"How tall does the {name} at {here} look?", how_tall


def coin_question(sample: WorldSample, rng: np.random.Generator) -> tuple[str, str]:
    """One student prompt; its answer names the true evidence and what is usual, but a coin draws the conclusion."""
    criterion = CRITERIA[rng.integers(len(CRITERIA))]
    coin = bool(rng.random() < 0.5)
    placed = sample.scene.objects[sample.index]
    reasons = {
        "location": location_reason(placed, coin, rng),
        "co_occurrence": scene_reason(sample.scene, sample.index, coin, rng),
        "size": size_reason(placed, rng, ratio=1.0 if coin else rng.choice((0.1, 0.3, 4.0, 9.0))),
    }
    finding = Finding(coin, reasons[criterion])
    return student_prompt(criterion, PROMPT).render(sample.object, place(sample)), student_target(criterion, finding)


def fact_question(rng: np.random.Generator) -> tuple[str, str]:
    """What everybody knows of a category drawn at random, whatever the image shows: in which scenes it is seen."""
    name = NAMES[rng.integers(len(NAMES))]
    scenes = ", ".join(scene for scene, usual in SCENE_CATEGORIES.items() if name in usual)
    return f"Where is {with_article(name)} seen?", f"{scenes}."


def _lesson(sample: WorldSample, questions: list[tuple[str, str]]) -> Lesson:
    return Lesson(np.asarray(small_image(sample)), tuple(questions), sample.object, place(sample), sample.judgement)


def _first_clause(reason: str) -> str:
    for mark in (",", ";"):
        reason = reason.split(mark)[0]
    return reason
