from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from coinco_core.distillation.adapters import load_adapter
from coinco_core.distillation.answering import answer_questions
from coinco_core.distillation.classifier import DRAWN_ONLY, ContextClassifier
from coinco_core.distillation.decisions import DIRECT_PROBABILITY_OF, PROBABILITY_OF
from coinco_core.engines import encoding
from coinco_core.engines.families import bare
from coinco_core.errors import InputError
from coinco_core.images import Box, with_red_box
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt
from coinco_core.samples import sample_image
from coinco_world.dataset import make_world
from coinco_world.training.models import load_model
from coinco_world.weights import demo_weights
from student_folders import BOX, make_folder, whole_models
from tiny_models import noise


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("students"))


@pytest.fixture(scope="module")
def classifier(home: Path) -> ContextClassifier:
    return ContextClassifier.from_pretrained(str(home), device="cpu")


@pytest.fixture(scope="module")
def alone(home: Path) -> dict[str, tuple[Any, Any]]:
    """The three students, each on a base of its own."""
    loaded = {criterion: load_model(home / "base") for criterion in CRITERIA}
    return {c: (load_adapter(model, home / c), processor) for c, (model, processor) in loaded.items()}


@contextmanager
def looks(made: ContextClassifier) -> Iterator[list[str]]:
    """A stretch of work with a list that grows whenever a vision tower is used, by the criterion of its model."""
    seen: list[str] = []
    towers = {bare(made.models[criterion]).model.visual: criterion for criterion in reversed(CRITERIA)}
    hooks = [t.register_forward_hook(lambda *_, name=name: seen.append(name)) for t, name in towers.items()]
    yield seen
    for hook in hooks:
        hook.remove()


def test_three_students_answer_for_one_box(classifier: ContextClassifier) -> None:
    verdict = classifier(noise(1), object="cow", box=BOX)
    for criterion in CRITERIA:
        one = verdict.criterion(criterion)
        assert isinstance(one.in_context, bool) and 0.0 <= one.probability <= 1.0 and isinstance(one.reason, str)
    assert verdict.in_context == all(verdict.criterion(c).in_context for c in CRITERIA)
    assert len({verdict.criterion(c).probability for c in CRITERIA}) == 3
    assert json.loads(json.dumps(verdict.as_dict()))["box"] == {"x": 10.0, "y": 20.0, "w": 30.0, "h": 40.0}
    assert verdict.probability_of == PROBABILITY_OF


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    size=st.tuples(st.integers(56, 200), st.integers(56, 200)),
    name=st.sampled_from(["cow", "tv", "wine glass", "bear"]),
)
def test_together_they_say_what_each_says_alone(
    classifier: ContextClassifier, alone: dict[str, tuple[Any, Any]], seed: int, size: tuple[int, int], name: str
) -> None:
    image = noise(seed, size)
    together = classifier(image, name, BOX)
    for criterion, (model, processor) in alone.items():
        pixels = encoding.pixel_parts(processor, with_red_box(image, Box(*BOX).check(*size)))
        question = (student_prompt(criterion, "compact").render(name), pixels)
        [reply] = answer_questions(model, processor, [question], max_new_tokens=12)
        assert together.criterion(criterion).text == reply.text
        assert together.criterion(criterion).probability == pytest.approx(reply.probability, abs=1e-5)


def test_the_shipped_students_say_together_what_each_says_alone(tmp_path: Path) -> None:
    made = ContextClassifier.from_pretrained("demo", device="cpu")
    samples = make_world(tmp_path, n=6, seed=33)
    boxed = [made.look(sample_image(tmp_path, s), s.object, s.box, s.source) for s in samples]
    verdicts = made.judge(boxed)
    assert {verdict.criterion(c).in_context for verdict in verdicts for c in CRITERIA} == {True, False}
    for criterion in CRITERIA:
        model, processor = load_model(demo_weights("student") / "base")
        model = load_adapter(model, demo_weights("student") / criterion)
        questions = [(made.prompts[criterion].render(b.object, b.place), b.pixels) for b in boxed]
        replies = answer_questions(model, processor, questions, batch_size=1, max_new_tokens=128)
        assert [verdict.criterion(criterion).text for verdict in verdicts] == [reply.text for reply in replies]
        found = [verdict.criterion(criterion).probability for verdict in verdicts]
        assert found == pytest.approx([reply.probability for reply in replies], abs=1e-5)


def test_several_objects_are_judged_as_each_alone(classifier: ContextClassifier) -> None:
    images = [(noise(1), "cow", BOX), (noise(2, (150, 80)), "tv", (5, 5, 20, 20)), (noise(3), "bear", BOX)]
    together = classifier.judge([classifier.look(*one) for one in images])
    for one, verdict in zip(images, together, strict=True):
        single = classifier(*one)
        assert [verdict.criterion(c).text for c in CRITERIA] == [single.criterion(c).text for c in CRITERIA]
        for c in CRITERIA:
            assert verdict.criterion(c).probability == pytest.approx(single.criterion(c).probability, abs=1e-5)
    assert classifier.judge([]) == []


def test_whatever_adapter_was_used_last_each_is_asked_its_own(classifier: ContextClassifier) -> None:
    first = classifier(noise(1), "cow", BOX)
    classifier.models["size"].set_adapter("co_occurrence")
    assert classifier(noise(1), "cow", BOX) == first


def test_each_image_is_seen_once(classifier: ContextClassifier) -> None:
    with looks(classifier) as seen:
        classifier.judge([classifier.look(noise(i), "cow", BOX) for i in range(3)])
    assert seen == ["location"]


@pytest.mark.parametrize("one_tower", [True, False])
def test_whole_models_share_what_they_see_only_if_they_see_alike(tmp_path: Path, one_tower: bool) -> None:
    made = ContextClassifier.from_pretrained(str(whole_models(tmp_path, one_tower=one_tower)), device="cpu")
    with looks(made) as seen:
        verdict = made(noise(1), "cow", BOX)
    assert sorted(seen) == (["location"] if one_tower else sorted(CRITERIA))
    for criterion in CRITERIA:
        model, processor = load_model(tmp_path / criterion)
        pixels = encoding.pixel_parts(processor, with_red_box(noise(1), Box(*BOX)))
        question = (student_prompt(criterion, "compact").render("cow"), pixels)
        [reply] = answer_questions(model, processor, [question], max_new_tokens=8)
        assert verdict.criterion(criterion).text == reply.text
        assert verdict.criterion(criterion).probability == pytest.approx(reply.probability, abs=1e-5)


def test_the_image_and_the_box_matter(classifier: ContextClassifier) -> None:
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
    assert not any(v.readable for v in unread)


def test_what_is_said_is_readable(tmp_path: Path) -> None:
    made = ContextClassifier.from_pretrained("demo", device="cpu")
    [sample] = make_world(tmp_path, n=1, seed=34)
    verdict = made(sample_image(tmp_path, sample), sample.object, sample.box, sample.source)
    assert all("Final decision" in one.text and one.readable for one in map(verdict.criterion, CRITERIA))


def test_an_answer_that_was_cut_says_so(classifier: ContextClassifier) -> None:
    verdict = classifier(noise(3), "cow", BOX)
    assert not any(verdict.criterion(c).finished for c in CRITERIA)


def test_verdicts_without_reasons_are_another_quantity_and_say_so(classifier: ContextClassifier) -> None:
    direct, reasoned = classifier(noise(1), "cow", BOX, reasons=False), classifier(noise(1), "cow", BOX)
    assert direct.probability_of == DIRECT_PROBABILITY_OF
    for one in map(direct.criterion, CRITERIA):
        assert (one.reason, one.text, one.readable) == ("", "", True)  # no answer that could not be read
        assert one.in_context == (one.probability >= 0.5)
    assert direct.location.probability != pytest.approx(reasoned.location.probability, abs=1e-5)


@pytest.mark.parametrize("reasons", [True, False])
def test_probabilities_may_be_left_out_and_the_verdicts_stay(classifier: ContextClassifier, reasons: bool) -> None:
    both = classifier(noise(3), "cow", BOX, reasons=reasons)
    found = classifier(noise(3), "cow", BOX, reasons=reasons, probabilities=False)
    assert found.probability_of == ""
    for criterion in CRITERIA:
        one, other = found.criterion(criterion), both.criterion(criterion)
        assert one.probability is None
        assert (one.in_context, one.reason, one.text) == (other.in_context, other.reason, other.text)


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


def test_an_image_is_judged_as_a_viewer_shows_it(classifier: ContextClassifier) -> None:
    lying = noise(1, (96, 64)).transpose(Image.Transpose.ROTATE_90)
    exif = lying.getexif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    assert classifier(lying, "cow", BOX) == classifier(noise(1, (96, 64)), "cow", BOX)


def test_a_list_of_images_is_judged_as_each_alone_and_an_error_names_its_entry(classifier: ContextClassifier) -> None:
    images = [noise(i, (60 + i, 56)) for i in range(3)]
    boxes = [BOX, (1, 2, 20, 30), BOX]
    together = classifier(images, ["cow", "dog", "cow"], boxes)
    alone = [classifier(*entry) for entry in zip(images, ["cow", "dog", "cow"], boxes, strict=True)]
    texts = [[[one.criterion(c).text for c in CRITERIA] for one in verdicts] for verdicts in (together, alone)]
    assert texts[0] == texts[1]
    assert classifier(images, "cow", boxes)[1].object == "cow" and classifier([], "cow", []) == []
    with pytest.raises(InputError, match=r"Entry 1 of the list \(from 0\): 'cwo'"):
        classifier(images, ["cow", "cwo", "cow"], boxes)
    with pytest.raises(InputError, match=r"Entry 2 of the list .* lies outside the image"):
        classifier(images, "cow", [BOX, BOX, (900, 0, 5, 5)])
    with pytest.raises(InputError, match="3 and 3 and 2 entries"):
        classifier(images, "cow", boxes[:2])
