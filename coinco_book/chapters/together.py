"""Samples for all three students together: as they come, unbalanced, from the images that none was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coinco_book.chapters.student_settings import student_recipe
from coinco_core.distillation.judged import JudgedSamples, usable_labels
from coinco_core.samples import Sample
from coinco_core.splits import criterion_labels, deal_images


def held_out(pool: JudgedSamples, settings: Mapping[str, Any], seed: int, n: int) -> list[Sample]:
    """The first n samples of the pool whose images no student was trained or validated on, and nothing balanced.

    These are the images that `judged.balanced_split` deals to the test sets by the same settings and seed. Out of
    context is as common among them as in the pool, of which only images without any label are missing.
    """
    recipe = student_recipe(settings)
    dealt = deal_images(criterion_labels(usable_labels(pool, recipe), recipe), recipe.sizes, seed)
    tested = set(dealt.index[dealt == "test"])
    return [sample for sample in pool.samples.values() if sample.image in tested][:n]
