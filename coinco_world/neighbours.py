"""The names of the objects beside the box in drawn scenes, for the co-occurrence baseline (section 5.2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from coinco_core.errors import InputError, MissingError
from coinco_core.objects_from_context.context_lists import Names, without_once
from coinco_core.samples import Sample
from coinco_world.dataset import read_truth


def others_in_world(folder: str | Path, samples: Sequence[Sample]) -> list[Names]:
    """The names beside each sample's box in a demo world, by its own truth.

    The truth lists what is drawn, so what stands in the box now is taken out; what stood there before is not listed.
    Raises MissingError without the world's truth, InputError for a sample that is not of this world.
    """
    if not Path(folder, "truth.parquet").is_file():
        raise MissingError(f"{folder} is not a demo world; it has no truth.parquet.")
    listed = read_truth(Path(folder))["objects"].to_dict()
    strange = [sample.sample_id for sample in samples if sample.sample_id not in listed]
    if strange:
        raise InputError(f"The sample '{strange[0]}' is not of the demo world in {folder}.")
    return [without_once(_categories(listed[sample.sample_id]), sample.object) for sample in samples]


def _categories(objects: str) -> list[str]:
    return [entry["category"] for entry in json.loads(objects)]
