"""The authors' cached latents: converted as they are, nothing in a file is run, and what is wrong is listed."""

from __future__ import annotations

import os
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from coinco_core.errors import InputError, MissingError
from coinco_core.objects_from_context.latents import authors as authors_latents
from coinco_core.objects_from_context.latents.authors import AUTHORS_FACTS, convert_latents, read_cached
from coinco_core.objects_from_context.latents.store import IMAGES, INDEX, MASKS, open_store, unfinished
from coinco_core.released import read_objects

TABLES = {"training": {4: 17, 5: 0, 6: 79}, "validation": {9: 3, 10: 3}, "testing": {4: 20, 5: 1}}
CACHES = {"training": "cached_embeddings_train_val_op", "testing": "cached_embeddings_testing_op"}


def latents(pool: str, index: int) -> dict[str, Any]:
    """What train.py writes for an image; masks of even indices are equal."""
    rng = np.random.default_rng([len(pool), index])
    mask = np.random.default_rng(0 if index % 2 == 0 else [1, len(pool), index])
    label = {**TABLES["training"], **TABLES["validation"]}[index] if pool == "training" else TABLES["testing"][index]
    image, box = (torch.from_numpy(by.normal(size=(4, 32, 32)).astype(np.float32)) for by in (rng, mask))
    return {"latent1": image, "latent2": box, "label": label}


def cache(folder: Path, pool: str, index: int) -> Path:
    return folder / "resources" / "cache" / CACHES[pool] / f"{index}.pt"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A data folder with the three tables and a file of latents for each of their images."""
    folder = tmp_path / "data"
    tables = folder / "resources/task_data/objects_from_context_prediction"
    tables.mkdir(parents=True)
    for part, labels in TABLES.items():
        table = pd.DataFrame({"coco_index": list(labels), "label": list(labels.values())})
        table.to_csv(tables / f"{part}_data.csv", index=False)
        pool = "testing" if part == "testing" else "training"
        for index in labels:
            cache(folder, pool, index).parent.mkdir(parents=True, exist_ok=True)
            torch.save(latents(pool, index), cache(folder, pool, index))
    return folder


def test_each_sample_has_its_own_latents_and_the_tables_label(released: Path, tmp_path: Path) -> None:
    store = convert_latents(released, tmp_path / "store")
    objects = read_objects(released)
    assert store.failures == () and store.facts == AUTHORS_FACTS
    examples = store.labelled(objects["sample_id"], objects["original_object"])
    assert examples.labels.tolist() == [17, 0, 79, 3, 3, 20, 1]
    for i, name in enumerate(examples.sample_ids):
        pool, _, index = name.partition("-")
        held = latents(pool, int(index))
        expected = torch.cat([held["latent1"].flatten(), held["latent2"].flatten()]).numpy()
        np.testing.assert_array_equal(examples.inputs(slice(i, i + 1))[0], expected)
    # index 4 is an image in either pool, and not the same one
    assert {"training-000004", "testing-000004"} <= set(examples.sample_ids)


def test_equal_masks_are_stored_once(released: Path, tmp_path: Path) -> None:
    store = convert_latents(released, tmp_path / "store")
    assert len(store.images) == 7 and len(store.masks) == 1 + 3
    assert store.index["mask_row"].tolist() == [0, 1, 0, 2, 0, 0, 3]


@pytest.mark.parametrize("shape", [(1, 4, 32, 32), (4096,)])
def test_other_shapes_of_the_same_numbers_are_taken(released: Path, tmp_path: Path, shape: tuple[int, ...]) -> None:
    whole = convert_latents(released, tmp_path / "whole")
    held = latents("training", 5)
    torch.save(held | {"latent1": held["latent1"].reshape(shape)}, cache(released, "training", 5))
    np.testing.assert_array_equal(convert_latents(released, tmp_path / "store").images, whole.images)


def test_a_view_into_a_whole_batch_is_read_as_its_own_part(tmp_path: Path) -> None:
    batch = torch.randn(8, 4, 32, 32)  # train.py on a CPU: `.cpu()` copies nothing, and the file holds the batch
    torch.save({"latent1": batch[3], "latent2": batch[4].half(), "label": 7}, tmp_path / "1.pt")
    found = read_cached(tmp_path / "1.pt")
    assert not isinstance(found, str) and found.label == 7 and found.image.base is None
    np.testing.assert_array_equal(found.image, batch[3].numpy())
    np.testing.assert_array_equal(found.mask, batch[4].half().float().numpy())


class Runs:
    """Unpickled the ordinary way, this makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self._path),)


def _legacy(content: object, path: Path) -> None:
    torch.save(content, path, _use_new_zipfile_serialization=False)


def _plain_pickle(content: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(content))


@pytest.mark.parametrize("write", [torch.save, _legacy, _plain_pickle])
def test_a_file_that_would_run_code_is_a_failure_and_runs_nothing(released: Path, tmp_path: Path, write: Any) -> None:
    content = latents("training", 5) | {"label": Runs(tmp_path / "ran")}
    write(content, cache(released, "training", 5))
    store = convert_latents(released, tmp_path / "store")
    assert not (tmp_path / "ran").exists()
    ((sample, reason),) = store.failures
    assert sample == "training-000005" and "cannot be read as latents alone" in reason
    path = cache(released, "training", 5)
    pickle.loads(path.read_bytes()) if write is _plain_pickle else torch.load(path, weights_only=False)
    assert (tmp_path / "ran").exists()  # so the file was a dangerous one


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def _flipped(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[len(held) // 2 : len(held) // 2 + 64] = b"\xff" * 64  # not finite, and not what the zip's checksum says
    path.write_bytes(held)


def _saves(**changes: Any) -> Any:
    def write(path: Path) -> None:
        content = {**latents("training", 5), **changes}
        torch.save({name: value for name, value in content.items() if value is not None}, path)

    return write


def _not_a_dictionary(path: Path) -> None:
    torch.save([torch.zeros(4, 32, 32)], path)


def _zip_of_something(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Path.unlink, "There is no file 5.pt."),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: path.write_bytes(b"\x80\x04"), "cannot be read"),
        (_truncated, "cannot be read"),
        (_flipped, "5.pt"),
        (_not_a_dictionary, "holds no dictionary"),
        (_zip_of_something, "cannot be read"),
        (_saves(latent1=None), "no tensor of numbers as latent1"),
        (_saves(latent1=[1.0]), "no tensor of numbers as latent1"),
        (_saves(latent2=torch.zeros(4, 32, 32, dtype=torch.int64)), "no tensor of numbers as latent2"),
        (_saves(latent2=torch.zeros(4, 32, 32).to_sparse()), "latent2"),
        (_saves(latent1=torch.zeros(4, 32, 32, device="meta")), "no tensor of numbers as latent1"),
        (_saves(latent2=torch.zeros(4, 64, 64)), r"a tensor of \(4, 64, 64\) as latent2"),
        (_saves(latent1=torch.zeros(32, 32, 4)), r"a tensor of \(32, 32, 4\) as latent1"),
        (_saves(latent1=torch.full((4, 32, 32), torch.nan)), "not finite in float32 as latent1"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_failure_and_shifts_nothing(
    released: Path, tmp_path: Path, damage: Any, words: str
) -> None:
    whole = convert_latents(released, tmp_path / "whole")
    damage(cache(released, "training", 5))
    store = convert_latents(released, tmp_path / "store")
    ((sample, reason),) = store.failures
    assert sample == "training-000005" and re.search(words, reason)
    ids = [name for name in whole.index["sample_id"] if name != sample]
    np.testing.assert_array_equal(store.labelled(ids, [0] * 6).inputs(), whole.labelled(ids, [0] * 6).inputs())
    assert len(store.images) == 6


def test_half_precision_rounds_and_lists_what_does_not_fit(released: Path, tmp_path: Path) -> None:
    _saves(latent1=torch.full((4, 32, 32), 1e5))(cache(released, "training", 5))
    full = convert_latents(released, tmp_path / "full")
    half = convert_latents(released, tmp_path / "half", dtype="float16")
    assert half.images.dtype == np.float16 and full.failures == ()
    assert half.failures == (("training-000005", "5.pt has numbers that are not finite in float16 as latent1."),)
    np.testing.assert_array_equal(half.images, full.images[[0, 2, 3, 4, 5, 6]].astype(np.float16))


def test_a_label_that_is_not_the_tables_is_listed_and_not_taken(released: Path, tmp_path: Path) -> None:
    _saves(label=44)(cache(released, "training", 5))
    torch.save({**latents("testing", 5), "label": "dog"}, cache(released, "testing", 5))
    store = convert_latents(released, tmp_path / "store")
    assert store.failures == () and store.record["labels_that_differ"] == ["training-000005", "testing-000005"]
    assert store.index["label_in_file"].tolist() == [17, 44, 79, 3, 3, 20, -1]


@pytest.mark.parametrize(
    ("label", "found"),
    [
        (44, 44), (torch.tensor(44), 44), (torch.tensor([44], dtype=torch.uint8), 44), (80, -1), (-2, -1), (True, -1),
        (torch.tensor(True), -1), (44.0, -1), (torch.tensor(44.0), -1), (torch.tensor([4, 4]), -1), (None, -1),
        (torch.tensor(44, device="meta"), -1), (torch.tensor([44]).to_sparse(), -1), ("44", -1),
    ],
)  # fmt: skip
def test_a_label_is_one_whole_number_of_a_category(tmp_path: Path, label: Any, found: int) -> None:
    torch.save({**latents("training", 5), "label": label}, tmp_path / "5.pt")
    content = read_cached(tmp_path / "5.pt")
    assert not isinstance(content, str) and content.label == found
    assert authors_latents._label(np.int64(7)) == 7 and authors_latents._label(np.bool_(True)) == -1


def test_a_folder_with_other_files_is_not_replaced(released: Path) -> None:
    before = sorted(released.rglob("*"))
    with pytest.raises(InputError, match="holds resources and is not a store of latents"):
        convert_latents(released, released)
    assert sorted(released.rglob("*")) == before


def test_a_conversion_is_taken_as_it_is_until_a_file_or_a_label_changes(released: Path, tmp_path: Path) -> None:
    def again() -> str:
        return convert_latents(released, tmp_path / "store").reused

    assert again() == "there were none yet"
    assert again() == "nothing changed since they were converted"
    _saves(label=44)(cache(released, "training", 5))
    assert "changed" in again() and again().startswith("nothing")
    cache(released, "testing", 5).unlink()
    assert not again().startswith("nothing")
    assert open_store(tmp_path / "store").failures == (("testing-000005", "There is no file 5.pt."),)


def test_a_conversion_that_was_stopped_goes_on(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = convert_latents(released, tmp_path / "whole", shard=2)
    read = authors_latents.read_cached

    def stops(path: Path, dtype: str) -> Any:
        if path == cache(released, "training", 10):
            raise KeyboardInterrupt
        return read(path, dtype)

    monkeypatch.setattr(authors_latents, "read_cached", stops)
    with pytest.raises(KeyboardInterrupt):
        convert_latents(released, tmp_path / "store", shard=2)
    opened: list[str] = []
    monkeypatch.setattr(
        authors_latents, "read_cached", lambda path, dtype: (opened.append(path.stem), read(path, dtype))[1]
    )
    said: list[str] = []
    store = convert_latents(released, tmp_path / "store", said.append, shard=2)
    assert "4 of 7 samples are converted already" in said and sorted(opened) == ["10", "4", "5"]
    for name in (IMAGES, MASKS, INDEX):
        assert (tmp_path / "store" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert store.index.equals(whole.index)


def test_absent_tables_and_absent_latents_say_what_to_fetch(released: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="coinco data fetch objects-training"):
        convert_latents(tmp_path / "nowhere", tmp_path / "store")
    for path in released.rglob("*.pt"):
        path.unlink()
    with pytest.raises(MissingError, match="hf download .*train_val_op.* and `hf download .*testing_op"):
        convert_latents(released, tmp_path / "store")


def test_no_usable_file_at_all_is_said_and_nothing_is_left(released: Path, tmp_path: Path) -> None:
    for path in released.rglob("*.pt"):
        path.write_bytes(b"")
    with pytest.raises(InputError, match="None of the 7 samples can be used"):
        convert_latents(released, tmp_path / "store")
    assert not (tmp_path / "store").exists() and not unfinished(tmp_path / "store").exists()
