"""The store of latents: whole, checked, and never one picture's latents under another's name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coinco_core.errors import CheckError, InputError
from coinco_core.objects_from_context.latents import Encoder, join, mask_picture
from coinco_core.objects_from_context.store import ARRAYS, INDEX, encode_samples, open_store
from coinco_core.samples import Box, Sample, sample_image

Pictures = tuple[Path, list[Sample]]


def test_examples_are_each_samples_own_latents_and_label(pictures: Pictures, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = pictures
    store = encode_samples(samples, folder, encoder, tmp_path / "latents")
    examples = store.examples(samples)
    assert examples.labels.tolist() == [0, 1, 2, 3, 4, 5]
    for i, sample in enumerate(samples):
        image = sample_image(folder, sample)
        expected = join(encoder.encode([image]), encoder.encode([mask_picture(sample.box, image.size)]))
        np.testing.assert_allclose(examples.inputs[i], expected[0], atol=1e-5)
    assert store.examples(samples, "validation").sample_ids == ("s4",)


def test_a_mask_that_repeats_is_encoded_once(pictures: Pictures, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = pictures
    store = encode_samples(samples, folder, encoder, tmp_path / "latents")
    assert len(store.pictures) == 6 and len(store.masks) == 5
    assert store.index["mask_row"].tolist() == [0, 0, 1, 2, 3, 4]


def test_an_unreadable_picture_is_a_failure_and_shifts_nothing(
    pictures: Pictures, encoder: Encoder, tmp_path: Path
) -> None:
    folder, samples = pictures
    whole = encode_samples(samples, folder, encoder, tmp_path / "whole").examples(samples)
    (folder / "images/1.png").write_bytes(b"not a picture")
    (folder / "images/3.png").unlink()
    store = encode_samples(samples, folder, encoder, tmp_path / "latents")
    assert sorted(sample_id for sample_id, _ in store.failures) == ["s1", "s3"]
    examples = store.examples(samples)
    assert examples.sample_ids == ("s0", "s2", "s4", "s5") and examples.labels.tolist() == [0, 2, 4, 5]
    np.testing.assert_allclose(examples.inputs, whole.inputs[[0, 2, 4, 5]], atol=1e-5)


def test_latents_are_reused_until_pictures_boxes_or_autoencoder_change(
    pictures: Pictures, encoder: Encoder, tmp_path: Path
) -> None:
    folder, samples = pictures
    out = tmp_path / "latents"
    assert encode_samples(samples, folder, encoder, out).reused == "there were none yet"
    relabelled = [replace(samples[0], original_object="toothbrush"), *samples[1:]]
    again = encode_samples(relabelled, folder, encoder, out)
    assert again.reused.startswith("nothing changed")
    assert again.examples(relabelled).labels[0] == 79  # the label is the table's, whatever was stored
    moved = [replace(samples[0], box=Box(1, 2, 30, 40)), *samples[1:]]
    assert "changed" in encode_samples(moved, folder, encoder, out).reused
    assert "changed" in encode_samples(moved, folder, replace(encoder, digest="another"), out).reused
    sample_image(folder, samples[2]).rotate(90).save(folder / samples[2].image)
    assert "changed" in encode_samples(moved, folder, encoder, out).reused


def test_a_damaged_store_is_refused(pictures: Pictures, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = pictures
    out = tmp_path / "latents"
    encode_samples(samples, folder, encoder, out)
    content = (out / ARRAYS).read_bytes()
    (out / ARRAYS).write_bytes(content[:-1])
    with pytest.raises(CheckError, match="not the file"):
        open_store(out)
    (out / ARRAYS).write_bytes(content)
    (out / INDEX).write_bytes((out / INDEX).read_bytes()[:50])
    with pytest.raises(InputError, match="not readable"):
        open_store(out)


def test_nothing_to_encode_is_said(pictures: Pictures, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = pictures
    for sample in samples:
        (folder / sample.image).unlink()
    with pytest.raises(InputError, match="None of the 6"):
        encode_samples(samples, folder, encoder, tmp_path / "latents")
    assert not (tmp_path / "latents").exists()
