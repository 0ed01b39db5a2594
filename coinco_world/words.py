"""The truth in words: a reason for each criterion that names the evidence before it concludes.

Each reason is a sentence with what can be seen (what it rests on, which scene with which things, how tall it looks)
and what is usual for the category. There are several phrasings; the generator picks.
"""

from __future__ import annotations

import numpy as np

from coinco_core.categories import with_article
from coinco_core.judgements import Finding, Judgement
from coinco_world.compose import Placed, Scene
from coinco_world.facts import FACTS, SUPPORTS, TRUTH, View
from coinco_world.truth import SIZE_TOLERANCE, verdicts

_ON = {"ground": "rests on", "surface": "rests on", "water": "floats on", "sky": "hangs in", "wall": "hangs on"}
_BELONGS = {
    "ground": "on the ground",
    "surface": "on a table or shelf",
    "water": "on water",
    "sky": "in the air",
    "wall": "on a wall",
}
_REFERENCES = (  # up to so many metres; none is one of the 80 categories, so nothing is compared with itself
    (0.13, "a mug"),
    (0.32, "a jug"),
    (0.65, "a bucket"),
    (1.2, "a desk"),
    (2.3, "a door"),
    (99, "a house"),
)
_RATIOS = (
    (0.2, "far too small"),
    (1 / SIZE_TOLERANCE, "too small"),
    (SIZE_TOLERANCE, "about right"),
    (5.0, "too large"),
    (1e9, "far too large"),
)


def describe(scene: Scene, index: int, rng: np.random.Generator, view: View = TRUTH) -> Judgement:
    """The true judgement of object `index`: three findings with reasons in words, and the overall verdict.

    By another view than the truth it is what somebody with that view would say.
    """
    placed = scene.objects[index]
    found = verdicts(scene, index, view)
    return Judgement(
        location=Finding(found["location"], location_reason(placed, found["location"], rng, view)),
        co_occurrence=Finding(found["co_occurrence"], scene_reason(scene, index, found["co_occurrence"], rng)),
        size=Finding(found["size"], size_reason(placed, rng)),
        in_context=found["in_context"],
    )


def location_reason(placed: Placed, fits: bool, rng: np.random.Generator, view: View = TRUTH) -> str:
    """Where the object is, and where its category belongs."""
    here = f"It {_ON[placed.zone.support]} {placed.zone.name}"
    name = with_article(placed.category)
    home = " or ".join(_BELONGS[s] for s in SUPPORTS if s in view.facts[placed.category].supports)
    if fits:
        return _pick(
            rng, f"{here}, and {name} belongs {home}.", f"{here}, a normal place, since {name} belongs {home}."
        )
    return _pick(rng, f"{here}, but {name} belongs {home}.", f"{here}, an unusual place, since {name} belongs {home}.")


def scene_reason(scene: Scene, index: int, fits: bool, rng: np.random.Generator) -> str:
    """Which scene it is and what else is in it, and whether the category is usual there."""
    others = [o for i, o in enumerate(scene.objects) if i != index]
    others.sort(key=lambda o: -o.box[2] * o.box[3])
    seen = " and ".join(dict.fromkeys(with_article(o.category) for o in others[:2]))
    here = f"This is {with_article(scene.layout.scene)} with {seen}"
    name = with_article(scene.objects[index].category)
    if fits:
        return _pick(rng, f"{here}, and {name} is common there.", f"{here}, where {name} is often seen.")
    return _pick(rng, f"{here}, and {name} is unusual there.", f"{here}, where {name} is rarely seen.")


def size_reason(placed: Placed, rng: np.random.Generator, ratio: float | None = None) -> str:
    """How tall the object looks, how tall its category is, and what follows (from `ratio`, where one is given)."""
    usual = FACTS[placed.category].height_m
    looks, real = _reference(usual * placed.size_ratio), _reference(usual)
    name = with_article(placed.category)
    judged = placed.size_ratio if ratio is None else ratio
    conclusion = next(word for limit, word in _RATIOS if judged <= limit)
    return _pick(
        rng,
        f"It looks as tall as {looks}, and {name} is as tall as {real}, so it is {conclusion}.",
        f"Here it is as tall as {looks}; {name} is as tall as {real}: {conclusion}.",
    )


def _reference(metres: float) -> str:
    return next(word for limit, word in _REFERENCES if metres <= limit)


def _pick(rng: np.random.Generator, *phrasings: str) -> str:
    return phrasings[int(rng.integers(len(phrasings)))]
