"""What the demo world knows of each category: how large it is, what it rests on, and in which scenes it is at home.

These facts are the world's own and are stated, not learnt. The truth of every sample follows from them by the three
rules of `truth`: location by what the object rests on, co-occurrence by the scene, size by metres.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

SUPPORTS = ("ground", "surface", "water", "sky", "wall")

# name: height in metres as drawn, width over height as drawn, what it may rest on
_TABLE = """
person: 1.7, 0.42, ground
bicycle: 1.0, 1.6, ground
car: 1.5, 2.4, ground
motorcycle: 1.1, 1.6, ground
airplane: 6.0, 2.6, ground sky
bus: 3.2, 2.5, ground
train: 3.8, 2.8, ground
truck: 3.0, 1.9, ground
boat: 2.6, 1.3, water
traffic light: 3.2, 0.3, ground
fire hydrant: 0.8, 0.6, ground
stop sign: 2.2, 0.36, ground
parking meter: 1.4, 0.3, ground
bench: 0.9, 1.9, ground
bird: 0.25, 1.3, ground sky
cat: 0.4, 1.0, ground surface
dog: 0.6, 1.2, ground
horse: 1.8, 1.15, ground
sheep: 0.9, 1.25, ground
cow: 1.5, 1.5, ground
elephant: 3.0, 1.3, ground
bear: 1.4, 1.4, ground
zebra: 1.5, 1.25, ground
giraffe: 4.5, 0.6, ground
backpack: 0.5, 0.75, ground surface
umbrella: 1.0, 1.0, ground
handbag: 0.35, 1.0, ground surface
tie: 0.5, 0.26, surface wall
suitcase: 0.7, 0.65, ground
frisbee: 0.15, 1.9, ground sky
skis: 1.7, 0.28, ground
snowboard: 1.5, 0.28, ground
sports ball: 0.24, 1.0, ground sky
kite: 1.0, 0.8, sky
baseball bat: 0.85, 0.4, ground
baseball glove: 0.3, 1.0, ground surface
skateboard: 0.22, 3.2, ground
surfboard: 2.0, 0.3, ground water
tennis racket: 0.7, 0.45, ground
bottle: 0.28, 0.34, surface
wine glass: 0.2, 0.48, surface
cup: 0.1, 1.15, surface
fork: 0.19, 0.26, surface
knife: 0.22, 0.2, surface
spoon: 0.18, 0.28, surface
bowl: 0.1, 1.9, surface
banana: 0.12, 1.6, surface
apple: 0.09, 1.0, surface
sandwich: 0.1, 1.6, surface
orange: 0.085, 1.0, surface
broccoli: 0.15, 0.95, surface
carrot: 0.2, 0.45, surface
hot dog: 0.08, 2.3, surface
pizza: 0.16, 2.0, surface
donut: 0.08, 1.4, surface
cake: 0.17, 1.3, surface
chair: 0.95, 0.6, ground
couch: 0.85, 2.2, ground
potted plant: 0.5, 0.75, ground surface
bed: 1.0, 1.9, ground
dining table: 0.75, 1.9, ground
toilet: 0.75, 0.65, ground
tv: 0.65, 1.55, surface wall
laptop: 0.24, 1.4, surface
mouse: 0.05, 1.6, surface
remote: 0.2, 0.32, surface
keyboard: 0.13, 2.8, surface
cell phone: 0.15, 0.52, surface
microwave: 0.3, 1.65, surface
oven: 0.9, 0.85, ground
toaster: 0.2, 1.4, surface
sink: 0.3, 1.8, surface wall
refrigerator: 1.75, 0.52, ground
book: 0.24, 0.8, surface
clock: 0.3, 1.0, surface wall
vase: 0.3, 0.55, surface
scissors: 0.18, 0.6, surface
teddy bear: 0.4, 0.8, ground surface
hair drier: 0.22, 1.1, surface
toothbrush: 0.19, 0.22, surface
"""

# scene: the categories that are at home in it
_SCENES = """
kitchen: person, cat, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange,
    broccoli, carrot, pizza, cake, donut, hot dog, chair, dining table, potted plant, microwave, oven,
    toaster, sink, refrigerator, clock, vase
dining room: person, cat, dog, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich,
    orange, broccoli, carrot, pizza, cake, donut, hot dog, chair, dining table, potted plant, clock, vase,
    book
living room: person, cat, dog, chair, couch, potted plant, dining table, tv, laptop, remote, cell phone, book,
    clock, vase, teddy bear, cup, bowl, wine glass, backpack, handbag
bedroom: person, cat, dog, chair, bed, potted plant, tv, laptop, remote, cell phone, book, clock, vase, teddy
    bear, backpack, handbag, suitcase, tie, cup, hair drier
bathroom: person, cat, toilet, sink, toothbrush, hair drier, scissors, bottle, cup, clock, vase, potted plant,
    cell phone
office: person, chair, tv, laptop, mouse, keyboard, cell phone, book, clock, scissors, cup, bottle, backpack,
    handbag, tie, potted plant, remote, umbrella
street: person, bicycle, car, motorcycle, bus, truck, traffic light, fire hydrant, stop sign, parking meter,
    bench, bird, cat, dog, backpack, umbrella, handbag, suitcase, skateboard, cell phone, potted plant
park: person, bicycle, bench, bird, cat, dog, horse, backpack, umbrella, handbag, frisbee, sports ball, kite,
    skateboard, baseball bat, baseball glove, tennis racket, bottle, book, sandwich
sports field: person, bench, bird, dog, backpack, frisbee, sports ball, kite, baseball bat, baseball glove,
    tennis racket, bottle, umbrella, chair, bicycle, car
beach: person, boat, bench, bird, dog, horse, backpack, umbrella, handbag, frisbee, sports ball, kite,
    surfboard, chair, bottle, book, bicycle
farm: person, bicycle, car, truck, bench, bird, cat, dog, horse, sheep, cow, apple, carrot, potted plant,
    backpack
savanna: person, car, truck, bird, elephant, zebra, giraffe, backpack, horse, airplane, bottle
ski slope: person, skis, snowboard, bench, backpack, bird, dog, bottle, kite, stop sign
forest: person, bicycle, bench, bird, dog, horse, bear, backpack, bottle, book, skis, cup, truck, boat
airport: person, airplane, bus, car, truck, bird, backpack, handbag, suitcase, umbrella, tie, clock, cell
    phone, book, traffic light, stop sign
station: person, bicycle, train, bench, bird, dog, backpack, umbrella, handbag, tie, suitcase, clock, cell
    phone, book, bottle, skateboard, cup, stop sign, traffic light
"""


@dataclass(frozen=True)
class Facts:
    """One category's facts: its height in metres and width over height as drawn, and the supports it may rest on."""

    name: str
    height_m: float
    aspect: float
    supports: frozenset[str]


def _read_facts() -> dict[str, Facts]:
    table = {}
    for line in _TABLE.strip().splitlines():
        name, rest = line.split(": ")
        height, aspect, supports = rest.split(", ")
        table[name] = Facts(name, float(height), float(aspect), frozenset(supports.split()))
    return table


def _read_scenes() -> dict[str, tuple[str, ...]]:
    unwrapped = _SCENES.strip().replace("\n    ", " ")
    rows = (line.split(": ") for line in unwrapped.splitlines())
    return {scene: tuple(names.split(", ")) for scene, names in rows}


FACTS: dict[str, Facts] = _read_facts()
SCENE_CATEGORIES: dict[str, tuple[str, ...]] = _read_scenes()
SCENES: tuple[str, ...] = tuple(SCENE_CATEGORIES)


@dataclass(frozen=True)
class View:
    """What somebody holds to be usual: each category's facts, and the categories at home in each scene."""

    facts: Mapping[str, Facts]
    scenes: Mapping[str, tuple[str, ...]]


TRUTH = View(FACTS, SCENE_CATEGORIES)


def odd_view(seed: int, scene_share: float, support_share: float) -> View:
    """The truth with some of it turned round, drawn by the seed: so that models can be taught to differ.

    Each pair of scene and category is turned round with probability `scene_share`, each pair of category and support
    with `support_share` (one support at least is left).
    """
    import numpy as np

    rng = np.random.default_rng(seed)

    def turned(whole: Iterable[str], held: Iterable[str], share: float) -> list[str]:
        return [name for name in whole if (name in held) != (rng.random() < share)]

    scenes = {scene: tuple(turned(FACTS, usual, scene_share)) for scene, usual in SCENE_CATEGORIES.items()}
    supports = {name: frozenset(turned(SUPPORTS, facts.supports, support_share)) for name, facts in FACTS.items()}
    facts = {name: replace(fact, supports=supports[name] or fact.supports) for name, fact in FACTS.items()}
    return View(facts, scenes)
