"""The commands one after another, with a model of random weights: label, distill, classify."""

from __future__ import annotations

import json
from pathlib import Path

import pandas
import pytest
from PIL import Image

from coinco_core.cli.app import main
from coinco_core.judgements import CRITERIA
from coinco_core.samples import Box, Sample, open_image, write_samples
from coinco_core.world.models import save_model
from tiny_models import tiny_model

SETTINGS = ["lora_rank=2", "lora_alpha=4", "batch_size=2", "micro_batch=2", "epochs=1", "eval_steps=1"]
SETTINGS += ["answered=1", "answer_tokens=4", "learning_rate=0.01"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight samples, a teacher's findings on them, a student's split, and a base model."""
    home = tmp_path_factory.mktemp("pipeline")
    samples = []
    for i in range(8):
        Image.new("RGB", (64, 48), (30 * i, 90, 120)).save(home / f"{i}.png")
        box = Box(5, 5, 20, 20)
        samples.append(Sample(str(i), f"{i}.png", 64, 48, box, "cow", "cat", "train", "demo", modified=True))
    write_samples(home, samples)
    ids, verdicts = [str(i) for i in range(8)], [i % 2 == 0 for i in range(8)]
    reasons = {f"{c}_reason": "It rests on the ground." for c in CRITERIA}
    pandas.DataFrame({"sample_id": ids, **dict.fromkeys(CRITERIA, verdicts)}).assign(**reasons).to_parquet(
        home / "findings.parquet"
    )
    split = ["train"] * 4 + ["validation"] * 2 + ["test"] * 2
    pandas.DataFrame({"sample_id": ids, "in_context": verdicts, "split": split}).to_parquet(home / "split.parquet")
    save_model(*tiny_model("qwen2_5_vl"), home / "students" / "base")
    return home


def distill(folder: Path, out: Path, *settings: str, base: Path | None = None) -> list[str]:
    """The arguments of a call of `coinco distill` for size."""
    tables = ["--findings", folder / "findings.parquet", "--split", folder / "split.parquet"]
    given = [x for setting in settings for x in ("-p", setting)]
    call = ["distill", folder, "--criterion", "size", *tables, "--out", out, "--prompt", "compact", *given]
    return [str(x) for x in [*call, "--base", base or folder / "students" / "base"]]


def test_label_is_resumed_and_answers_in_json(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, out = str(folder / "students" / "base"), tmp_path / "run"
    call = ["label", str(folder), "--model", base, "--out", str(out), "--prompt", "compact", "--limit", "2", "--json"]
    for said in ("0 of 2 answers are there already", "2 of 2 answers are there already"):
        assert main(call) == 0
        printed = capsys.readouterr()
        assert json.loads(printed.out)["answers"] == 2
        assert said in printed.err
    answers = pandas.read_parquet(out / "answers.parquet")
    assert answers["sample_id"].tolist() == ["0", "1"]


def test_a_student_is_trained_and_the_classifier_made_of_it_answers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    students = folder / "students"
    for criterion in CRITERIA:
        call = distill(folder, students / criterion, *SETTINGS)
        assert main([criterion if x == "size" else x for x in call] + ["--json"]) == 0
        made = json.loads(capsys.readouterr().out)
        assert (made["criterion"], made["train"], made["validation"]) == (criterion, 4, 2)
    (students / "classifier.json").write_text('{"prompt_version": "compact", "max_new_tokens": 6}')
    picture, png = str(folder / "0.png"), folder / "verdict.png"
    call = ["classify", picture, "--object", "cow", "--box", "5,5,20,20", "--model", str(students), "--png", str(png)]
    assert main([*call, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["in_context"] == all(found[c]["in_context"] for c in CRITERIA)
    assert all(0 <= found[c]["probability"] <= 1 for c in CRITERIA)
    assert open_image(png).width >= 480


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["epoch=1"], "no setting 'epoch'. Did you mean 'epochs'"),
        (["epochs=many"], "must be of the kind of 3"),
        (["lora_rank=true"], "must be of the kind of 256"),
        (["batch_size=3", "micro_batch=2"], "cannot be cut into parts of 2"),
    ],
)
def test_settings_that_make_no_sense(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: list[str], says: str
) -> None:
    assert main(distill(folder, tmp_path / "out", *settings)) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_tables_that_do_not_belong_together(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = distill(folder, tmp_path / "out")
    split = tmp_path / "split.parquet"
    call[call.index("--split") + 1] = str(split)
    pandas.DataFrame({"sample_id": ["x"], "in_context": [True], "split": ["train"]}).to_parquet(split)
    assert main(call) == 2
    assert "are the tables of the same samples?" in capsys.readouterr().err
    pandas.DataFrame({"sample_id": ["x"]}).to_parquet(split)
    assert main(call) == 2
    assert "it lacks in_context, split" in capsys.readouterr().err


def test_a_base_that_is_missing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(distill(folder, tmp_path / "out", base=tmp_path / "none")) == 3
    error = capsys.readouterr().err
    assert error.startswith("coinco: ")
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()
