"""A student's answers to (prompt, picture) pairs, and how likely it holds the object to be in context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from coinco_core.engines import encoding
from coinco_core.engines.local import Sampling
from coinco_core.judgements import verdict_text

Question = tuple[str, encoding.Pixels]  # the rendered prompt, the boxed picture's arrays
DECISION = "Final decision:"
PROBABILITY_OF = (
    "the probability that the model gives to the verdict In-context against Out-of-context (all tokens of either, up "
    "to the end of the answer) after its own analysis"
)


@torch.inference_mode()
def answer_questions(
    model: Any, processor: Any, questions: Sequence[Question], *, batch_size: int = 64, max_new_tokens: int = 512
) -> list[str]:
    """The greedy answer to each question, in their order; a student cut off at the limit ends in mid-sentence."""
    config = Sampling(max_new_tokens=max_new_tokens).config(processor.tokenizer)
    answers: list[str] = []
    for part in _batches(questions, batch_size):
        rows = [encoding.prompt_ids(processor, prompt, pixels) for prompt, pixels in part]
        inputs = _inputs(model, processor, rows, part, side="left")
        output = model.generate(**inputs, generation_config=config)
        texts = processor.tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        answers += [text.strip() for text in texts]
    return answers


def verdict_probabilities(
    model: Any, processor: Any, questions: Sequence[Question], answers: Sequence[str], *, batch_size: int = 64
) -> list[float]:
    """For each answer the probability (0..1) of In-context against Out-of-context, given what the answer says before.

    See PROBABILITY_OF. An answer that never came to its decision is taken as far as it got.
    """
    before = [answer.partition(DECISION)[0] + DECISION for answer in answers]
    scores = [
        _log_likelihoods(model, processor, questions, [f"{text} {verdict_text(v)}" for text in before], batch_size)
        for v in (True, False)
    ]
    return [float(torch.sigmoid(torch.tensor(a - b, dtype=torch.float64))) for a, b in zip(*scores, strict=True)]


@torch.inference_mode()
def _log_likelihoods(
    model: Any, processor: Any, questions: Sequence[Question], answers: Sequence[str], batch_size: int
) -> list[float]:
    """The log-likelihood (nats) of each whole answer, end token included, to its question."""
    found: list[float] = []
    pairs = list(zip(questions, answers, strict=True))
    for part in _batches(pairs, batch_size):
        prompts = [encoding.prompt_ids(processor, prompt, pixels) for (prompt, pixels), _ in part]
        targets = [encoding.target_ids(processor, prompt, answer) for (prompt, _), answer in part]
        rows = [prompt + target for prompt, target in zip(prompts, targets, strict=True)]
        inputs = _inputs(model, processor, rows, [question for question, _ in part], side="right")
        scores = model(**inputs).logits[:, :-1].float().log_softmax(-1)
        scores = scores.gather(-1, inputs["input_ids"][:, 1:, None])[..., 0]
        for line, prompt, target in zip(scores, prompts, targets, strict=True):
            found.append(float(line[len(prompt) - 1 : len(prompt) + len(target) - 1].double().sum()))
    return found


def _inputs(
    model: Any, processor: Any, rows: Sequence[list[int]], questions: Sequence[Question], side: str
) -> dict[str, torch.Tensor]:
    inputs = encoding.stack(processor, rows, [pixels for _, pixels in questions], side=side)
    return {name: value.to(model.device) for name, value in inputs.items()}


def _batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
