"""The commands one after another: answers to labels to splits; with a model of random weights, label to classify."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas
import pytest
from PIL import Image

from coinco_core.cli.app import main
from coinco_core.cli.distill import _config
from coinco_core.files import sha256_file
from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.labelling import read_answers
from coinco_core.prompts import teacher_answer
from coinco_core.samples import Box, Sample, open_image, write_samples
from coinco_world.training.models import save_model
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
    answers = read_answers(out)
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
    image, png = str(folder / "0.png"), folder / "verdict.png"
    call = ["classify", image, "--object", "cow", "--box", "5,5,20,20", "--model", str(students), "--png", str(png)]
    assert main([*call, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["in_context"] == all(found[c]["in_context"] for c in CRITERIA)
    assert all(0 <= found[c]["probability"] <= 1 for c in CRITERIA)
    assert open_image(png).width >= 480


def test_several_processes_train_one_student_and_one_of_them_speaks(folder: Path, tmp_path: Path) -> None:
    call = distill(folder, tmp_path / "student", *SETTINGS)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launch, "-m", "coinco_core.cli", *call, "--json"], capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["train"] == 4
    assert json.loads((tmp_path / "student" / "training.json").read_text())["made_with"]["processes"] == 2


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["epoch=1"], "no setting 'epoch'. Did you mean 'epochs'"),
        (["epochs=many"], "'epochs' is 'many'; it must be a number"),
        (["lora_rank=true"], "it must be a whole number"),
        (["lora_rank=0.5"], "it must be a whole number"),
        (["gradient_checkpointing=1"], "it must be true or false"),
        (["batch_size=3", "micro_batch=2"], "cannot be cut into parts of 2"),
    ],
)
def test_settings_that_make_no_sense(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: list[str], says: str
) -> None:
    assert main(distill(folder, tmp_path / "out", *settings)) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_every_setting_takes_what_its_kind_allows() -> None:
    config = _config({"epochs": 0.25, "gradient_checkpointing": True, "learning_rate": 1, "target_modules": "q_proj"})
    assert (config.epochs, config.gradient_checkpointing) == (0.25, True)


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


def teacher_text(*verdicts: bool) -> str:
    """An answer with these verdicts on the three criteria, and the decision that they imply."""
    findings = [Finding(verdict, "So it is.") for verdict in verdicts]
    return teacher_answer(Judgement(*findings, in_context=all(verdicts)))


@pytest.fixture
def three(tmp_path: Path) -> list[str]:
    """The options for three models' answers on 48 images: a released file, two named parts of one, a run's folder."""
    texts = {i: teacher_text(i % 2 == 0, i % 3 == 0, i % 4 != 0) for i in range(48)}
    table = pandas.DataFrame({"coco_index": list(texts), "response": list(texts.values())})
    table.to_csv(tmp_path / "context_reasoning_qwen.csv")
    table[:30].to_csv(tmp_path / "first.csv")
    table[20:].to_csv(tmp_path / "second.csv")
    run = tmp_path / "internvl" / "table"
    run.mkdir(parents=True)
    ids = [f"training-{i:06d}" for i in range(48)]
    errors = pandas.array([None] * 47 + ["no answer"], dtype="str")
    answers = pandas.DataFrame({"sample_id": ids, "text": table["response"], "error": errors})
    for part in (0, 1):
        answers[24 * part : 24 * part + 24].to_parquet(run / f"part-{part:05d}.parquet")
    parts = [f"molmo={tmp_path / name}.csv" for name in ("first", "second")]
    given = [str(tmp_path / "context_reasoning_qwen.csv"), *parts, str(tmp_path / "internvl")]
    return [x for one in given for x in ("--answers", one)]


def test_answers_become_labels_and_labels_become_splits(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = tmp_path / "labels.parquet", tmp_path / "splits"
    assert main(["consensus", *three, "--out", str(labels), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["models"] == ["qwen", "molmo", "internvl"]
    assert report["n_duplicates"] == {"qwen": 0, "molmo": 10, "internvl": 0}
    assert report["n_unread"]["internvl"]["size"] == 1
    assert report["states"]["location"] == {"in": 24, "out": 23, "split": 0, "incomplete": 1}
    assert report["agreement"]["location"]["fleiss_kappa"]["value"] == 1.0
    assert report["reading"]["qwen"]["contradictory"] == 0
    table = pandas.read_parquet(labels)
    assert table["sample_id"].tolist() == [f"training-{i:06d}" for i in range(48)]
    assert table["coco_index"].tolist() == list(range(48)) and set(table["pool"]) == {"training"}
    assert table["size_vote"].tolist() == [float(i % 4 != 0) for i in range(48)]
    dealt = {}
    for criterion in CRITERIA:
        sizes = ["--train", "12", "--validation", "4", "--test", "4"]
        assert main(["split", str(labels), "--criterion", criterion, "--out", str(out), *sizes, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["train"] == 12
        drawn = pandas.read_parquet(out / f"{criterion}.parquet")
        dealt[criterion] = dict(zip(drawn["sample_id"], drawn["split"], strict=True))
        made = json.loads((out / f"{criterion}.json").read_text())
        assert made["criterion"] == criterion and made["sizes"] == {"train": 12, "validation": 4, "test": 4}
        assert made["counts"] == {name: {"in": n // 2, "out": n // 2} for name, n in made["sizes"].items()}
        assert made["inputs"]["labels"] == sha256_file(labels)
    for name in {*dealt["location"], *dealt["size"], *dealt["co_occurrence"]}:
        assert len({split[name] for split in dealt.values() if name in split}) == 1


def test_consensus_says_in_words_what_it_found(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["consensus", *three, "--out", str(tmp_path / "labels.parquet")]) == 0
    text = capsys.readouterr().out
    assert "48 samples, models qwen, molmo, internvl" in text
    assert "molmo: 48 of 48 answers read, 0 in part" in text
    assert "0.0% at odds with themselves; 10 repeated rows left out" in text
    assert "0 samples are unanimous on the final decision but not on every criterion" in text
    assert "overall" in text and "1.000 to 1.000" in text
    assert "the paper" not in text  # its counts belong beside as many samples as it had


def test_a_final_decision_with_too_few_in_context_is_refused_with_the_numbers(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = tmp_path / "labels.parquet", tmp_path / "splits"
    assert main(["consensus", *three, "--out", str(labels)]) == 0
    n_in = int(pandas.read_parquet(labels)["in_context"].sum())
    capsys.readouterr()
    assert main(["split", str(labels), "--criterion", "final", "--out", str(out)]) == 2
    text = capsys.readouterr().err
    assert f"24,000 at 1:1 need 12,000 in-context samples and as many out-of-context, and there are {n_in} in" in text
    assert not out.exists()
    sizes = ["--train", "2", "--validation", "2", "--test", "0"]
    assert main(["split", str(labels), "--criterion", "final", "--out", str(out), *sizes]) == 0
    assert len(pandas.read_parquet(out / "final.parquet")) == 4


def test_answers_of_one_name_from_two_files_must_be_meant(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    qwen, labels = three[1], str(tmp_path / "labels.parquet")
    assert main(["consensus", "--answers", qwen, "--answers", qwen, "--out", labels]) == 2
    assert "have the same model's name; write qwen=PATH" in capsys.readouterr().err
    assert main(["consensus", *three, "--pool", "tset", "--out", labels]) == 2
    assert "The pool must be training or testing, not 'tset'" in capsys.readouterr().err
    assert (
        main(["consensus", "--answers", f"a={qwen}", "--answers", f"b={qwen}", "--pool", "testing", "--out", labels])
        == 0
    )
    assert set(pandas.read_parquet(labels)["pool"]) == {"testing"}


def test_a_consensus_on_the_test_images_is_refused_and_says_why(
    three: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "context_reasoning_qwen_testing.csv"
    Path(three[1]).rename(alone)
    assert main(["consensus", "--answers", str(alone), "--out", str(tmp_path / "labels.parquet")]) == 2
    assert "for the test images the authors released only Qwen's answers" in capsys.readouterr().err
    call = ["consensus", "--answers", str(alone), "--answers", three[3], "--out", str(tmp_path / "labels.parquet")]
    assert main(call) == 2
    assert "No two models judged the same sample" in capsys.readouterr().err
