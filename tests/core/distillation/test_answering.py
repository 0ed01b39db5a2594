from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from transformers import LogitsProcessorList

from coinco_core.distillation.answering import Question, _Watch, answer_questions, direct_probabilities, next_logits
from coinco_core.distillation.classifier import ContextClassifier
from coinco_core.distillation.decisions import DECISION, fork
from coinco_core.engines import Request, encoding
from coinco_core.engines.decoding import Sampling
from coinco_core.engines.encoding import pixel_parts, prompt_ids
from coinco_core.engines.local import LocalEngine
from coinco_core.engines.vision import see
from coinco_core.judgements import CRITERIA
from coinco_core.responses import parse_student_response
from coinco_core.samples import boxed_image
from coinco_world.dataset import make_world
from tiny_models import FAMILIES, noise, tiny_model

PROMPTS = ["Judge the size of the cow.", "Judge the location of the dining table, please.", "Judge the tv."]


def tiny(family: str) -> tuple[Any, Any, list[Question]]:
    model, processor = tiny_model(family)
    return model, processor, [(prompt, pixel_parts(processor, noise(i))) for i, prompt in enumerate(PROMPTS)]


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, list[Question], list[str]]:
    """The shipped students and questions about drawn scenes, each with the name of the student that is asked."""
    folder = tmp_path_factory.mktemp("world")
    made = ContextClassifier.from_pretrained("demo", device="cpu")
    questions, adapters = [], []
    for sample in make_world(folder, n=6, seed=31):
        pixels = pixel_parts(made.processor, boxed_image(folder, sample))
        for criterion in CRITERIA:
            questions.append((made.prompts[criterion].render(sample.object, sample.place), pixels))
            adapters.append(criterion)
    return made.models["size"], made.processor, questions, adapters


def recomputed(model: Any, processor: Any, question: Question, written: str, **names: Any) -> float:
    """The probability of in-context by one plain forward pass over the prompt and what is written, unpadded."""
    tokens = torch.tensor([processor.tokenizer(written, add_special_tokens=False)["input_ids"]], dtype=torch.long)
    inputs = encoding.stack(processor, [prompt_ids(processor, *question) + tokens[0].tolist()], [question[1]])
    with torch.inference_mode():
        last = model(**inputs, **names).logits[0, -1]
    return float(last[list(fork(processor.tokenizer).tokens)].softmax(-1)[0])


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_those_of_the_engine(family: str) -> None:
    model, processor, questions = tiny(family)
    replies = answer_questions(model, processor, questions, batch_size=2, max_new_tokens=6)
    engine = LocalEngine("tiny", model, processor, sampling=Sampling(max_new_tokens=6))
    asked = engine.answer([Request(p, noise(i), p) for i, p in enumerate(PROMPTS)])
    assert [reply.text for reply in replies] == [answer.text for answer in asked]
    assert [reply.tokens for reply in replies] == [answer.completion_tokens for answer in asked]
    assert [reply.finished for reply in replies] == [answer.finish_reason == "stop" for answer in asked]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_noted_while_writing_are_the_logits_of_a_forward_pass(family: str) -> None:
    model, processor, questions = tiny(family)
    tokens = list(fork(processor.tokenizer).tokens)
    rows, watch = [prompt_ids(processor, *question) for question in questions], _Watch(tokens)
    inputs = encoding.stack(processor, rows, [pixels for _, pixels in questions])
    config = Sampling(max_new_tokens=5).config(processor.tokenizer)
    with torch.inference_mode():
        output = model.generate(**inputs, generation_config=config, logits_processor=LogitsProcessorList([watch]))
    written = output[:, inputs["input_ids"].shape[1] :]
    for step in range(written.shape[1]):
        before = [row + new[:step].tolist() for row, new in zip(rows, written, strict=True)]
        forced = next_logits(model, processor, before, questions)[:, tokens]
        torch.testing.assert_close(watch.noted()[:, step], forced, atol=1e-5, rtol=1e-5)


def test_the_probability_is_that_of_the_answers_own_verdict(student: Any) -> None:
    model, processor, questions, adapters = student
    replies = answer_questions(model, processor, questions, max_new_tokens=128, adapters=adapters)
    stated = [parse_student_response(reply.text, adapter) for reply, adapter in zip(replies, adapters, strict=True)]
    assert {finding.in_context for finding in stated} == {True, False}
    for question, adapter, reply in zip(questions, adapters, replies, strict=True):
        before, heading, verdict = reply.text.rpartition(DECISION)
        assert verdict.strip() in ("In-context", "Out-of-context")
        forced = recomputed(model, processor, question, before + heading, adapter_names=[adapter])
        assert reply.probability == pytest.approx(forced, abs=1e-5)
        assert (reply.probability >= 0.5) == (verdict.strip() == "In-context")  # greedy: the likelier one is written


def test_a_well_formed_answer_costs_no_further_pass(student: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, processor, questions, adapters = student
    monkeypatch.setattr("coinco_core.distillation.answering.next_logits", None)
    replies = answer_questions(model, processor, questions, max_new_tokens=128, adapters=adapters)
    assert all(reply.finished and reply.probability is not None for reply in replies)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_without_a_decision_is_asked_for_it(family: str) -> None:
    model, processor, questions = tiny(family)
    replies = answer_questions(model, processor, questions, max_new_tokens=7)
    for question, reply in zip(questions, replies, strict=True):
        assert DECISION not in reply.text
        [single] = answer_questions(model, processor, [question], max_new_tokens=7)
        assert single.text == reply.text
        assert reply.probability == pytest.approx(single.probability, abs=1e-5)


def test_a_cut_answer_is_taken_as_far_as_it_came(student: Any) -> None:
    model, processor, questions, adapters = student
    replies = answer_questions(model, processor, questions, max_new_tokens=9, adapters=adapters)
    for question, adapter, reply in zip(questions, adapters, replies, strict=True):
        assert not reply.finished and reply.tokens == 9
        forced = recomputed(model, processor, question, f"{reply.text}\n{DECISION}", adapter_names=[adapter])
        assert reply.probability == pytest.approx(forced, abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_direct_probabilities_are_those_of_a_plain_forward_pass(family: str) -> None:
    model, processor, questions = tiny(family)
    gap = " " if family in ("llava", "smolvlm") else ""  # their prompts end in a colon, the others' in a new line
    found = direct_probabilities(model, processor, questions, batch_size=2)
    forced = [recomputed(model, processor, question, gap + DECISION) for question in questions]
    assert found == pytest.approx(forced, abs=1e-5)
    assert len(set(found)) == 3


def test_a_verdict_without_an_analysis_is_another_quantity(student: Any) -> None:
    model, processor, questions, adapters = student
    replies = answer_questions(model, processor, questions, max_new_tokens=128, adapters=adapters)
    direct = direct_probabilities(model, processor, questions, adapters=adapters)
    assert max(abs(p - reply.probability) for p, reply in zip(direct, replies, strict=True)) > 0.1


@pytest.mark.parametrize("batch_size", [1, 4, 7])
def test_nothing_depends_on_the_batch_or_on_whether_the_image_was_seen_before(student: Any, batch_size: int) -> None:
    model, processor, questions, adapters = student
    whole = answer_questions(model, processor, questions, max_new_tokens=128, adapters=adapters)
    seen = see(model, processor, [pixels for _, pixels in questions])
    again = [(prompt, features) for (prompt, _), features in zip(questions, seen, strict=True)]
    assert all(encoding.FEATURES in features and "pixel_values" not in features for features in seen)
    for asked in (questions, again):
        found = answer_questions(model, processor, asked, batch_size=batch_size, max_new_tokens=128, adapters=adapters)
        assert [reply.text for reply in found] == [reply.text for reply in whole]
        assert chances(found) == pytest.approx(chances(whole), abs=1e-5)
        direct = direct_probabilities(model, processor, asked, batch_size=batch_size, adapters=adapters)
        assert direct == pytest.approx(direct_probabilities(model, processor, questions, adapters=adapters), abs=1e-5)


def chances(replies: Sequence[Any]) -> list[float]:
    return [reply.probability for reply in replies]


def test_students_that_share_a_batch_answer_as_each_would_alone(student: Any) -> None:
    model, processor, questions, adapters = student
    together = answer_questions(model, processor, questions, max_new_tokens=128, adapters=adapters)
    for question, adapter, reply in zip(questions, adapters, together, strict=True):
        model.set_adapter(adapter)
        [alone] = answer_questions(model, processor, [question], max_new_tokens=128)
        assert alone.text == reply.text
        assert alone.probability == pytest.approx(reply.probability, abs=1e-5)


def test_probabilities_may_be_left_out() -> None:
    model, processor, questions = tiny("qwen2_5_vl")
    found = answer_questions(model, processor, questions, max_new_tokens=6, probabilities=False)
    both = answer_questions(model, processor, questions, max_new_tokens=6)
    assert [reply.text for reply in found] == [reply.text for reply in both]
    assert chances(found) == [None] * 3
