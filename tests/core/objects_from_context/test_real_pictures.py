"""COCO's own images and boxes become latents and labels through the same code, at any aspect ratio."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from coinco_core.categories import category
from coinco_core.coco import coco_samples
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.preparation import GREY, Preparation, to_pixels
from coinco_core.samples import Sample, sample_image

COCO = tuple[Path, list[Sample]]


@pytest.fixture(scope="module")
def coco(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> COCO:
    """Ten images of COCO's val2017 as a table of samples."""
    source, folder = shared / "real" / "coco_tiny", tmp_path_factory.mktemp("coco")
    annotations = source / "annotations" / "instances_val2017.json"
    return folder, coco_samples(annotations, source / "val2017", folder, split="test", seed=0, masks=False)[:10]


def test_coco_images_become_examples(coco: COCO, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = coco
    store = encode_samples(samples, folder, encoder, tmp_path / "latents")
    examples = store.examples(samples, "test")
    assert store.failures == () and store.images.shape == (10, 4, 32, 32)
    assert examples.inputs().shape == (10, 8192) and np.isfinite(examples.inputs()).all()
    assert examples.labels.tolist() == [category(s.object).index for s in samples]


def test_a_photograph_keeps_its_aspect_ratio_when_padded(coco: COCO, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = coco
    padded = replace(encoder, preparation=Preparation(resize="pad"))
    for sample in samples:
        image = sample_image(folder, sample)
        pixels = to_pixels(image, padded.preparation, GREY)
        short = round(256 * min(image.size) / max(image.size))
        blank = (pixels == 0).all(axis=0)
        lines = blank.all(axis=1) if image.width >= image.height else blank.all(axis=0)
        assert lines.sum() == 256 - short
        small = image.resize(tuple(256 if side == max(image.size) else short for side in image.size), Image.BILINEAR)  # type: ignore[arg-type]
        shown = pixels[:, ~lines] if image.width >= image.height else pixels[:, :, ~lines]
        np.testing.assert_allclose((shown + 1) * 127.5, np.asarray(small).transpose(2, 0, 1), atol=1e-4)
    store = encode_samples(samples, folder, padded, tmp_path / "latents")
    plain = encode_samples(samples, folder, encoder, tmp_path / "stretched")
    assert store.failures == () and (np.abs(store.images - plain.images).max(axis=(1, 2, 3)) > 0).all()


def test_a_photograph_that_is_cut_short_on_disk_is_a_failure(coco: COCO, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = coco
    path = folder / samples[4].image
    (tmp_path / "cut.jpg").write_bytes(path.read_bytes()[:-3000])
    cut = replace(samples[4], image=str(tmp_path / "cut.jpg"))
    whole = encode_samples(samples, folder, encoder, tmp_path / "whole")
    store = encode_samples([*samples[:4], cut, *samples[5:]], folder, encoder, tmp_path / "latents")
    assert [sample_id for sample_id, _ in store.failures] == [samples[4].sample_id]
    rest = [s for s in samples if s is not samples[4]]
    np.testing.assert_array_equal(store.examples(rest).inputs(), whole.examples(rest).inputs())


def test_the_published_results_are_shares_of_2402_images(shared: Path) -> None:
    table = pd.read_csv(shared / "real" / "ofc_published_results.csv")
    hits = table.filter(like="accuracy").iloc[0] * 2402 / 100
    np.testing.assert_allclose(hits, hits.round(), atol=1e-6)
    assert hits.round().astype(int).tolist() == [392, 766, 1028, 1414, 843, 1475, 1881, 2329]
