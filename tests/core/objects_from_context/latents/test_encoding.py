"""Encoding a table of samples: resumable after being killed, never another image's latents, nothing done twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from checkout_root import ROOT
from coinco_core.errors import CheckError, InputError
from coinco_core.files import sha256_file
from coinco_core.objects_from_context.latents import encoding, writing
from coinco_core.objects_from_context.latents.digested_image import read_image
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.preparation import Preparation
from coinco_core.objects_from_context.latents.shards import JOURNAL, PLAN
from coinco_core.objects_from_context.latents.store import IMAGES, INDEX, MASKS, RECORD, open_store, unfinished
from coinco_core.samples import Box, Sample, sample_image, write_samples
from coinco_core.store.folder import LOCK

Images = tuple[Path, list[Sample]]


class Counting(Encoder):
    """An encoder that notes how many images and masks each call holds."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder.vae, "cpu", encoder.name, encoder.digest, encoder.preparation)
        object.__setattr__(self, "counts", [])

    def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
        self.counts.append(len(pixels))  # type: ignore[attr-defined]
        return super().encode_pixels(pixels, batch_size)


def content(folder: Path) -> list[bytes]:
    """The files of a store that have to be the same however it came about."""
    return [(folder / name).read_bytes() for name in (IMAGES, MASKS, INDEX)]


def many(folder: Path, n: int) -> list[Sample]:
    """A folder with n samples of different images, each three of which share a box."""
    rng = np.random.default_rng(7)
    (folder / "images").mkdir(parents=True)
    samples = []
    for i in range(n):
        Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(folder / f"images/{i}.png")
        box = Box(2 + i // 3, 3, 9, 8)
        samples.append(Sample(f"s{i:03d}", f"images/{i}.png", 32, 24, box, "cow", "dog", "train", "demo", True))
    write_samples(folder, samples)
    return samples


@pytest.mark.parametrize("shard", [2, 5, 256])
def test_a_mask_or_image_that_repeats_is_encoded_once(
    images: Images, encoder: Encoder, tmp_path: Path, shard: int
) -> None:
    folder, samples = images
    twice = [*samples, *(replace(s, sample_id=f"{s.sample_id}-again", box=Box(1, 1, 5, 5)) for s in samples)]
    counting = Counting(encoder)
    if shard == 2:  # what repeats is also known from the shards that another run committed
        stop_after(3, twice, folder, counting, tmp_path / "latents")
    store = encode_samples(twice, folder, counting, tmp_path / "latents", shard=shard)
    again = 6 + 5 if shard == 2 else 0  # the other run's, of which nothing is done twice
    assert sum(counting.counts) == 6 + 5 + 1 - again  # type: ignore[attr-defined]
    assert store.index["image_row"].tolist() == [0, 1, 2, 3, 4, 5] * 2
    assert store.index["mask_row"].tolist() == [0, 0, 1, 2, 3, 4, *[5] * 6]
    np.testing.assert_array_equal(store.masks[5], encoder.encode_masks([Box(1, 1, 5, 5)], (96, 64))[0])


def test_the_same_box_in_an_image_of_another_size_is_another_mask(encoder: Encoder, tmp_path: Path) -> None:
    for i, size in enumerate(((40, 30), (60, 30))):
        Image.new("RGB", size, "teal").save(tmp_path / f"{i}.png")
    box = Box(5, 5, 10, 10)
    samples = [
        Sample(str(i), f"{i}.png", w, 30, box, "cow", "dog", "test", "demo", True) for i, w in enumerate((40, 60))
    ]
    store = encode_samples(samples, tmp_path, encoder, tmp_path / "latents")
    assert store.index["mask_row"].tolist() == [0, 1]


@pytest.mark.parametrize("shard", [1, 2, 256])
def test_an_unreadable_image_is_a_failure_and_shifts_nothing(
    images: Images, encoder: Encoder, tmp_path: Path, shard: int
) -> None:
    folder, samples = images
    whole = encode_samples(samples, folder, encoder, tmp_path / "whole").examples(samples)
    (folder / "images/1.png").write_bytes(b"not an image")
    (folder / "images/3.png").unlink()
    Image.new("RGB", (95, 64)).save(folder / "images/4.png")  # not the size that its box is told in
    outside = replace(samples[5], box=Box(200, 5, 5, 5))
    store = encode_samples([*samples[:5], outside], folder, encoder, tmp_path / "latents", shard=shard)
    reasons = dict(store.failures)
    assert list(reasons) == ["s1", "s3", "s4", "s5"]
    for name, words in (("s1", "not an image"), ("s3", "no image"), ("s4", "95 x 64"), ("s5", "outside")):
        assert words in reasons[name]
    examples = store.examples(samples[:5])
    assert examples.sample_ids == ("s0", "s2") and examples.labels.tolist() == [0, 2]
    np.testing.assert_array_equal(examples.inputs(), whole.inputs(np.array([0, 2])))


def test_in_a_batch_a_failure_leaves_a_blank_and_the_others_as_they_were(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "GROUP", 4)
    folder, samples = images
    whole = encode_samples(samples, folder, encoder, tmp_path / "whole").examples(samples)
    (folder / "images/1.png").write_bytes(b"not an image")
    counting = Counting(encoder)
    store = encode_samples(samples, folder, counting, tmp_path / "latents")
    assert counting.counts == [4, 2, 4, 1]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(store.images, whole.images[[0, 2, 3, 4, 5]])


def test_rows_do_not_depend_on_batch_shard_or_company(encoder: Encoder, tmp_path: Path) -> None:
    samples = many(tmp_path / "world", 13)
    stores = [
        encode_samples(samples, tmp_path / "world", encoder, tmp_path / f"by-{shard}", shard=shard)
        for shard in (1, 5, 256)
    ]
    for store in stores[1:]:
        np.testing.assert_array_equal(store.images, stores[0].images)
        np.testing.assert_array_equal(store.masks, stores[0].masks)
        assert store.index.equals(stores[0].index)
    alone = encode_samples(samples[7:8], tmp_path / "world", encoder, tmp_path / "alone")
    np.testing.assert_array_equal(alone.images[0], stores[0].images[7])


def test_latents_are_reused_until_what_they_are_made_of_changes(
    images: Images, encoder: Encoder, tmp_path: Path
) -> None:
    folder, samples = images
    out = tmp_path / "latents"

    def again(rows: list[Sample], by: Encoder = encoder, **more: str) -> str:
        return encode_samples(rows, folder, by, out, **more).reused

    assert again(samples) == "there were none yet"
    relabelled = [replace(samples[0], original_object="toothbrush"), *samples[1:]]
    assert again(relabelled).startswith("nothing changed")
    assert open_store(out).examples(relabelled).labels[0] == 79  # the label is the table's, whatever was stored
    moved = [replace(samples[0], box=Box(1, 2, 30, 40)), *samples[1:]]
    assert "changed" in again(moved)[:60] and again(moved).startswith("nothing")
    assert "or preparation changed" in again(moved, replace(encoder, digest="another"))
    padded = replace(encoder, preparation=Preparation(resize="pad"))
    assert "or preparation changed" in again(moved, padded)
    assert open_store(out).facts["preparation"] == "pad"
    assert "or preparation changed" in again(moved, padded, dtype="float16")
    assert again(moved, padded, dtype="float16").startswith("nothing changed")
    sample_image(folder, samples[2]).rotate(90).save(folder / samples[2].image)
    assert "or preparation changed" in again(moved, padded, dtype="float16")


def test_the_old_latents_stay_whole_until_the_new_ones_are(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "GROUP", 1)
    folder, samples = images
    out = tmp_path / "latents"
    old = encode_samples(samples, folder, encoder, out)
    before = np.array(old.images)

    class Broken(Counting):
        def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
            if len(self.counts) == 3:  # type: ignore[attr-defined]
                raise MemoryError
            return super().encode_pixels(pixels, batch_size)

    with pytest.raises(MemoryError):
        encode_samples(samples[::-1], folder, Broken(encoder), out)
    np.testing.assert_array_equal(open_store(out).images, before)
    new = encode_samples(samples[::-1], folder, encoder, out)
    np.testing.assert_array_equal(new.images, before[::-1])
    np.testing.assert_array_equal(old.images, before)  # whoever had the old one open still reads it


def test_half_precision_is_the_same_latents_rounded(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images
    full = encode_samples(samples, folder, encoder, tmp_path / "full")
    half = encode_samples(samples, folder, encoder, tmp_path / "half", dtype="float16")
    assert half.images.dtype == half.masks.dtype == np.float16
    np.testing.assert_array_equal(half.images, full.images.astype(np.float16))
    assert half.examples(samples).inputs().dtype == np.float32
    with pytest.raises(InputError, match=r"not 'flaot16'\. Did you mean 'float16'"):
        encode_samples(samples, folder, encoder, tmp_path / "half", dtype="flaot16")


def test_numbers_that_do_not_fit_are_a_failure(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "GROUP", 1)

    class Huge(Counting):
        def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
            latents = super().encode_pixels(pixels, batch_size)
            return latents * (1e6 if self.counts == [1, 1] else 1)  # type: ignore[attr-defined]

    folder, samples = images
    assert encode_samples(samples, folder, Huge(encoder), tmp_path / "full").failures == ()
    store = encode_samples(samples, folder, Huge(encoder), tmp_path / "half", dtype="float16")
    assert store.failures == (("s1", "The autoencoder gives numbers for s1 that are not finite in float16."),)
    assert np.isfinite(store.images).all() and len(store.images) == 5


@pytest.mark.parametrize("shard", [1, 2, 256])
def test_a_mask_that_does_not_fit_is_a_failure_of_its_samples(encoder: Encoder, tmp_path: Path, shard: int) -> None:
    samples = many(tmp_path / "world", 8)  # three share a box: s003, s004 and s005 have the second
    second = torch.from_numpy(encoder.mask_pixels(samples[3].box, (32, 24)))

    class Failing:
        config = encoder.vae.config

        def encode(self, pixels: torch.Tensor) -> Any:
            return encoder.vae.encode(pixels * torch.nan if torch.equal(pixels[0], second) else pixels)

    counting, out = Counting(replace(encoder, vae=Failing())), tmp_path / "latents"
    if shard == 2:  # what failed is also known from the shards that another run committed
        stop_after(2, samples, tmp_path / "world", counting, out)
    store = encode_samples(samples, tmp_path / "world", counting, out, shard=shard)
    if shard == 2:
        assert sum(counting.counts) == 4 + 1  # type: ignore[attr-defined]  # four images and the third mask
    names = ["s003", "s004", "s005"]
    assert [name for name, _ in store.failures] == names
    assert all(
        "numbers for the mask of this box that are not finite in float32" in reason for _, reason in store.failures
    )
    assert store.index["mask_row"].tolist() == [0, 0, 0, -1, -1, -1, 1, 1]
    assert store.index["image_row"].tolist() == list(range(8))
    whole = encode_samples(samples, tmp_path / "world", encoder, tmp_path / "whole")
    assert open_store(out).labelled([s.sample_id for s in samples], [0] * 8).sample_ids == tuple(
        s.sample_id for s in samples if s.sample_id not in names
    )
    np.testing.assert_array_equal(store.images, whole.images)
    np.testing.assert_array_equal(store.masks, whole.masks[[0, 2]])


def test_no_mask_that_fits_is_said_and_nothing_is_left(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images
    rows = [replace(sample, box=samples[0].box) for sample in samples]

    class Huge(Counting):
        def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
            return super().encode_pixels(pixels, batch_size) * (np.inf if len(pixels) == 1 else 1)

    with pytest.raises(
        InputError, match=r"None of the 6 samples can be used \(The autoencoder gives numbers for the mask of"
    ):
        encode_samples(rows, folder, Huge(encoder), tmp_path / "latents")
    assert not unfinished(tmp_path / "latents").exists()


def test_an_image_that_changes_before_it_is_encoded_is_a_failure(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, samples = images
    digests = encoding._items

    def items(*given: object) -> object:
        found = digests(*given)  # type: ignore[arg-type]
        Image.new("RGB", (96, 64), "navy").save(folder / samples[2].image)
        (folder / samples[3].image).unlink()
        return found

    monkeypatch.setattr(encoding, "_items", items)
    store = encode_samples(samples, folder, encoder, tmp_path / "latents")
    reasons = dict(store.failures)
    assert list(reasons) == ["s2", "s3"] and "no image images/3.png" in reasons["s3"]
    assert reasons["s2"] == "images/2.png was changed while it was being encoded; encode it again."
    monkeypatch.undo()
    later = encode_samples(samples, folder, encoder, tmp_path / "latents")
    assert [name for name, _ in later.failures] == ["s3"]
    np.testing.assert_array_equal(later.images[2], encoder.encode([Image.new("RGB", (96, 64), "navy")])[0])


def test_an_image_is_seen_as_sample_image_sees_it(tmp_path: Path) -> None:
    turned, path = Image.new("RGB", (24, 32), "olive"), tmp_path / "turned.jpg"
    turned.paste("white", (0, 0, 9, 9))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    turned.save(path, exif=exif)
    sample = Sample("s", path.name, 32, 24, Box(1, 1, 5, 5), "cow", "dog", "test", "demo", True)
    found = read_image(tmp_path, sample, sha256_file(path))
    assert found.mode == "RGB" and found.tobytes() == sample_image(tmp_path, sample).tobytes()


@pytest.mark.parametrize(
    "content", ["samples", "a file", "a store with a note", "a record of another kind", "no record"]
)
def test_a_folder_that_is_no_store_is_not_replaced(
    images: Images, encoder: Encoder, tmp_path: Path, content: str
) -> None:
    folder, samples = images
    out = folder if content == "samples" else tmp_path / "out"
    if content == "a file":
        out.write_text("mine")
    elif content == "a record of another kind":
        out.mkdir()
        (out / RECORD).write_text('{"version": 2, "made_from": "elsewhere"}')
        (out / "best.safetensors").write_bytes(b"weights")
    elif content != "samples":
        encode_samples(samples[:2], folder, encoder, out)
        (out / "note.txt").write_text("mine") if content == "a store with a note" else (out / RECORD).unlink()
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    with pytest.raises(InputError, match="is a file; name" if content == "a file" else "is not a store of latents"):
        encode_samples(samples, folder, encoder, out)
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_an_empty_folder_is_taken(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    (tmp_path / "latents").mkdir()
    assert encode_samples(images[1], images[0], encoder, tmp_path / "latents").failures == ()


@pytest.mark.parametrize("again", ["the same", "other samples"])
def test_a_run_killed_before_it_tidied_is_tidied_by_the_next(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(folder: Path) -> None:
        raise Killed

    folder, samples = images
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(writing, "tidy", killed)
        encode_samples(samples, folder, encoder, tmp_path / "latents")
    assert {JOURNAL, PLAN, LOCK} < {path.name for path in (tmp_path / "latents").iterdir()}
    rows = samples if again == "the same" else samples[:3]
    store = encode_samples(rows, folder, encoder, tmp_path / "latents")
    assert store.reused.startswith("nothing changed") is (again == "the same")
    assert {path.name for path in (tmp_path / "latents").iterdir()} == {IMAGES, MASKS, INDEX, RECORD}


def test_nothing_to_encode_is_said_and_nothing_is_left(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images
    for sample in samples[1:]:
        (folder / sample.image).unlink()
    (folder / samples[0].image).write_bytes(b"")
    for rows, n in ((samples, 6), (samples[1:], 5), ([], 0)):
        with pytest.raises(InputError, match=f"None of the {n} "):
            encode_samples(rows, folder, encoder, tmp_path / "latents")
    assert not (tmp_path / "latents").exists() and not unfinished(tmp_path / "latents").exists()


def test_ids_must_be_unique_and_shards_positive(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images
    with pytest.raises(InputError, match="share a sample_id"):
        encode_samples([*samples, samples[0]], folder, encoder, tmp_path / "latents")
    with pytest.raises(InputError, match="at least 1 sample, not 0"):
        encode_samples(samples, folder, encoder, tmp_path / "latents", shard=0)


def test_progress_is_told_with_the_time_left(
    images: Images, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "EVERY_S", 0.0)
    said: list[str] = []
    encode_samples(images[1], images[0], encoder, tmp_path / "latents", said.append, shard=2)
    assert [line.split(",")[0] for line in said] == [f"latents: {n} of 6 ({n / 6:.0%})" for n in (2, 4, 6)]
    assert said[0].endswith("s left")


def journals(out: Path) -> list[Path]:
    """The journals of an unfinished store, with a record for each shard that is committed."""
    return sorted((unfinished(out) / JOURNAL).glob("*.jsonl"))


def stop_after(committed: int, samples: list[Sample], folder: Path, encoder: Encoder, out: Path) -> None:
    """Encode with shards of two, as far as so many are committed, and leave the files torn."""

    class Stopped(Exception):
        pass

    class Stopping(Counting):
        def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
            if sum(path.read_bytes().count(b'"key": "shard"') for path in journals(out)) == committed:
                raise Stopped
            return super().encode_pixels(pixels, batch_size)

    with pytest.raises(Stopped):
        encode_samples(samples, folder, Stopping(encoder), out, shard=2)
    for path in journals(out):
        for torn in (path, path.with_suffix(".bin")):
            with open(torn, "ab") as stream:
                stream.write(b'{"sha256": "half a row')


def test_what_is_committed_is_not_encoded_again(encoder: Encoder, tmp_path: Path) -> None:
    samples = many(tmp_path / "world", 8)
    encode_samples(samples, tmp_path / "world", encoder, tmp_path / "undisturbed", shard=2)
    stop_after(3, samples, tmp_path / "world", encoder, tmp_path / "latents")
    counting, said = Counting(encoder), []
    encode_samples(samples, tmp_path / "world", counting, tmp_path / "latents", said.append, shard=2)
    assert said[0] == "6 of 8 samples are encoded already"
    assert sum(counting.counts) == 2 + 1  # type: ignore[attr-defined]  # two images; their mask, which they share
    assert content(tmp_path / "latents") == content(tmp_path / "undisturbed")


@pytest.mark.parametrize(("damage", "left", "again"), [("line", 5, 3 + 1), ("row", 5, 3 + 1), ("cut", 3, 5 + 2),
                                                       ("lost", 3, 2 + 2)])  # fmt: skip
def test_what_is_damaged_is_done_again(encoder: Encoder, tmp_path: Path, damage: str, left: int, again: int) -> None:
    samples = many(tmp_path / "world", 8)
    encode_samples(samples, tmp_path / "world", encoder, tmp_path / "undisturbed", shard=2)
    stop_after(3, samples, tmp_path / "world", encoder, tmp_path / "latents")
    (journal,) = journals(tmp_path / "latents")
    lines, arrays = journal.read_bytes().splitlines(keepends=True), bytearray(journal.with_suffix(".bin").read_bytes())
    keys = [json.loads(line)["key"].split()[0] for line in lines[:-1]]
    assert keys == ["image", "image", "mask", "shard"] + ["image", "image", "mask", "shard"] + [
        "image",
        "image",
        "shard",
    ]
    if damage == "line":
        lines[4] = lines[4][:100] + b"\n"  # the third image
    elif damage == "lost":
        del lines[6]  # the second mask, which samples 3, 4 and 5 share
    elif damage == "cut":
        del arrays[5 * 16384 - 1 :]  # within the fourth image
    else:
        arrays[3 * 16384] ^= 1  # in the third image
    journal.write_bytes(b"".join(lines))
    journal.with_suffix(".bin").write_bytes(arrays)
    counting, said = Counting(encoder), []
    encode_samples(samples, tmp_path / "world", counting, tmp_path / "latents", said.append, shard=2)
    assert said[0] == f"{left} of 8 samples are encoded already"
    assert sum(counting.counts) == again  # type: ignore[attr-defined]  # images and masks, the last shard's among them
    assert content(tmp_path / "latents") == content(tmp_path / "undisturbed")


def test_an_unfinished_store_of_other_work_is_not_gone_on_with(encoder: Encoder, tmp_path: Path) -> None:
    samples = many(tmp_path / "world", 8)
    stop_after(2, samples, tmp_path / "world", encoder, tmp_path / "latents")
    counting = Counting(encoder)
    store = encode_samples(samples, tmp_path / "world", counting, tmp_path / "latents", shard=3)
    assert sum(counting.counts) == 8 + 3  # type: ignore[attr-defined]
    assert store.failures == ()


def test_a_second_writer_is_kept_out(images: Images, encoder: Encoder, tmp_path: Path) -> None:
    folder, samples = images

    class Reentering(Counting):
        def encode_pixels(self, pixels: Sequence[np.ndarray], batch_size: int | None = None) -> np.ndarray:
            with pytest.raises(CheckError, match="Another process is writing"):
                encode_samples(samples, folder, encoder, tmp_path / "latents")
            return super().encode_pixels(pixels, batch_size)

    assert encode_samples(samples, folder, Reentering(encoder), tmp_path / "latents").failures == ()


KILLED = """
import json, os, random, signal, sys, time
from dataclasses import replace
from pathlib import Path
import torch
from coinco_core.objects_from_context.latents.encoding import encode_samples
from coinco_core.objects_from_context.latents.encoder import load_encoder
from coinco_core.objects_from_context.latents.shards import JOURNAL
from coinco_core.objects_from_context.latents.store import unfinished
from coinco_core.samples import read_samples

world, out, vae = map(Path, sys.argv[1:4])
rng, samples, reached = random.Random(int(sys.argv[4])), read_samples(world), []
torch.set_num_threads(1)
encoder = replace(load_encoder(vae, "cpu"), name="tiny", digest="digest-of-tiny")

def committed():
    return sum(path.read_bytes().count(b'"key": "shard"') for path in (unfinished(out) / JOURNAL).glob("*.jsonl"))

def child():
    process = os.fork()
    if process == 0:
        encode_samples(samples, world, encoder, out, shard=2)
        os._exit(0)
    return process

for wanted in (0, 3, 9, 16, 24):
    process = child()
    while committed() < wanted:
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 0.03))
    os.kill(process, signal.SIGKILL)
    assert os.waitpid(process, 0)[1] == signal.SIGKILL
    reached.append(committed())
assert os.waitpid(child(), 0)[1] == 0
print(json.dumps(reached))
"""


def test_kill_9_at_any_moment_changes_nothing(encoder: Encoder, tmp_path: Path) -> None:
    """Killed five times at random moments, the work is finished in the end, bit for bit as if undisturbed."""
    samples = many(tmp_path / "world", 60)
    encode_samples(samples, tmp_path / "world", encoder, tmp_path / "undisturbed", shard=2)
    encoder.vae.save_pretrained(tmp_path / "vae")
    call = [sys.executable, "-c", KILLED, *map(str, (tmp_path / "world", tmp_path / "latents", tmp_path / "vae", 1))]
    printed = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout
    reached = json.loads(printed)
    assert reached == sorted(reached) and 24 <= reached[-1] <= 30  # each went on where the one before was killed
    assert content(tmp_path / "latents") == content(tmp_path / "undisturbed")
    assert open_store(tmp_path / "latents").failures == ()


def test_the_benchmark_encodes_the_same_latents_either_way() -> None:
    call = [sys.executable, "-m", "benchmarks.encoding", "--json"]
    sizes = ("--images", "8", "--boxes", "4", "--repeats", "1", "--device", "cpu")
    found = json.loads(subprocess.run([*call, *sizes], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    assert found["equal"] and found["largest_difference"] <= found["bound"] <= 1e-5
    assert found["ratio"] == pytest.approx(found["ours"] / found["peer"])


@pytest.mark.parametrize(("equal", "code"), [(True, 0), (False, 1)])
def test_the_benchmark_fails_when_the_latents_differ(monkeypatch: pytest.MonkeyPatch, equal: bool, code: int) -> None:
    from benchmarks import encoding as benchmark

    monkeypatch.setattr(sys, "argv", ["encoding", "--json"])
    monkeypatch.setattr(benchmark, "measure", lambda *_: {"equal": equal})
    with pytest.raises(SystemExit) as exit_:
        benchmark.main()
    assert exit_.value.code == code
