"""Variants beside the published training: the same budget, every result kept, and nothing trained twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coinco_book.chapters import variants as module
from coinco_book.chapters.variants import SHAPES, VARIANTS, Variant, run_variants, top_k_points
from coinco_core.devices import DeviceChoice
from coinco_core.objects_from_context.examples import Examples
from coinco_core.objects_from_context.network.recipe import TrainingRecipe

RECIPE = TrainingRecipe(epochs=3, batch_size=48)


@pytest.fixture
def views(learnable: tuple[Examples, Examples]) -> dict[str, dict[str, Examples]]:
    """One view of three parts."""
    return {"published": {"train": learnable[0], "validation": learnable[1], "test": learnable[1]}}


def test_each_run_is_trained_once_and_a_stopped_study_goes_on(
    views: dict[str, dict[str, Examples]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variants, trained = (Variant("published"), Variant("weight decay", changes={"weight_decay": 0.1})), []
    one_run = module.one_run

    def counted(variant: Variant, parts: dict[str, Examples], seed: int, *rest: object) -> dict[str, object]:
        trained.append((variant.name, seed))
        if len(trained) == 3:
            raise KeyboardInterrupt
        return one_run(variant, parts, seed, *rest)

    monkeypatch.setattr(module, "one_run", counted)
    with pytest.raises(KeyboardInterrupt):
        run_variants(variants, views, [0, 1], tmp_path, RECIPE, device="cpu")
    found = run_variants(variants, views, [0, 1], tmp_path, RECIPE, device="cpu")
    assert trained[2:] == [("weight decay", 0), ("weight decay", 0), ("weight decay", 1)]
    assert list(found["variant"]) == ["published"] * 2 + ["weight decay"] * 2
    again = run_variants(variants, views, [0, 1], tmp_path, RECIPE, device="cpu")
    assert len(trained) == 5 and again.equals(found)
    assert found["epochs"].tolist() == [3] * 4 and found["ranks"].map(len).tolist() == [48] * 4
    points = top_k_points(found, 1)
    assert points["value"].tolist() == [np.mean([r == 0 for r in ranks]) for ranks in found["ranks"]]


def test_another_device_trains_nothing_again_and_is_named(
    views: dict[str, dict[str, Examples]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    first = run_variants(VARIANTS[:1], views, [0], tmp_path, RECIPE, device="cpu", say=said.append)
    monkeypatch.setattr(module, "choose_device", lambda _: DeviceChoice("cuda", "float32", "for the test"))
    again = run_variants(VARIANTS[:1], views, [0], tmp_path, RECIPE, say=said.append)
    assert again.equals(first) and "made_with" not in first.columns
    assert said == [
        "1 of 1 networks trained",
        "networks trained under other conditions are kept (device was cpu and is cuda)",
    ]


def test_another_recipe_is_another_run(views: dict[str, dict[str, Examples]], tmp_path: Path) -> None:
    run_variants(VARIANTS[:1], views, [0], tmp_path, RECIPE, device="cpu")
    run_variants(VARIANTS[:1], views, [0], tmp_path, replace(RECIPE, epochs=2), device="cpu")
    assert len(list(tmp_path.iterdir())) == 2


def test_every_variant_differs_from_the_published_in_one_thing() -> None:
    plain = Variant("published")
    for variant in (*VARIANTS[1:], *SHAPES):
        differs = [getattr(variant, part) != getattr(plain, part) for part in ("view", "head", "changes")]
        assert sum(differs) == 1 and len(variant.changes) <= 1
