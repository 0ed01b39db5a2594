"""The authors' files: what is missing or wrong is said, and answers and images are read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas
import pytest
from PIL import Image

from coinco_core import released
from coinco_core.categories import SUPERCATEGORY_INDICES
from coinco_core.cli.app import main
from coinco_core.errors import InputError, MissingError
from coinco_core.images import Box, box_mask
from coinco_core.samples import read_samples


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
        (ANSWERS.assign(coco_index=118_287), "the highest there can be is 118286"),
        (ANSWERS.assign(response=7), "holds .*7.* as response, which is not a text"),
    ],
)
def test_a_file_that_is_not_as_described_is_wrong(tmp_path: Path, table: pandas.DataFrame, says: str) -> None:
    state = released.check_file(put(tmp_path, "answers-qwen", table), tmp_path)
    assert state.state == "wrong"
    assert re.search(says, state.detail)


LABELS = pandas.DataFrame({"coco_index": [1, 2], "label": [0, 79]})
INPAINTED = pandas.DataFrame(
    {"coco_index": [1, 2], "class_name": ["cat", "dog"], "object_index": [0, 3], "replacement_object": ["tv", "dog"]}
)


@pytest.mark.parametrize(
    ("name", "table", "says"),
    [
        ("objects-training", LABELS.assign(label=[0, 80]), "the label 80; the highest there can be is 79"),
        ("objects-training", LABELS.assign(label=[0, -1]), "a label that is not a whole number"),
        ("objects-testing", LABELS.assign(coco_index=[1, 5_000]), "the coco_index 5000; .* is 4999"),
        ("objects-testing-supercategory", LABELS.assign(label=12), "the highest there can be is 11"),
        ("context-balanced-training", LABELS.assign(label=2), "the highest there can be is 1"),
        ("inpainting-training", INPAINTED.assign(class_name=["cat", "dgo"]), "'dgo' as class_name.*80 COCO categories"),
        ("inpainting-testing", INPAINTED.assign(replacement_object=["tv", None]), "as replacement_object"),
        ("inpainting-training", INPAINTED.assign(object_index=-1), "as object_index, which is not a whole number"),
    ],
)
def test_values_out_of_range_are_wrong(tmp_path: Path, name: str, table: pandas.DataFrame, says: str) -> None:
    state = released.check_file(put(tmp_path, name, table), tmp_path)
    assert state.state == "wrong"
    assert re.search(says, state.detail)


def test_counts_stand_beside_the_papers(tmp_path: Path) -> None:
    tables = {"objects-validation": LABELS, "inpainting-testing": INPAINTED, "answers-molmo": ANSWERS}
    states = [released.check_file(put(tmp_path, name, table), tmp_path) for name, table in tables.items()]
    assert [(s.state, s.samples, s.paper) for s in states] == [("ok", 2, 19_064), ("ok", 2, 2_402), ("ok", 3, 95_320)]
    by_name = {entry.name: entry.samples for entry in released.FILES}
    assert by_name["images-training"] + by_name["images-testing"] == 97_722
    assert by_name["objects-training"] + by_name["objects-validation"] == 95_320
    assert by_name["context-balanced-training"] is None  # real images were added to it, how many was not seen


def test_a_folder_is_named_by_index(tmp_path: Path) -> None:
    entry = released.released_file("images-testing")
    folder = tmp_path / entry.path
    folder.mkdir(parents=True)
    assert released.check_file(entry, tmp_path).state == "missing"
    (folder / "4999.png").touch()
    (folder / "note.txt").touch()
    assert released.check_file(entry, tmp_path) == released.FileState(
        entry.name, entry.path, "ok", "1 files", samples=1, paper=2_402
    )
    (folder / "5000.png").touch()
    assert "it holds '5000.png'" in released.check_file(entry, tmp_path).detail


def test_the_supercategories_are_read(tmp_path: Path) -> None:
    entry = released.released_file("supercategory-mappings")
    path = tmp_path / entry.path
    path.parent.mkdir(parents=True)
    full = {str(i): {"supercategory_index": group, "name": "?"} for i, group in enumerate(SUPERCATEGORY_INDICES)}
    path.write_text(json.dumps(full))
    assert released.read_mapping(path) == dict(enumerate(SUPERCATEGORY_INDICES))
    assert released.check_file(entry, tmp_path).detail == "80 categories"
    for bad in ({"0": 3}, [], {**full, "0": {"supercategory_index": 12}}, {"0": {"supercategory_index": 0}}):
        path.write_text(json.dumps(bad))
        assert released.check_file(entry, tmp_path).state == "wrong"
    with pytest.raises(MissingError):
        released.read_mapping(tmp_path / "none.json")


def test_a_good_file_is_counted(tmp_path: Path) -> None:
    state = released.check_file(put(tmp_path, "answers-qwen", ANSWERS), tmp_path)
    assert (state.state, state.detail) == ("ok", "5 rows, 2 of them repeat an index")


def test_answers_are_read_once_an_index_and_repeats_are_counted(tmp_path: Path) -> None:
    entry = put(tmp_path, "answers-qwen", ANSWERS)
    answers = released.read_answers(tmp_path / entry.path, "qwen", "testing")
    assert answers.table.to_dict("list") == {
        "sample_id": ["testing-000003", "testing-000005", "testing-000007"],
        "coco_index": [3, 5, 7],
        "model": ["qwen"] * 3,
        "text": ["a", "b", ""],
    }
    assert (answers.repeated, answers.conflicting) == (2, 1)
    with pytest.raises(InputError, match="must be training or testing"):
        released.read_answers(tmp_path / entry.path, "qwen", "test")
    with pytest.raises(MissingError):
        released.read_answers(tmp_path / "none.csv", "qwen")


def test_parts_of_a_run_are_joined_and_the_first_row_counts(tmp_path: Path) -> None:
    """Repeats within a part and across parts; what says otherwise can be looked at."""
    rows = [([3, 5, 3], ["a", "b", "a"]), ([5, 7], ["c", "d"]), ([3, 9], ["a", "e"])]
    paths = [tmp_path / f"part_{i}.csv" for i in range(3)]
    for path, (indices, said) in zip(paths, rows, strict=True):
        pandas.DataFrame({"coco_index": indices, "response": said}).to_csv(path)
    answers = released.read_answers(paths, "internvl")
    assert answers.table["sample_id"].tolist() == [f"training-00000{i}" for i in (3, 5, 7, 9)]
    assert answers.table["text"].tolist() == ["a", "b", "d", "e"]
    assert (answers.repeated, answers.conflicting) == (3, 1)
    assert answers.duplicates.to_dict("list") == {
        "coco_index": [3, 5, 3, 5, 3],
        "response": ["a", "b", "a", "c", "a"],
        "part": [0, 0, 0, 1, 2],
        "counts": [True, True, False, False, False],
    }
    turned = released.read_answers(paths[::-1], "internvl").table.set_index("coco_index")["text"]
    assert turned[5] == "c"
    with pytest.raises(InputError, match="No file"):
        released.read_answers([], "qwen")


@pytest.mark.parametrize("model", ["molmo", "internvl"])
def test_test_answers_were_released_for_one_model_only(tmp_path: Path, model: str) -> None:
    path = tmp_path / put(tmp_path, "answers-qwen-testing", ANSWERS).path
    assert len(released.read_answers(path, "qwen", "testing").table) == 3
    assert len(released.read_answers(path, model, "testing").table) == 3  # somebody's own are as good as any
    for ask in (
        lambda: released.read_answers(tmp_path / "none.csv", model, "testing"),
        lambda: released.released_file(f"answers-{model}-testing"),
    ):
        with pytest.raises(MissingError, match=f"answers of {model} on the test images were never released"):
            ask()


# The 21 lowest image ids of val2017, not in their order, as an annotation file does not list them in it either.
VAL_IDS = [1584, 139, 285, 632, 724, 1818, 776, 785, 802, 872, 885, 1000, 1268, 1296, 1353, 1425, 1490, 1503, 1532]
VAL_IDS += [1675, 1761]


def test_an_index_is_a_place_among_the_sorted_ids() -> None:
    """The published rows' images: a bear, a teddy bear, a bus, an airplane, a zebra."""
    indices = released.coco_indices(VAL_IDS, "testing")
    known = {1: 285, 4: 776, 17: 1584, 19: 1761, 20: 1818}
    assert {index: indices.image_id(index) for index in known} == known
    assert {indices.coco_index(image_id): image_id for image_id in known.values()} == known
    assert indices.sample_id(776) == "testing-000004"
    assert [VAL_IDS[index] for index in known] != list(known.values())  # the order of the file gives other images


def test_images_without_annotations_count_and_the_file_has_to_be_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(released.indices.POOL_SIZES, "testing", 3)
    path = tmp_path / "instances_val2017.json"
    content = {"images": [{"id": i} for i in (9, 2, 5)], "annotations": [{"image_id": 9}], "categories": []}
    path.write_text(json.dumps(content))
    indices = released.coco_indices(path, "testing")
    assert indices.image_ids == (2, 5, 9)
    assert indices.coco_index(9) == 2
    path.write_text(json.dumps(content | {"images": [{"id": 9}, {"id": 2}]}))
    with pytest.raises(InputError, match="The testing pool has 3 images, each once; 2 are listed"):
        released.coco_indices(path, "testing")
    path.write_text("[]")
    with pytest.raises(InputError, match="COCO instance annotations"):
        released.coco_indices(path, "testing")


def test_an_index_belongs_to_its_pool() -> None:
    training, testing = (released.coco_indices([30, 10, 20], pool) for pool in ("training", "testing"))
    assert training.sample_id(30) == "training-000002" != testing.sample_id(30)
    with pytest.raises(InputError, match="The training pool has no index 3; it ends at 2"):
        training.image_id(3)
    with pytest.raises(InputError, match="COCO's image 25 is not in the testing pool"):
        testing.coco_index(25)
    for bad in ([1, 1], range(5_001)):
        with pytest.raises(InputError, match="5,000 images, each once"):
            released.coco_indices(bad, "testing")
    with pytest.raises(InputError, match="Did you mean 'testing'"):
        released.coco_indices([1], "test")


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """A data folder with the authors' three tables; index 2 is in two of them, and 1 in both pools."""
    for part, indices, labels in (
        ("training", [1, 2, 2], [15, 16, 16]),
        ("validation", [2, 4], [17, 79]),
        ("testing", [1], [0]),
    ):
        put(tmp_path / "data", f"objects-{part}", pandas.DataFrame({"coco_index": indices, "label": labels}))
    return tmp_path / "data"


def test_the_authors_split_is_read(objects: Path) -> None:
    assert released.read_objects(objects).to_dict("list") == {
        "sample_id": ["training-000001", "training-000002", "training-000004", "testing-000001"],
        "coco_index": [1, 2, 4, 1],
        "split": ["train", "train", "validation", "test"],
        "original_object": ["cat", "dog", "toothbrush", "person"],
    }
    (objects / released.released_file("objects-validation").path).unlink()
    with pytest.raises(MissingError, match="coinco data fetch objects-validation"):
        released.read_objects(objects)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with images 1.png and 2.png, their table and their masks."""
    (tmp_path / "masks").mkdir()
    for index in (1, 2):
        Image.new("RGB", (40, 30)).save(tmp_path / f"{index}.png")
        box_mask(Box(index, 2, 10, 5), (40, 30)).save(tmp_path / "masks" / f"{index}.png")
    rows = {"coco_index": [1, 2], "class_name": ["cat", "dog"], "replacement_object": ["tv", "dog"]}
    pandas.DataFrame(rows).to_csv(tmp_path / "info.csv")
    return tmp_path


def test_images_become_samples_with_the_box_of_their_mask(images: Path) -> None:
    samples = released.released_samples(
        images / "info.csv", images, pool="testing", mask_dir=images / "masks", boxes={2: Box(0, 0, 4, 4)}
    )
    assert [s.box for s in samples] == [Box(1, 2, 10, 5), Box(0, 0, 4, 4)]
    assert [(s.sample_id, s.object, s.original_object) for s in samples] == [
        ("testing-000001", "tv", "cat"),
        ("testing-000002", "dog", "dog"),
    ]
    assert {(s.split, s.source, s.modified) for s in samples} == {("test", "coinco", True)}


def test_images_take_the_authors_split_when_it_is_given(images: Path, objects: Path) -> None:
    boxes = {1: Box(0, 0, 4, 4), 2: Box(0, 0, 4, 4)}
    split = released.read_objects(objects).assign(split="validation")
    samples = released.released_samples(images / "info.csv", images, pool="training", boxes=boxes, objects=split)
    assert {s.split for s in samples} == {"validation"}
    with pytest.raises(InputError, match="do not list testing-000002"):
        released.released_samples(images / "info.csv", images, pool="testing", boxes=boxes, objects=split)


def test_a_table_with_more_columns_serves_as_well(images: Path) -> None:
    """As the published splits of MCP-Compat have them."""
    path = images / "info.csv"
    more = {"label": 1, "prior_label": 1, "image_path": "x.png", "mask_path": "x.png", "split": "train"}
    pandas.read_csv(path).assign(**more, object_index=0, replacement_label=62).to_csv(path, index=False)
    samples = released.released_samples(path, images, pool="training", mask_dir=images / "masks")
    assert [(s.object, s.original_object, s.split) for s in samples] == [
        ("tv", "cat", "train"),
        ("dog", "dog", "train"),
    ]


def test_an_image_without_box_or_with_an_empty_mask_is_refused(images: Path) -> None:
    with pytest.raises(MissingError, match="Image 1 has no box"):
        released.released_samples(images / "info.csv", images, pool="training")
    Image.new("L", (40, 30)).save(images / "masks" / "1.png")
    with pytest.raises(InputError, match="mask of image 1 is empty"):
        released.released_samples(images / "info.csv", images, pool="training", mask_dir=images / "masks")


def test_images_and_released_answers_become_samples_with_findings(images: Path, tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "samples"
    listed = data / released.released_file("inpainting-training").path
    answers = data / released.released_file("answers-qwen").path
    for path in (listed, answers):
        path.parent.mkdir(parents=True)
    pandas.read_csv(images / "info.csv").assign(object_index=0).to_csv(listed)
    said = "Summary:\nLocation: In-context\nCo-occurrence: In-context\nSize: In-context\nFinal decision: In-context."
    pandas.DataFrame({"coco_index": [1, 2], "response": [said, ""]}).to_csv(answers)
    call = ["data", "samples", str(images), str(images / "masks"), "--out", str(out), "--folder", str(data)]
    assert main(call) == 0
    assert [s.sample_id for s in read_samples(out)] == ["training-000001", "training-000002"]
    findings = pandas.read_parquet(out / "findings.parquet").set_index("sample_id")
    assert findings.loc["training-000001", "in_context"]
    assert pandas.isna(findings.loc["training-000002", "in_context"])
