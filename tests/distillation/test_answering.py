from __future__ import annotations

import pytest
import torch

from coinco_core.distillation.answering import answer_questions, verdict_probabilities
from coinco_core.distillation.collator import encode_batch
from coinco_core.engines import Request
from coinco_core.engines.encoding import pixel_parts
from coinco_core.engines.local import LocalEngine, Sampling
from tiny_models import FAMILIES, noise, tiny_model

PROMPTS = ["Judge the size of the cow.", "Judge the location of the dining table.", "Judge the size of the tv."]


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_those_of_the_engine(family: str) -> None:
    model, processor = tiny_model(family)
    questions = [(prompt, pixel_parts(processor, noise(i))) for i, prompt in enumerate(PROMPTS)]
    answers = answer_questions(model, processor, questions, batch_size=2, max_new_tokens=6)
    engine = LocalEngine("tiny", model, processor, sampling=Sampling(max_new_tokens=6))
    asked = engine.answer([Request(p, noise(i), p) for i, p in enumerate(PROMPTS)])
    assert answers == [answer.text for answer in asked]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_probability_weighs_the_two_verdicts_after_the_answers_own_analysis(family: str) -> None:
    model, processor = tiny_model(family)
    analysis = "Analysis:\nSize: It is about right.\n\nSummary:\nFinal decision:"
    question = (PROMPTS[0], pixel_parts(processor, noise(0)))
    [found] = verdict_probabilities(model, processor, [question], [f"{analysis} Out-of-context"])
    nats = []
    for verdict in ("In-context", "Out-of-context"):
        batch = encode_batch(processor, [noise(0)], PROMPTS[:1], [f"{analysis} {verdict}"])
        with torch.inference_mode():
            nats.append(float(model(**batch).loss) * int((batch["labels"] != -100).sum()))
    assert found == pytest.approx(float(torch.sigmoid(torch.tensor(nats[1] - nats[0]))), abs=1e-4)


def test_the_probability_does_not_depend_on_the_batch_or_on_the_stated_verdict() -> None:
    model, processor = tiny_model("qwen2_5_vl")
    questions = [(prompt, pixel_parts(processor, noise(i))) for i, prompt in enumerate(PROMPTS)]
    first = verdict_probabilities(model, processor, questions, ["Final decision: In-context"] * 3, batch_size=3)
    second = verdict_probabilities(model, processor, questions, ["Final decision: Out-of-context"] * 3, batch_size=1)
    assert first == pytest.approx(second, abs=1e-4)
    assert all(0.0 <= p <= 1.0 for p in first)
