"""The authors' files: what is missing or wrong is said, and answers and pictures are read."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest
from PIL import Image

from coinco_core import released
from coinco_core.cli.app import main
from coinco_core.errors import InputError, MissingError
from coinco_core.samples import Box, box_mask, read_samples


def put(folder: Path, name: str, table: pandas.DataFrame) -> released.ReleasedFile:
    entry = released.released_file(name)
    path = folder / entry.path
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path)  # with an unnamed index column, as released
    return entry


ANSWERS = pandas.DataFrame({"coco_index": [3, 5, 5, 7, 5], "response": ["a", "b", "b", None, "c"]})


def test_names_and_paths_occur_once() -> None:
    assert len({entry.name for entry in released.FILES}) == len(released.FILES)
    assert len({entry.path for entry in released.FILES}) == len(released.FILES)
    with pytest.raises(InputError, match="Did you mean 'answers-molmo'"):
        released.released_file("answer-molmo")


def test_the_data_folder_is_the_one_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COINCO_DATA", raising=False)
    assert released.data_folder() == Path("data/released")
    monkeypatch.setenv("COINCO_DATA", "elsewhere")
    assert released.data_folder() == Path("elsewhere")
    assert released.data_folder("here") == Path("here")


def test_a_missing_file_comes_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    state = released.check_file(released.released_file("objects-testing"), tmp_path)
    assert state.state == "missing"
    assert "hf download COinCO/COinCO-resources" in state.detail


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (ANSWERS.rename(columns={"response": "answer"}), "lacks the column response"),
        (ANSWERS.iloc[:0], "holds no rows"),
        (ANSWERS.assign(coco_index=-1), "not a whole number from 0 up"),
        (ANSWERS.assign(coco_index=0.5), "not a whole number"),
        (ANSWERS.assign(coco_index="x"), "not a whole number"),
    ],
)
def test_a_file_that_is_not_as_described_is_wrong(tmp_path: Path, table: pandas.DataFrame, says: str) -> None:
    state = released.check_file(put(tmp_path, "answers-qwen", table), tmp_path)
    assert state.state == "wrong"
    assert says in state.detail


def test_a_good_file_is_counted(tmp_path: Path) -> None:
    state = released.check_file(put(tmp_path, "answers-qwen", ANSWERS), tmp_path)
    assert (state.state, state.detail) == ("ok", "5 rows, 2 of them repeat an index")


def test_answers_are_read_once_an_index_and_repeats_are_counted(tmp_path: Path) -> None:
    entry = put(tmp_path, "answers-qwen", ANSWERS)
    answers = released.read_answers(tmp_path / entry.path, "qwen", "testing")
    assert answers.table.to_dict("list") == {
        "sample_id": ["testing-000003", "testing-000005", "testing-000007"],
        "model": ["qwen"] * 3,
        "text": ["a", "b", ""],
    }
    assert (answers.repeated, answers.conflicting) == (2, 1)
    with pytest.raises(InputError, match="must be training or testing"):
        released.read_answers(tmp_path / entry.path, "qwen", "test")
    with pytest.raises(MissingError):
        released.read_answers(tmp_path / "none.csv", "qwen")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with pictures 1.png and 2.png, their table and their masks."""
    (tmp_path / "masks").mkdir()
    for index in (1, 2):
        Image.new("RGB", (40, 30)).save(tmp_path / f"{index}.png")
        box_mask(Box(index, 2, 10, 5), (40, 30)).save(tmp_path / "masks" / f"{index}.png")
    rows = {"coco_index": [1, 2], "class_name": ["cat", "dog"], "replacement_object": ["tv", "dog"]}
    pandas.DataFrame(rows).to_csv(tmp_path / "info.csv")
    return tmp_path


def test_pictures_become_samples_with_the_box_of_their_mask(pictures: Path) -> None:
    samples = released.released_samples(
        pictures / "info.csv", pictures, pool="testing", mask_dir=pictures / "masks", boxes={2: Box(0, 0, 4, 4)}
    )
    assert [s.box for s in samples] == [Box(1, 2, 10, 5), Box(0, 0, 4, 4)]
    assert [(s.sample_id, s.object, s.original_object) for s in samples] == [
        ("testing-000001", "tv", "cat"),
        ("testing-000002", "dog", "dog"),
    ]
    assert {(s.split, s.source, s.modified) for s in samples} == {("test", "coinco", True)}


def test_a_picture_without_box_or_with_an_empty_mask_is_refused(pictures: Path) -> None:
    with pytest.raises(MissingError, match="Picture 1 has no box"):
        released.released_samples(pictures / "info.csv", pictures, pool="training")
    Image.new("L", (40, 30)).save(pictures / "masks" / "1.png")
    with pytest.raises(InputError, match="mask of picture 1 is empty"):
        released.released_samples(pictures / "info.csv", pictures, pool="training", mask_dir=pictures / "masks")


def test_pictures_and_released_answers_become_samples_with_findings(pictures: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "samples"
    listed = data / released.released_file("inpainting-training").path
    answers = data / released.released_file("answers-qwen").path
    for path in (listed, answers):
        path.parent.mkdir(parents=True)
    pandas.read_csv(pictures / "info.csv").assign(object_index=0).to_csv(listed)
    said = "Summary:\nLocation: In-context\nCo-occurrence: In-context\nSize: In-context\nFinal decision: In-context."
    pandas.DataFrame({"coco_index": [1, 2], "response": [said, ""]}).to_csv(answers)
    call = ["data", "samples", str(pictures), str(pictures / "masks"), "--out", str(out), "--folder", str(data)]
    assert main(call) == 0
    assert [s.sample_id for s in read_samples(out)] == ["training-000001", "training-000002"]
    findings = pandas.read_parquet(out / "findings.parquet").set_index("sample_id")
    assert findings.loc["training-000001", "in_context"]
    assert pandas.isna(findings.loc["training-000002", "in_context"])
