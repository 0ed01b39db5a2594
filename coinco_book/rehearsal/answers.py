"""Made-up answers of three models in the released layout: as long as real ones, a tenth of them irregular.

The models err independently, so they agree about as often as the authors' three did.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coinco_core.categories import CATEGORIES
from coinco_core.files import digest

MODELS = ("molmo", "qwen", "internvl")
SHARE_IN, ERROR, IRREGULAR = 0.45, 0.08, 0.1
TITLES = ("Location", "Co-occurrence", "Size")
PLACES = ("a tiled kitchen floor", "the edge of a busy road", "a grassy hillside", "a living room", "a crowded beach")
SAID = {
    ("Location", True): (
        "The {o} rests on {p}, which carries its weight, and nothing about its place looks forced or unusual.",
        "It stands where one would look for a {o} in this context: on {p}, in front of the others, well supported.",
        "The red box shows the {o} at {p}. The surface is solid and the place is one where such things are kept.",
    ),
    ("Location", False): (
        "The {o} floats above {p} without any visible support, which cannot be explained by the scene around it.",
        "The {o} is embedded in another object near {p}; it lies or stands on nothing that is visible.",
        "There is nothing under the {o}. At {p} one would not expect it to hang in the air in front of the background.",
    ),
    ("Co-occurrence", True): (
        "The people, the furniture and the {o} are often seen together, and {p} is a usual setting for all of them.",
        "A {o} goes well with the other objects at {p}; they belong to the same everyday activity.",
        "Beside the other things at {p}, the presence of a {o} is plausible, and no combination stands out as odd.",
    ),
    ("Co-occurrence", False): (
        "A {o} together with the bathtub and the sink at {p} is an uncommon combination that would surprise people.",
        "The other objects at {p} suggest a setting in which a {o} has no purpose, so that the combination is unusual.",
        "Nothing else at {p} has to do with a {o}; finding it among these animals and vehicles is rather uncommon.",
    ),
    ("Size", True): (
        "Compared with the person and the chair beside it, the {o} has the size that one would expect at {p}.",
        "The {o} is in proportion to the objects around it; height and width agree with its distance.",
        "Relative to {p} and to its neighbours, the {o} is neither too large nor too small for a real one.",
    ),
    ("Size", False): (
        "The {o} is larger than the car behind it, which does not fit the real proportions of either of the two.",
        "Beside the other objects at {p}, the {o} is far too small; a real one would be several times as high.",
        "The {o} covers most of {p} and dwarfs the person next to it, so its size is not what it should be.",
    ),
}
MORE = (  # with a number, so that hardly a line comes twice
    " The box covers about {n} pixels. Lighting and quality were left out of account, as only its place matters.",
    " Judging by the {n} pixels or so that show its surroundings, there is little doubt about this point.",
    " This holds even if one allows for the angle of the camera and for a distance of about {n} cm to the background.",
)


def write_answers(folder: Path, rows: int, seed: int = 0) -> dict[str, Any]:
    """Writes context_reasoning_MODEL.csv for each model; the mean length of an answer (characters) comes back."""
    import pandas as pd

    lengths = []
    for model in MODELS:
        table = pd.DataFrame(answers_table(model, rows, seed))
        table.to_csv(folder / f"context_reasoning_{model}.csv")  # with an unnamed index, as the authors' have
        lengths.append(float(table["response"].str.len().mean()))
    return {"mean_characters": sum(lengths) / len(lengths)}


def answers_table(model: str, rows: int, seed: int = 0) -> dict[str, Any]:
    """The columns coco_index and response of a model's answers to the first so many images."""
    return {"coco_index": range(rows), "response": [judged(model, str(seed), str(i)) for i in range(rows)]}


def judged(model: str, *asked: str) -> str:
    """The answer of a made-up model to what it is asked; the same question has the same truth for every model."""
    truth = random.Random(digest(asked))
    verdicts = [truth.random() < SHARE_IN for _ in TITLES]
    draw = random.Random(f"{model} {truth.random()}")
    return _answer(draw, [verdict != (draw.random() < ERROR) for verdict in verdicts])


def _answer(draw: random.Random, verdicts: list[bool]) -> str:
    """One answer with these verdicts and the decision that they imply."""
    name, place = draw.choice(CATEGORIES).name, draw.choice(PLACES)
    reasons = [
        f"{title}: {draw.choice(SAID[title, verdict])}{draw.choice(MORE)}".format(
            o=name, p=place, n=draw.randrange(99_999)
        )
        for title, verdict in zip(TITLES, verdicts, strict=True)
    ]
    words = ["In-context" if verdict else "Out-of-context" for verdict in (*verdicts, all(verdicts))]
    summary = [f"{title}: {word}" for title, word in zip((*TITLES, "Final decision"), words, strict=True)]
    text = "\n".join(["Analysis:", *reasons, "", "Summary:", *summary]) + "."
    return draw.choice(IRREGULARITIES)(text) if draw.random() < IRREGULAR else text


def _bold(text: str) -> str:
    for title in ("Analysis", "Summary", *TITLES, "Final decision"):
        text = text.replace(f"{title}:", f"**{title}:**")
    return text


def _without_summary(text: str) -> str:
    return text[: text.index("Summary:")] + text[text.index("Final decision:") :]


def _cut_off(text: str) -> str:
    return text[: len(text) * 2 // 3]


def _oddly_capitalised(text: str) -> str:
    return text.replace("Out-of-context", "Out-Of-Context").replace("In-context", "in-Context")


IRREGULARITIES: tuple[Callable[[str], str], ...] = (_bold, _without_summary, _cut_off, _oddly_capitalised)
