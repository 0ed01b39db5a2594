"""The stand-in for the authors' files has their layout, their counts, and no two images with the same box."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coinco_book.rehearsal.released_files import FEW, MANY, N_BOXES, Counts, counts, write_released
from coinco_core import released
from coinco_core.files import sha256_file
from coinco_core.responses import parse_response

WEIGHTS = {"checkpoints", "student-location", "student-size", "student-co-occurrence"}
SMALL = Counts(train=40, validation=10, testing=10, val2017=10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("data")
    write_released(home, SMALL)
    return home


def test_the_counts_are_the_authors_or_in_their_proportions() -> None:
    whole = counts()
    assert (whole.train, whole.validation, whole.testing, whole.val2017) == (76_256, 19_064, 2_402, 5_000)
    tenth = counts(9_772)
    assert tenth.training + tenth.testing == 9_772 and abs(tenth.testing - 240) <= 1
    assert counts(500).testing >= 10


@pytest.mark.parametrize("entry", released.FILES, ids=lambda entry: entry.name)
def test_every_file_but_weights_is_there_and_as_described(entry: released.ReleasedFile, folder: Path) -> None:
    state = released.check_file(entry, folder)
    assert state.state == ("missing" if entry.name in WEIGHTS else "ok"), state.detail
    if entry.ending and entry.name not in WEIGHTS:
        assert state.samples == (SMALL.testing if entry.pool == "testing" else SMALL.training)


def test_an_image_with_its_box_is_unlike_all_others(folder: Path) -> None:
    images, masks = (folder / released.released_file(f"{kind}-training").path for kind in ("images", "masks"))
    pairs = {(sha256_file(images / f"{i}.png"), sha256_file(masks / f"{i}.png")) for i in range(SMALL.training)}
    assert len(pairs) == SMALL.training
    assert len({(i % MANY, i % N_BOXES) for i in range(counts().training)}) == counts().training
    assert len({(i % FEW, i % N_BOXES) for i in range(FEW * N_BOXES)}) == FEW * N_BOXES


def test_images_share_their_bytes_on_disk(folder: Path) -> None:
    images = folder / released.released_file("images-training").path
    assert len({path.stat().st_ino for path in images.iterdir()}) == FEW


def test_the_replaced_object_is_another_one_and_the_labels_say_which(folder: Path) -> None:
    table = pd.read_csv(folder / released.released_file("inpainting-training").path)
    assert (table["class_name"] != table["replacement_object"]).all()
    objects = released.read_objects(folder).set_index("sample_id")["original_object"]
    ids = [f"training-{index:06d}" for index in table["coco_index"]]
    assert list(objects[ids]) == list(table["class_name"])


def test_most_answers_can_be_read_and_the_models_agree_often(folder: Path) -> None:
    tables = {name: released.read_answers(folder / released.released_file(f"answers-{name}").path, name).table
              for name in ("molmo", "qwen", "internvl")}  # fmt: skip
    verdicts = [[parse_response(text).in_context for text in table["text"]] for table in tables.values()]
    read = sum(verdict is not None for row in verdicts for verdict in row) / (3 * SMALL.training)
    agreed = sum(len(set(triple)) == 1 and None not in triple for triple in zip(*verdicts, strict=True))
    assert read > 0.85 and 0.4 < agreed / SMALL.training < 0.95


def test_the_same_seed_writes_the_same_tables(folder: Path, tmp_path: Path) -> None:
    write_released(tmp_path, SMALL)
    for name in ("answers-qwen", "objects-testing", "inpainting-training"):
        path = released.released_file(name).path
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes()
