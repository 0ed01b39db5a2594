from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image

from coinco_core.distillation.adapters import add_adapter, save_adapter
from coinco_core.distillation.classifier import DRAWN_ONLY, SETTINGS, ContextClassifier
from coinco_core.distillation.config import DistillConfig
from coinco_core.engines import encoding
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.judgements import CRITERIA
from coinco_core.pictures import Box, with_red_box
from coinco_core.world.models import save_model
from tiny_models import noise, tiny_model

BOX = (10.0, 20.0, 30.0, 40.0)


def make_folder(folder: Path, criteria: Sequence[str] = CRITERIA, **settings: object) -> Path:
    """A base and a random adapter for each criterion."""
    save_model(*tiny_model("qwen2_5_vl"), folder / "base")
    for seed, criterion in enumerate(criteria):
        adapted = add_adapter(tiny_model("qwen2_5_vl")[0], DistillConfig(lora_rank=4, lora_alpha=8, seed=seed))
        with torch.no_grad():
            for name, parameter in adapted.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(seed))
        save_adapter(adapted, folder / criterion)
    (folder / SETTINGS).write_text(json.dumps({"prompt_version": "compact", "max_new_tokens": 12, **settings}))
    return folder


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> ContextClassifier:
    return ContextClassifier.from_pretrained(str(make_folder(tmp_path_factory.mktemp("students"))), device="cpu")


def test_three_students_answer_for_one_box(classifier: ContextClassifier) -> None:
    verdict = classifier(noise(1), object="cow", box=BOX)
    for criterion in CRITERIA:
        one = verdict.criterion(criterion)
        assert isinstance(one.in_context, bool) and 0.0 <= one.probability <= 1.0 and isinstance(one.reason, str)
    assert verdict.in_context == all(verdict.criterion(c).in_context for c in CRITERIA)
    assert len({verdict.criterion(c).probability for c in CRITERIA}) == 3
    assert json.loads(json.dumps(verdict.as_dict()))["box"] == {"x": 10.0, "y": 20.0, "w": 30.0, "h": 40.0}


def test_each_criterion_is_asked_of_its_own_adapter(tmp_path: Path) -> None:
    made = ContextClassifier.from_pretrained(str(make_folder(tmp_path)), device="cpu")
    first = made(noise(1), "cow", BOX)
    assert made(noise(1), "cow", BOX) == first  # whatever adapter was used last
    network, question = made.models["size"], ("size", "cow", "10 80 20 30")
    network.set_adapter("location")
    again = made._ask(*question, made_pixels(made))
    assert again == first.size


def made_pixels(made: ContextClassifier) -> dict[str, object]:
    boxed = with_red_box(noise(1), Box(*BOX))
    return encoding.pixel_parts(made.processor, boxed)


def test_the_picture_and_the_box_matter(classifier: ContextClassifier) -> None:
    verdicts = [
        classifier(noise(1), "cow", BOX),
        classifier(noise(2), "cow", BOX),
        classifier(noise(1), "cow", (40, 40, 20, 20)),
    ]
    assert len({verdict.location.probability for verdict in verdicts}) == 3


def test_an_unreadable_answer_leaves_the_more_probable_verdict(classifier: ContextClassifier) -> None:
    verdict = classifier(noise(3), "cow", BOX)
    unread = [v for v in map(verdict.criterion, CRITERIA) if "Final decision" not in v.text]
    assert unread and all(v.in_context == (v.probability >= 0.5) for v in unread)


def test_bad_calls_are_refused_in_words(classifier: ContextClassifier) -> None:
    with pytest.raises(InputError, match="Did you mean"):
        classifier(noise(1), "coww", BOX)
    with pytest.raises(InputError, match="not four numbers"):
        classifier(noise(1), "cow", (1, 2, 3))
    with pytest.raises(InputError, match="outside"):
        classifier(noise(1), "cow", Box(500, 500, 5, 5))


def test_the_demo_models_warn_unless_the_scene_is_drawn(tmp_path: Path) -> None:
    demo = ContextClassifier.from_pretrained(str(make_folder(tmp_path, demo=True)), device="cpu")
    assert demo(noise(1), "cow", BOX).warning == DRAWN_ONLY
    assert demo(noise(1), "cow", BOX, source="demo").warning == ""


def test_other_models_do_not_warn(classifier: ContextClassifier) -> None:
    assert classifier(noise(1), "cow", BOX).warning == ""


def test_missing_parts_are_named(tmp_path: Path) -> None:
    make_folder(tmp_path, ["location", "size"])
    with pytest.raises(MissingError, match="no student for co_occurrence"):
        ContextClassifier.from_pretrained(str(tmp_path))
    with pytest.raises(MissingError, match="not 'demo'"):
        ContextClassifier.from_pretrained("./nowhere")


def test_whole_models_serve_as_students_too(tmp_path: Path) -> None:
    for seed, criterion in enumerate(CRITERIA):
        save_model(*tiny_model("qwen2_5_vl", seed), tmp_path / criterion)
    (tmp_path / SETTINGS).write_text(json.dumps({"prompt_version": "compact", "max_new_tokens": 8}))
    verdict = ContextClassifier.from_pretrained(str(tmp_path), device="cpu")(noise(1), "cow", BOX)
    assert len({verdict.criterion(c).probability for c in CRITERIA}) == 3


def test_students_of_another_base_are_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "size" / "training.json").write_text(json.dumps({"base": {"name": "b", "weights": "of another base"}}))
    with pytest.raises(CheckError, match="trained on another base"):
        ContextClassifier.from_pretrained(str(folder), device="cpu")


def test_a_picture_is_judged_as_a_viewer_shows_it(classifier: ContextClassifier) -> None:
    lying = noise(1, (96, 64)).transpose(Image.Transpose.ROTATE_90)
    exif = lying.getexif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    assert classifier(lying, "cow", BOX) == classifier(noise(1, (96, 64)), "cow", BOX)
