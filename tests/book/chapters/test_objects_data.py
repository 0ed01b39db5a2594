"""What the chapter learns from, whatever the profile: drawn scenes, or the authors' latents with or without more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coinco_book.chapters.objects_data import load_data
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.released import read_objects
from coinco_core.samples import Box, Sample, write_samples
from coinco_world.dataset import read_truth
from released_latents import write_released_latents

SETTINGS = {
    "data": "demo", "latents": "images", "vae": "demo", "dtype": "float32", "annotations": "",
    "n_train": 6, "n_validation": 2, "n_test": 3,
}  # fmt: skip
SIZES = {"training": 8, "validation": 3, "testing": 4}


def quiet(text: str) -> None:
    """Nobody listens."""


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings for the authors' latents, a few of them, in COINCO_DATA."""
    monkeypatch.setenv("COINCO_DATA", str(write_released_latents(tmp_path / "data", SIZES)))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return SETTINGS | {"latents": "authors", "vae": "sd-2.1", "data": str(tmp_path / "samples")}


def test_drawn_scenes_have_images_boxes_and_lists_of_objects(tmp_path: Path) -> None:
    data = load_data(SETTINGS, tmp_path, 3, quiet)
    assert {split: len(part) for split, part in data.parts.items()} == {"train": 6, "validation": 2, "test": 3}
    owners = data.samples_of("test")
    assert [s.sample_id for s in owners] == list(data.parts["test"].sample_ids)
    truth = read_truth(data.folder)["objects"]
    for sample, names in zip(owners, data.others("test"), strict=True):
        listed = [entry["category"] for entry in json.loads(truth[sample.sample_id])]
        assert sorted([*names, sample.object]) == sorted(listed)
    table = data.answers("test", "m", np.full((3, 80), 1 / 80))
    assert table["box_share"].between(0, 1, inclusive="neither").all() and list(table["split"].unique()) == ["test"]
    assert data.encoder is not None and data.encoder.facts == data.store.facts


def test_the_authors_latents_need_no_images_and_no_autoencoder(released: dict[str, Any], tmp_path: Path) -> None:
    heard: list[str] = []
    data = load_data(released | {"n_train": 100}, tmp_path / "home", 0, heard.append)
    assert {split: len(part) for split, part in data.parts.items()} == {"train": 8, "validation": 2, "test": 3}
    assert data.parts["test"].sample_ids == ("testing-000000", "testing-000001", "testing-000002")
    assert data.encoder is None and any("Without the autoencoder" in line for line in heard)
    assert data.samples_of("test") == [] and data.others("test") == []
    assert data.answers("test", "m", np.full((3, 80), 1 / 80))["box_share"].isna().all()


def test_a_file_that_cannot_be_read_is_left_out_and_not_replaced(released: dict[str, Any], tmp_path: Path) -> None:
    cache = tmp_path / "data/resources/cache/cached_embeddings_testing_op"
    (cache / "1.pt").write_bytes((cache / "1.pt").read_bytes()[:100])
    data = load_data(released, tmp_path / "home", 0, quiet)
    assert data.parts["test"].sample_ids == ("testing-000000", "testing-000002", "testing-000003")
    assert [name for name, _ in data.store.failures] == ["testing-000001"]


def write_matching_samples(folder: Path, data_folder: Path, skip: int = 0, **changes: str) -> None:
    """A table of samples with the authors' splits and labels, without the last `skip` of them."""
    rows = read_objects(data_folder).to_dict("records")
    samples = [
        Sample(
            row["sample_id"],
            "x.png",
            100,
            50,
            Box(0, 0, 50, 10),
            "dog",
            **{"original_object": row["original_object"], "split": row["split"]} | changes,
            source="coinco",
            modified=True,
        )  # fmt: skip
        for row in rows[: len(rows) - skip]
    ]
    write_samples(folder, samples)


def test_boxes_are_used_where_they_are_here(released: dict[str, Any], tmp_path: Path) -> None:
    write_matching_samples(tmp_path / "samples", tmp_path / "data")
    data = load_data(released, tmp_path / "home", 0, quiet)
    assert len(data.samples_of("train")) == 6 and data.has_images
    assert data.answers("test", "m", np.full((3, 80), 1 / 80))["box_share"].tolist() == pytest.approx([0.1] * 3)


def test_a_table_that_lacks_images_is_said_and_one_that_disagrees_is_refused(
    released: dict[str, Any], tmp_path: Path
) -> None:
    heard: list[str] = []
    write_matching_samples(tmp_path / "samples", tmp_path / "data", skip=2)
    data = load_data(released, tmp_path / "home", 0, heard.append)
    assert not data.has_images and any("2 of 15 images are not in" in line for line in heard)
    assert data.samples_of("train") and not data.samples_of("test")
    for wrong in ({"original_object": "toothbrush"}, {"split": "validation"}):
        write_matching_samples(tmp_path / "samples", tmp_path / "data", **wrong)
        with pytest.raises(CheckError, match="the authors' tables say"):
            load_data(released, tmp_path / "home", 0, quiet)


def test_what_is_asked_wrongly_or_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="Did you mean 'authors'"):
        load_data(SETTINGS | {"latents": "author"}, tmp_path, 0, quiet)
    monkeypatch.setenv("COINCO_DATA", str(tmp_path))
    with pytest.raises(MissingError):
        load_data(SETTINGS | {"latents": "authors"}, tmp_path, 0, quiet)
