"""COCO's own pictures and boxes become latents and labels through the same code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from coinco_core.categories import category
from coinco_core.coco import coco_samples
from coinco_core.objects_from_context.latents import Encoder
from coinco_core.objects_from_context.store import encode_samples


def test_coco_pictures_become_examples(shared: Path, encoder: Encoder, tmp_path: Path) -> None:
    source = shared / "real" / "coco_tiny"
    annotations = source / "annotations" / "instances_val2017.json"
    samples = coco_samples(annotations, source / "val2017", tmp_path / "coco", split="test", seed=0, masks=False)[:10]
    store = encode_samples(samples, tmp_path / "coco", encoder, tmp_path / "latents")
    examples = store.examples(samples, "test")
    assert store.failures == () and store.pictures.shape == (10, 4, 32, 32)
    assert examples.inputs.shape == (10, 8192) and np.isfinite(examples.inputs).all()
    assert examples.labels.tolist() == [category(s.object).index for s in samples]


def test_the_published_results_are_shares_of_2402_pictures(shared: Path) -> None:
    table = pd.read_csv(shared / "real" / "ofc_published_results.csv")
    hits = table.filter(like="accuracy").iloc[0] * 2402 / 100
    np.testing.assert_allclose(hits, hits.round(), atol=1e-6)
    assert hits.round().astype(int).tolist() == [392, 766, 1028, 1414, 843, 1475, 1881, 2329]
