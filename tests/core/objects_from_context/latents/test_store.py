"""The store of latents: whole, checked, and never one image's latents under another's name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from coinco_core.errors import CheckError, CoincoError, InputError, MissingError
from coinco_core.files import read_json, write_json
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.preparation import mask_image
from coinco_core.objects_from_context.latents.store import (
    IMAGES,
    INDEX,
    MASKS,
    RECORD,
    LatentStore,
    open_store,
    unfinished,
)
from coinco_core.samples import Sample, sample_image

Images = tuple[Path, list[Sample]]


@pytest.fixture
def stored(images: Images, encoder: Encoder, tmp_path: Path) -> LatentStore:
    """The latents of the six images, in tmp_path / latents."""
    return encode_samples(images[1], images[0], encoder, tmp_path / "latents")


def test_examples_are_each_samples_own_latents_and_label(images: Images, stored: LatentStore, encoder: Encoder) -> None:
    folder, samples = images
    examples = stored.examples(samples)
    assert examples.labels.tolist() == [0, 1, 2, 3, 4, 5] and examples.labels.dtype == np.int64
    for i, sample in enumerate(samples):
        image = sample_image(folder, sample)
        expected = encoder.encode([image, mask_image(sample.box, image.size)])
        np.testing.assert_array_equal(examples.inputs(slice(i, i + 1))[0], expected.ravel())
    assert stored.examples(samples, "validation").sample_ids == ("s4",)


def test_examples_point_into_the_files_and_nothing_is_copied(images: Images, stored: LatentStore) -> None:
    examples = stored.examples(images[1])
    assert examples.images is stored.images and examples.masks is stored.masks
    for own in (examples.image_rows, examples.mask_rows, examples.labels):
        torch.from_numpy(own)  # torch warns of what pandas lets nobody write to
    assert isinstance(stored.images, np.memmap) and isinstance(stored.masks, np.memmap)


def test_nobody_can_change_the_file_and_torch_takes_the_rows_as_they_are(stored: LatentStore, tmp_path: Path) -> None:
    before = (tmp_path / "latents" / IMAGES).read_bytes()
    torch.from_numpy(stored.images)[0] = 7  # torch warns of arrays that must not be written to; warnings are errors
    assert (stored.images[0] == 7).all()
    stored.images.flush()
    assert (tmp_path / "latents" / IMAGES).read_bytes() == before


def test_labels_may_be_numbers_or_names_and_come_in_any_order(stored: LatentStore) -> None:
    examples = stored.labelled(["s3", "s0", "s3"], [79, "person", "dog"])
    assert examples.labels.tolist() == [79, 0, 16] and examples.sample_ids == ("s3", "s0", "s3")
    assert examples.image_rows.tolist() == [3, 0, 3]


@pytest.mark.parametrize(
    ("ids", "labels", "words"),
    [
        (["s0", "nobody"], [0, 1], "nothing of 1 of the samples, the first of them 'nobody'"),
        (["s0"], [80], "there is 80"),
        (["s0"], [-1], "there is -1"),
        (["s0"], ["drgon"], "drgon"),
        (["s0"], [0, 1], "1 samples and 2 labels"),
    ],
)
def test_wrong_labels_and_unknown_samples_are_refused(
    stored: LatentStore, ids: list[str], labels: list[int | str], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        stored.labelled(ids, labels)


def test_a_split_without_samples_is_said(images: Images, stored: LatentStore) -> None:
    with pytest.raises(InputError, match="no sample of the split 'holiday'"):
        stored.examples(images[1], "holiday")


def test_the_record_says_what_the_latents_are_and_what_made_them(
    stored: LatentStore, encoder: Encoder, tmp_path: Path
) -> None:
    record = read_json(tmp_path / "latents" / RECORD)
    assert stored.facts == record["encoder"] == encoder.facts and record["dtype"] == "float32"
    assert record["counts"] == {"samples": 6, "images": 6, "masks": 5, "failed": 0}
    assert record["provenance"]["inputs"]["samples"] == record["made_from"]
    assert sorted(path.name for path in (tmp_path / "latents").iterdir()) == sorted(
        [IMAGES, MASKS, INDEX, RECORD]
    )  # nothing of the work is left over
    assert not unfinished(tmp_path / "latents").exists()


def change_byte(path: Path, place: int) -> None:
    with open(path, "r+b") as stream:
        stream.seek(place, 2 if place < 0 else 0)
        byte = stream.read(1)[0]
        stream.seek(-1, 1)
        stream.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(("file", "row", "sample"), [(IMAGES, 2, "s2"), (MASKS, 0, "s0"), (MASKS, 4, "s5")])
def test_a_changed_bit_is_found_and_the_sample_is_named(
    stored: LatentStore, tmp_path: Path, file: str, row: int, sample: str
) -> None:
    change_byte(tmp_path / "latents" / file, 128 + row * 16384 + 5000)
    with pytest.raises(CheckError, match=f"the first of them sample '{sample}', row {row} of {file}; delete"):
        open_store(tmp_path / "latents")
    assert len(open_store(tmp_path / "latents", verify=False).images) == 6  # the check can be left out


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _pickled(path: Path) -> None:
    with open(path, "wb") as stream:
        np.save(stream, np.array([{}]), allow_pickle=True)


@pytest.mark.parametrize("file", [IMAGES, MASKS, INDEX])
@pytest.mark.parametrize("damage", [_cut, Path.unlink, lambda path: path.write_bytes(b""), _pickled])
def test_a_damaged_file_is_refused_even_without_digests(
    stored: LatentStore, tmp_path: Path, file: str, damage: Callable[[Path], object]
) -> None:
    damage(tmp_path / "latents" / file)
    with pytest.raises(CheckError, match=file):
        open_store(tmp_path / "latents", verify=False)


def test_arrays_of_another_store_do_not_fit(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images
    encode_samples(samples, folder, encoder, tmp_path / "latents")
    encode_samples(samples[:4], folder, encoder, tmp_path / "fewer")
    encode_samples(samples, folder, encoder, tmp_path / "half", dtype="float16")
    for other in ("fewer", "half"):
        shutil.copy(tmp_path / other / IMAGES, tmp_path / "latents" / IMAGES)
        with pytest.raises(CheckError, match="does not fit"):
            open_store(tmp_path / "latents", verify=False)


def test_a_store_of_another_version_is_refused(stored: LatentStore, tmp_path: Path) -> None:
    path = tmp_path / "latents" / RECORD
    write_json(path, read_json(path) | {"version": 1})
    with pytest.raises(CheckError, match="another version"):
        open_store(tmp_path / "latents")


def test_an_absent_store_is_told_from_an_unfinished_one(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="There are no latents in .*/latents; `coinco latents encode`"):
        open_store(tmp_path / "latents")
    kill_after(encoder, 4, images, tmp_path / "latents")
    for folder in (tmp_path / "latents", unfinished(tmp_path / "latents")):
        with pytest.raises(MissingError, match="are not finished, 4 of 6 samples are done; the same command"):
            open_store(folder)


def kill_after(encoder: Encoder, n: int, images: Images, out: Path) -> None:
    """Encode with shards of two samples, and fail once so many are committed."""

    class Killed(BaseException):
        pass

    def say(line: str) -> None:
        if line.startswith(f"latents: {n} of"):
            raise Killed

    from coinco_core.objects_from_context.latents import encoding

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(encoding, "EVERY_S", 0.0)
        encode_samples(images[1], images[0], encoder, out, say, shard=2)


def test_big_stores_say_that_they_are_checked(
    stored: LatentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    open_store(tmp_path / "latents", say=said.append)
    monkeypatch.setattr("coinco_core.objects_from_context.latents.store._LONG", 1)
    open_store(tmp_path / "latents", say=said.append)
    assert said == ["Checking 0.0 GB of latents against their digests"]


def test_failures_have_a_row_in_the_index_and_no_latents(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images
    (folder / "images/2.png").write_bytes(b"not an image")
    store = encode_samples(samples, folder, encoder, tmp_path / "latents")
    row = store.index.iloc[2]
    assert (row["image_row"], row["mask_row"], row["image_latents"], row["mask_latents"]) == (-1, -1, "", "")
    assert store.failures == (("s2", row["problem"]),) and "not an image that can be read" in row["problem"]
    with pytest.raises(InputError, match="None of the 1 samples has latents"):
        store.labelled(["s2"], [0])
    assert json.loads((tmp_path / "latents" / RECORD).read_text())["counts"]["failed"] == 1


def test_every_error_is_one_that_the_command_line_can_say(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text("{")
    with pytest.raises(CoincoError, match="not readable as JSON"):
        open_store(tmp_path)
