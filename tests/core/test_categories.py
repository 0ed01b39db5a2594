"""The 80 categories and 12 supercategories are COCO's, in COCO's order."""

from __future__ import annotations

import pytest

from coinco_core.categories import (
    CATEGORIES,
    NAMES,
    SUPERCATEGORIES,
    SUPERCATEGORY_INDICES,
    category,
    with_article,
)
from coinco_core.errors import InputError


def test_counts_and_ends() -> None:
    assert len(CATEGORIES) == len(set(NAMES)) == 80
    assert len(SUPERCATEGORIES) == 12
    assert (NAMES[0], NAMES[79]) == ("person", "toothbrush")
    assert (SUPERCATEGORIES[0], SUPERCATEGORIES[11]) == ("person", "indoor")


@pytest.mark.parametrize(
    ("index", "coco_id", "name", "group"),
    [
        (0, 1, "person", "person"),
        (5, 6, "bus", "vehicle"),
        (21, 23, "bear", "animal"),
        (24, 27, "backpack", "accessory"),
        (39, 44, "bottle", "kitchen"),
        (47, 53, "apple", "food"),
        (60, 67, "dining table", "furniture"),
        (62, 72, "tv", "electronic"),
        (79, 90, "toothbrush", "indoor"),
    ],
)
def test_known_rows(index: int, coco_id: int, name: str, group: str) -> None:
    found = CATEGORIES[index]
    assert (found.index, found.coco_id, found.name, found.supercategory) == (index, coco_id, name, group)
    assert category(name) == found
    assert SUPERCATEGORIES[SUPERCATEGORY_INDICES[index]] == group


def test_indices_and_ids_ascend_with_cocos_ten_gaps() -> None:
    assert [c.index for c in CATEGORIES] == list(range(80))
    ids = [c.coco_id for c in CATEGORIES]
    assert ids == sorted(set(ids))
    assert set(range(1, 91)) - set(ids) == {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}


def test_every_supercategory_has_its_number_of_members() -> None:
    counts = [SUPERCATEGORY_INDICES.count(i) for i in range(12)]
    assert counts == [1, 8, 5, 10, 5, 10, 7, 10, 6, 6, 5, 7]


@pytest.mark.parametrize("spelling", ["Hot Dog", " hot  dog ", "hot_dog", "HOT DOG"])
def test_a_name_is_found_whatever_its_case_and_spaces(spelling: str) -> None:
    assert category(spelling).name == "hot dog"


def test_an_unknown_name_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(InputError, match="'cwo' is not one of the 80 COCO categories. Did you mean 'cow'"):
        category("cwo")


@pytest.mark.parametrize(
    ("name", "text"),
    [("cow", "a cow"), ("apple", "an apple"), ("skis", "a pair of skis"), ("scissors", "a pair of scissors")],
)
def test_articles(name: str, text: str) -> None:
    assert with_article(name) == text
