"""The 80 COCO categories and their 12 supercategories, in COCO's own order.

The index of a category (0 person ... 79 toothbrush) is the label of the Objects-from-Context network (section 5.2), the
index of a supercategory (0 person ... 11 indoor) its clique. COCO's annotation ids run to 90 and have gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from coinco_core.errors import InputError, did_you_mean

_BY_SUPERCATEGORY = {
    "person": "1 person",
    "vehicle": "2 bicycle, 3 car, 4 motorcycle, 5 airplane, 6 bus, 7 train, 8 truck, 9 boat",
    "outdoor": "10 traffic light, 11 fire hydrant, 13 stop sign, 14 parking meter, 15 bench",
    "animal": "16 bird, 17 cat, 18 dog, 19 horse, 20 sheep, 21 cow, 22 elephant, 23 bear, 24 zebra, 25 giraffe",
    "accessory": "27 backpack, 28 umbrella, 31 handbag, 32 tie, 33 suitcase",
    "sports": "34 frisbee, 35 skis, 36 snowboard, 37 sports ball, 38 kite, 39 baseball bat, 40 baseball glove, "
    "41 skateboard, 42 surfboard, 43 tennis racket",
    "kitchen": "44 bottle, 46 wine glass, 47 cup, 48 fork, 49 knife, 50 spoon, 51 bowl",
    "food": "52 banana, 53 apple, 54 sandwich, 55 orange, 56 broccoli, 57 carrot, 58 hot dog, 59 pizza, 60 donut, "
    "61 cake",
    "furniture": "62 chair, 63 couch, 64 potted plant, 65 bed, 67 dining table, 70 toilet",
    "electronic": "72 tv, 73 laptop, 74 mouse, 75 remote, 76 keyboard, 77 cell phone",
    "appliance": "78 microwave, 79 oven, 80 toaster, 81 sink, 82 refrigerator",
    "indoor": "84 book, 85 clock, 86 vase, 87 scissors, 88 teddy bear, 89 hair drier, 90 toothbrush",
}


@dataclass(frozen=True)
class Category:
    """One COCO category: `index` 0..79, `coco_id` 1..90 as in the annotation files, name and supercategory."""

    index: int
    coco_id: int
    name: str
    supercategory: str


def _read_table() -> tuple[Category, ...]:
    rows = [(*item.split(" ", 1), group) for group, text in _BY_SUPERCATEGORY.items() for item in text.split(", ")]
    return tuple(Category(i, int(coco_id), name, group) for i, (coco_id, name, group) in enumerate(rows))


CATEGORIES: tuple[Category, ...] = _read_table()
NAMES: tuple[str, ...] = tuple(c.name for c in CATEGORIES)
SUPERCATEGORIES: tuple[str, ...] = tuple(_BY_SUPERCATEGORY)
SUPERCATEGORY_INDICES: tuple[int, ...] = tuple(SUPERCATEGORIES.index(c.supercategory) for c in CATEGORIES)


@cache
def _by_name() -> dict[str, Category]:
    return {c.name: c for c in CATEGORIES}


def category(name: str) -> Category:
    """The category of that name, whatever its case; an InputError that names the nearest ones when there is none."""
    found = _by_name().get(" ".join(name.lower().replace("_", " ").split()))
    if found is None:
        hint = did_you_mean(name, NAMES)
        raise InputError(f"'{name}' is not one of the 80 COCO categories.{hint}")
    return found


def with_article(name: str) -> str:
    """The name with its article, as a sentence wants it: 'a cow', 'an apple', 'a pair of skis'."""
    if name in ("skis", "scissors"):
        return f"a pair of {name}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
