"""`coinco` as a person meets it: answers, JSON, exit codes, and one sentence for what is wrong."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from PIL import Image

import coinco_core
from coinco_core.cli.app import main
from coinco_core.cli.parameters import read_parameters
from coinco_core.errors import InputError
from coinco_core.images import Box, open_image
from coinco_core.judgements import CRITERIA

HEAVY = ("torch", "transformers", "peft", "diffusers", "pandas", "pyarrow", "sklearn", "matplotlib", "PIL", "numpy")


def test_an_interrupt_is_one_sentence_and_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("coinco_core.labelling.findings.read_again", interrupted)
    monkeypatch.setattr("coinco_core.labelling.findings.criterion_of", lambda _: None)
    assert main(["reread", str(tmp_path)]) == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("coinco: Interrupted.")


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, code: int) -> str:
    """The one sentence that a call must fail with; nothing goes to standard output, no traceback is shown."""
    assert main([str(argument) for argument in arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("coinco: ")
    assert "Traceback" not in printed.err
    return lines[0]


def prints(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    """The one JSON document that a call with --json prints."""
    assert main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == coinco_core.__version__
    for arguments in ([], ["--help"], ["-h"], ["data", "--help"], ["run", "-h"]):
        assert main(arguments) == 0
        assert "Usage: coinco" in capsys.readouterr().out


@pytest.mark.parametrize("module", ["coinco_core", "coinco_core.cli.app"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_module_runs_and_returns_its_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coinco_core.cli", "nothing"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("coinco: No such command 'nothing'.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["classifi"], "No such command 'classifi'"),
        (["data", "lst"], "No such command 'lst'"),
        (["data", "list", "--jsn"], "No such option: --jsn"),
        (["label"], "Missing argument"),
        (["label", "x", "--model", "qwen"], "Missing option '--out'"),
        (["label", "x", "--model", "qwen", "--out", "y", "--limit", "none"], "Invalid value for '--limit'"),
        (["label", "x", "--model", "qwen", "--out", "y", "--limit", "0"], "Invalid value for '--limit'"),
        (["run", "-p", "seed"], "is not of the form name=value"),
        (["run", "--profile", "dmo"], "No profile is called 'dmo'; there are .* Did you mean 'demo'"),
        (["run", "world_tuor"], "No notebook is called 'world_tuor'; .* Did you mean 'world_tour'"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert re.search(says, fails(capsys, *arguments, code=2))


def test_an_error_of_ours_shows_its_traceback_only_with_debug(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["label", str(tmp_path), "--model", "qwen", "--out", str(tmp_path / "out")]
    assert "There is no table" in fails(capsys, *arguments, code=3)
    assert main([*arguments, "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_bug_is_one_sentence_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: str | None) -> Path:
        raise KeyError("surprise")

    monkeypatch.setattr("coinco_core.released.data_folder", broken)
    text = fails(capsys, "data", "list", code=1)
    assert "An unexpected error, KeyError: 'surprise'" in text
    assert "--debug" in text


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            IsADirectoryError(errno.EISDIR, "Is a directory", "tmp", None, "/out/x"),
            "/out/x cannot be used: Is a directory.",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "The system refused: No space left on device."),
    ],
)
def test_what_the_system_refuses_is_no_bug(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    def refused(folder: str | None) -> Path:
        raise error

    monkeypatch.setattr("coinco_core.released.data_folder", refused)
    assert fails(capsys, "data", "list", code=2).strip() == f"coinco: {says}"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_has_gone_away_hears_nothing(unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    reader, writer = os.pipe()
    os.close(reader)
    call = [sys.executable, "-m", "coinco_core.cli", "data", "list"]
    done = subprocess.run(call, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("3", 3), ("0.5", 0.5), ("1e-4", 1e-4), ("0e0", 0.0), ("true", True), ("[1, 2]", [1, 2])),
        *(("demo", "demo"), ("a=b", "a=b"), ("", None)),
    ],
)
def test_parameter_values(text: str, value: Any) -> None:
    assert read_parameters([f"name={text}"]) == {"name": value}


@pytest.mark.parametrize("text", ["name", "=3", "a b=3", "name=[1"])
def test_parameters_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InputError, match="is not of the form name=value|cannot be read"):
        read_parameters([text])


def test_data_list_names_every_demo_model_and_released_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = prints(capsys, "data", "list", "--folder", tmp_path)
    assert {"demo-qwen", "demo-vae", "answers-molmo", "objects-testing"} <= {row["name"] for row in rows}
    assert all(row["state"] == "missing" for row in rows if not row["name"].startswith("demo"))


def test_data_check_tells_a_wrong_file_from_a_missing_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "resources/task_data/objects_from_context_prediction/testing_data.csv"
    path.parent.mkdir(parents=True)
    path.write_text("coco_index,label\n1,5\n")
    rows = {row["name"]: row for row in prints(capsys, "data", "check", "--folder", tmp_path)}
    assert (rows["objects-testing"]["state"], rows["objects-testing"]["detail"]) == ("ok", "1 rows")
    path.write_text("coco_index\n1\n")
    rows = {row["name"]: row for row in prints(capsys, "data", "check", "--folder", tmp_path, code=1)}
    assert rows["objects-testing"]["state"] == "wrong"


def test_data_check_finds_nothing_released(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["data", "check", "--folder", str(tmp_path)]) == 3
    assert "None of the released files is here" in capsys.readouterr().err


def test_data_fetch_says_that_it_downloads_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["data", "fetch", "--folder", str(tmp_path)]) == 3
    printed = capsys.readouterr()
    assert all(line.startswith("hf download COinCO/") for line in printed.out.splitlines())
    assert "nothing was downloaded" in printed.err


@pytest.fixture
def coco(tmp_path: Path) -> tuple[Path, Path]:
    """A COCO set of one image with one cat."""
    Image.new("RGB", (40, 30)).save(tmp_path / "1.jpg")
    image = {"id": 1, "file_name": "1.jpg", "width": 40, "height": 30}
    outline = [[5, 5, 15, 5, 15, 15, 5, 15]]
    cat = {"id": 2, "image_id": 1, "bbox": [5, 5, 10, 10], "category_id": 17, "segmentation": outline}
    path = tmp_path / "instances.json"
    path.write_text(json.dumps({"images": [image], "annotations": [cat], "categories": [{"id": 17, "name": "cat"}]}))
    return path, tmp_path


def test_coco_becomes_samples(capsys: pytest.CaptureFixture[str], coco: tuple[Path, Path]) -> None:
    out = coco[1] / "out"
    found = prints(capsys, "data", "coco", *coco, "--out", out, "--boxed")
    assert found == {"folder": str(out), "samples": 1, "skipped": 0}
    assert (out / "boxed" / "coco-000000000001.png").is_file()
    assert (out / "masks" / "coco-000000000001.png").is_file()
    text = fails(capsys, "data", "coco", *coco, "--out", coco[1] / "other", "--split", "tset", code=2)
    assert "Did you mean 'test'?" in text
    assert not (coco[1] / "other").exists()


ANSWER = """Analysis:
Location: It stands on grass.
Co-occurrence: It is on a farm.
Size: It is as large as it should be.

Summary:
Location: In-context
Co-occurrence: In-context
Size: {size}

Final decision: {size}."""


def answer_file(folder: Path, model: str, sizes: list[str]) -> Path:
    path = folder / f"context_reasoning_{model}.csv"
    rows = {"coco_index": range(len(sizes)), "response": [ANSWER.format(size=size) for size in sizes]}
    pandas.DataFrame(rows).to_csv(path)
    return path


def test_consensus_over_the_released_layout(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    small, fine = "Out-of-context", "In-context"
    sizes = {"molmo": [small, fine, small], "qwen": [small, fine, fine], "internvl": [small, fine, fine]}
    given = [x for model in sizes for x in ("--answers", answer_file(tmp_path, model, sizes[model]))]
    out = tmp_path / "labels.parquet"
    report = prints(capsys, "consensus", *given, "--out", out)
    assert report["n_samples"] == 3
    assert report["states"]["size"] == {"in": 1, "out": 1, "split": 1, "incomplete": 0}
    assert report["states"]["location"]["in"] == 3
    labels = pandas.read_parquet(out)
    assert labels["coco_index"].tolist() == [0, 1, 2]
    assert main(["consensus", *map(str, given), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "3 samples, models molmo, qwen, internvl" in said.out and "nothing to do" in said.err


def test_consensus_replaces_nothing_else_without_being_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = [x for model in ("molmo", "qwen") for x in ("--answers", answer_file(tmp_path, model, ["In-context"]))]
    answers = tmp_path / "context_reasoning_qwen.csv"  # a slip of the hand: hours of a model's answers
    before = answers.read_bytes()
    assert "made of something else" in fails(capsys, "consensus", *given, "--out", answers, code=2)
    assert answers.read_bytes() == before
    prints(capsys, "consensus", *given, "--out", tmp_path / "labels.parquet")
    answer_file(tmp_path, "qwen", ["Out-of-context"])
    assert "--overwrite" in fails(capsys, "consensus", *given, "--out", tmp_path / "labels.parquet", code=2)
    prints(capsys, "consensus", *given, "--out", tmp_path / "labels.parquet", "--overwrite")
    assert pandas.isna(pandas.read_parquet(tmp_path / "labels.parquet")["size"].iloc[0])


def test_consensus_refuses_too_few_or_missing_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "labels.parquet"
    one = answer_file(tmp_path, "qwen", ["In-context"])
    assert "two models or more" in fails(capsys, "consensus", "--answers", one, "--out", out, code=2)
    assert "There is no table" in fails(capsys, "consensus", "--answers", tmp_path / "x.csv", "--out", out, code=3)
    assert not out.exists()


def labels(folder: Path) -> Path:
    """A table of labels: 40 samples, half of them in context, two to an image."""
    verdicts = {name: pandas.array([i % 4 < 2 for i in range(40)], dtype="boolean") for name in CRITERIA}
    pandas.DataFrame({"sample_id": [str(i) for i in range(40)], **verdicts}).to_parquet(folder / "labels.parquet")
    return folder / "labels.parquet"


def test_split_writes_balanced_sets_and_what_made_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sizes = ["--train", 12, "--validation", 4, "--test", 4]
    given = ["split", labels(tmp_path), "--criterion", "size", "--out", tmp_path / "out"]
    assert prints(capsys, *given, *sizes)["train"] == 12
    table = pandas.read_parquet(tmp_path / "out" / "size.parquet")
    assert table.groupby("split")["in_context"].agg(["size", "sum"]).to_dict("index") == {
        "train": {"size": 12, "sum": 6},
        "validation": {"size": 4, "sum": 2},
        "test": {"size": 4, "sum": 2},
    }
    made = json.loads((tmp_path / "out" / "size.json").read_text())
    assert (made["seed"], made["recipe"]["name"]) == (42, "page")


def test_split_replaces_another_split_only_when_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = ["split", labels(tmp_path), "--criterion", "size", "--out", tmp_path / "out"]
    given += ["--train", 12, "--validation", 4, "--test", 4]
    prints(capsys, *given)
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert main([str(part) for part in given]) == 0 and "nothing to do" in capsys.readouterr().err
    assert "made of something else" in fails(capsys, *given, "--seed", 7, code=2)
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    prints(capsys, *given, "--seed", 7, "--overwrite")
    assert json.loads((tmp_path / "out" / "size.json").read_text())["seed"] == 7
    assert not pandas.read_parquet(tmp_path / "out" / "size.parquet").equals(
        pandas.read_parquet(BytesIO(before[tmp_path / "out" / "size.parquet"]))
    )


def test_split_refuses_what_cannot_be_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = ["split", labels(tmp_path), "--out", tmp_path / "out"]
    assert "Too few labels to balance Size" in fails(capsys, *given, "--criterion", "size", code=2)
    assert "Did you mean 'size'" in fails(capsys, *given, "--criterion", "sise", "--train", 4, code=2)
    assert "No recipe is called 'pge'" in fails(capsys, *given, "--criterion", "size", "--recipe", "pge", code=2)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """An image of 64 x 48 pixels."""
    Image.new("RGB", (64, 48), "gray").save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts fixed answers in the place of both models, printing something as a library might."""
    from coinco_core.distillation.classifier import ContextClassifier, CriterionVerdict, Verdict
    from coinco_core.objects_from_context.use.belongs import ranked
    from coinco_core.objects_from_context.use.predictor import ObjectsFromContext

    def classify(image: Image.Image, name: str, box: Box) -> Verdict:
        print("loading ...")
        fine, bad = (CriterionVerdict(v, 0.5 + 0.4 * (v or -1), "It is so.", "text") for v in (True, False))
        return Verdict(name, box, fine, bad, fine, warning="Drawn scenes only.")

    scores = np.linspace(2, 1, 80) / 120
    monkeypatch.setattr(ContextClassifier, "from_pretrained", lambda model: classify)
    monkeypatch.setattr(
        ObjectsFromContext, "from_pretrained", lambda model, say: lambda image, box: ranked(scores, "Drawn only.")
    )


@pytest.mark.usefixtures("answers")
def test_classify_prints_json_and_nothing_else(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    found = prints(capsys, "classify", photo, "--object", "Cow", "--box", "50,40,100,100")
    assert (found["object"], found["box"], found["in_context"]) == ("cow", [50, 40, 14, 8], False)
    assert [found[c]["in_context"] for c in CRITERIA] == [True, False, True]
    assert found["size"]["probability"] == pytest.approx(0.9)
    assert found["location"]["reason"] == "It is so."
    assert found["warning"] == "Drawn scenes only."


@pytest.mark.usefixtures("answers")
def test_classify_in_words_and_as_an_image(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    png = photo.parent / "out" / "verdict.png"
    assert main(["classify", str(photo), "--object", "cow", "--box", "5,5,20,20", "--png", str(png)]) == 0
    text = capsys.readouterr().out
    assert "cow: Out-of-context" in text
    assert "Co-occurrence: Out-of-context (probability of in-context 0.10). It is so." in text
    assert "Note: Drawn scenes only." in text
    drawn = open_image(png)
    assert drawn.width >= 480
    assert drawn.height > drawn.width * 48 / 64
    assert drawn.getpixel((5 * drawn.width // 64, 5 * drawn.width // 64)) == (255, 0, 0)


@pytest.mark.usefixtures("answers")
def test_objects_in_words_and_as_json(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    found = prints(capsys, "objects", photo, "--box", "5,5,20,20", "--top", 3)
    assert [entry["name"] for entry in found["objects"]] == ["person", "bicycle", "car"]
    assert len(found["cliques"]) == 12
    assert main(["objects", str(photo), "--box", "5,5,20,20"]) == 0
    text = capsys.readouterr().out
    assert "likeliest groups: " in text
    assert "Note: Drawn only." in text


BAD_INPUT = [
    (["nowhere.png", "--box", "1,1,5,5"], 3, "There is no image nowhere.png"),
    (["text.png", "--box", "1,1,5,5"], 2, "not an image that can be read"),
    (["photo.png", "--box", "1,1,5"], 2, "not four numbers; write it as X,Y,W,H"),
    (["photo.png", "--box", "a,b,c,d"], 2, "not four numbers"),
    (["photo.png", "--box", "nan,1,5,5"], 2, "not finite"),
    (["photo.png", "--box", "1,1,0,5"], 2, "is empty"),
    (["photo.png", "--box", "64,1,5,5"], 2, "outside the image, which is 64 x 48 pixels"),
]


@pytest.mark.parametrize("command", [["classify", "--object", "cow"], ["objects"]])
@pytest.mark.parametrize(("given", "code", "says"), BAD_INPUT)
def test_bad_images_and_boxes(
    command: list[str],
    given: list[str],
    code: int,
    says: str,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(photo.parent)
    Path("text.png").write_text("no image")
    before = sorted(photo.parent.iterdir())
    assert says in fails(capsys, *command, *given, "--png", "out/answer.png", "--json", code=code)
    assert sorted(photo.parent.iterdir()) == before


def test_an_unknown_object_comes_with_the_nearest(capsys: pytest.CaptureFixture[str], photo: Path) -> None:
    text = fails(capsys, "classify", photo, "--object", "cuch", "--box", "1,1,5,5", code=2)
    assert "'cuch' is not one of the 80 COCO categories." in text
    assert "'couch'" in text


@pytest.mark.parametrize(
    "call",
    [["classify", "--object", "cow"], ["objects"], ["classify", "--object", "cow", "--model", "./no/such/folder"]],
)
def test_missing_weights_are_code_3_and_nothing_is_written(
    call: list[str], photo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coinco_world.weights.weights_folder", lambda: photo.parent / "weights")
    png = photo.parent / "answer.png"
    text = fails(capsys, *call, photo, "--box", "1,1,5,5", "--png", png, code=3)
    assert "python -m coinco_world.training.train" in text or "There is no classifier './no/such/folder'" in text
    assert not png.exists()
