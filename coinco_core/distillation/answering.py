"""A student's answers to (prompt, image) pairs, and how likely it holds the object to be in context.

The probability is that of the verdict's own token where the answer states it, noted while the answer is written, so
that it costs nothing. Decoding is greedy throughout, and the logits are the model's own, untouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList, RepetitionPenaltyLogitsProcessor

from coinco_core.distillation.decisions import Fork, asked_to_decide, fork, verdict_place
from coinco_core.engines import encoding
from coinco_core.engines.base import ANSWER_TOKENS
from coinco_core.engines.decoding import Sampling
from coinco_core.engines.memory import MOST_ROWS, halving, rows_at_once
from coinco_core.engines.vision import bare
from coinco_core.prompts import Prompt
from coinco_core.responses import parse_student_response
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas as pd

Question = tuple[str, encoding.Pixels]  # the rendered prompt, the boxed image's arrays
Asked = tuple[Question, str | None]  # with the adapter that answers it, where a model carries several
Names = dict[str, list[str]]  # the adapters of a batch as peft takes them; empty for a model as it is


@dataclass(frozen=True)
class _Settings:
    """How a batch is answered."""

    max_new_tokens: int
    penalty: float
    probabilities: bool


@dataclass(frozen=True)
class Reply:
    """An answer: its text; the probability of in-context (0..1, see decisions.PROBABILITY_OF; None when not requested);
    its length in tokens, the end token included; and whether it ended by itself rather than at the limit."""

    text: str
    probability: float | None
    tokens: int
    finished: bool


@torch.inference_mode()
def answer_questions(
    model: Any,
    processor: Any,
    questions: Sequence[Question],
    *,
    batch_size: int | None = None,
    max_new_tokens: int = ANSWER_TOKENS,
    repetition_penalty: float = 1.0,
    adapters: Sequence[str] | None = None,
    probabilities: bool = True,
) -> list[Reply]:
    """The greedy answer to each question, in their order; an answer cut off at the limit ends in mid-sentence.

    A question is a rendered prompt and the boxed image's `Pixels`. As many are answered at once as the GPU has memory
    for (64 without one), or `batch_size`; too many are halved. `adapters` names for each question the one that answers
    it, where the model carries several (a PeftModel in evaluation mode): they share a batch. A `repetition_penalty`
    other than 1 changes what is written, never a probability. An answer without a verdict in its place costs another
    forward pass, unless `probabilities` is False. Raises CheckError when the tokenizer encodes both verdicts alike.
    """
    settings = _Settings(max_new_tokens, repetition_penalty, probabilities)
    size = batch_size or _rows_at_once(model, processor, questions, max_new_tokens)
    replies: list[Reply] = []
    for part in _parts(questions, adapters, size):
        replies += halving(partial(_answer_part, model, processor, settings), part)
    return replies


def _answer_part(model: Any, processor: Any, settings: _Settings, part: Sequence[Asked]) -> list[Reply]:
    """The reply to each question of one batch."""
    questions, names = _apart(part)
    config = Sampling(max_new_tokens=settings.max_new_tokens).config(processor.tokenizer)
    end = processor.tokenizer.eos_token_id
    inputs = _inputs(model, processor, [encoding.prompt_ids(processor, *question) for question in questions], questions)
    watch = _Watch(fork(processor.tokenizer).tokens if settings.probabilities else ())
    output = model.generate(
        **inputs, **names, generation_config=config, logits_processor=_processors(watch, settings.penalty)
    )
    written = output[:, inputs["input_ids"].shape[1] :].tolist()
    answers = [ids[: ids.index(end)] if end in ids else ids for ids in written]
    chances: Sequence[float | None] = [None] * len(part)
    if settings.probabilities:
        chances = _chances(model, processor, questions, names, answers, watch.noted())
    texts = [processor.tokenizer.decode(answer, skip_special_tokens=True).strip() for answer in answers]
    ends = [end in ids for ids in written]
    return [Reply(t, c, len(a) + e, e) for t, c, a, e in zip(texts, chances, answers, ends, strict=True)]


def student_answers(
    model: Any,
    processor: Any,
    samples: Sequence[Sample],
    pixels: Mapping[str, encoding.Pixels],
    prompt: Prompt,
    limit: int = ANSWER_TOKENS,
    repetition_penalty: float = 1.0,
) -> pd.DataFrame:
    """A model's answers to a student's prompt, one row per sample, each of at most `limit` tokens.

    `pixels` holds the boxed image of each sample by sample_id. Columns sample_id, text, in_context (boolean, missing
    where it cannot be read), reason, probability (of in-context, 0..1) and finished (bool).
    """
    import pandas as pd

    questions = [(prompt.render(s.object, s.place), pixels[s.sample_id]) for s in samples]
    replies = answer_questions(model, processor, questions, max_new_tokens=limit, repetition_penalty=repetition_penalty)
    found = [parse_student_response(reply.text, str(prompt.criterion)) for reply in replies]
    columns = {
        "sample_id": [s.sample_id for s in samples],
        "text": [reply.text for reply in replies],
        "in_context": pd.array([finding.in_context for finding in found], dtype="boolean"),
        "reason": [finding.reason for finding in found],
        "probability": [reply.probability for reply in replies],
        "finished": [reply.finished for reply in replies],
    }
    return pd.DataFrame(columns)


@torch.inference_mode()
def direct_probabilities(
    model: Any,
    processor: Any,
    questions: Sequence[Question],
    *,
    batch_size: int | None = None,
    adapters: Sequence[str] | None = None,
) -> list[float]:
    """For each question the probability of in-context (0..1) when the verdict is requested directly, unreasoned.

    See decisions.DIRECT_PROBABILITY_OF: the prompt is followed by the tokens of "Final decision:" (and of the space
    after it, where that is a token of its own), and the next token is compared. No answer is generated.
    """

    def weigh_part(part: Sequence[Asked]) -> list[float]:
        own, names = _apart(part)
        return _weigh(model, processor, own, names, [asked_to_decide(processor, prompt, []) for prompt, _ in own])

    found: list[float] = []
    for part in _parts(questions, adapters, batch_size or _rows_at_once(model, processor, questions, 1)):
        found += halving(weigh_part, part)
    return found


@torch.inference_mode()
def next_logits(
    model: Any, processor: Any, rows: Sequence[list[int]], questions: Sequence[Question], names: Names | None = None
) -> torch.Tensor:
    """The logits of the token after each row of token ids, (rows, vocabulary) float32, on the model's device.

    Each row begins with its own question's prompt. One forward pass, padded on the left, so that the last position of
    the batch is that of every row.
    """
    inputs = _inputs(model, processor, rows, questions)
    output = model(**inputs, **(names or {}), logits_to_keep=1, use_cache=False)
    logits: torch.Tensor = output.logits[:, -1].float()
    return logits


class _Watch(LogitsProcessor):  # type: ignore[misc]
    """Notes some columns of the logits at every step of generation and changes nothing."""

    def __init__(self, columns: Sequence[int]) -> None:
        self._columns = list(columns)
        self._steps: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self._steps.append(scores[:, self._columns])
        return scores

    def noted(self) -> torch.Tensor:
        """The columns at every step, on the CPU: (rows, steps, columns)."""
        return torch.stack(self._steps, dim=1).cpu()


def _processors(watch: _Watch, penalty: float) -> LogitsProcessorList:
    """The watch first, so that it sees the model's own logits; then the penalty on what has been said already."""
    penalties = [RepetitionPenaltyLogitsProcessor(penalty)] if penalty != 1 else []
    return LogitsProcessorList([watch, *penalties])


def _chances(
    model: Any,
    processor: Any,
    questions: Sequence[Question],
    names: Names,
    answers: Sequence[list[int]],
    noted: torch.Tensor,
) -> list[float]:
    """The probability of in-context for each answer: as noted, or by one more pass for those without a verdict."""
    tokens = fork(processor.tokenizer).tokens
    places = [verdict_place(processor.tokenizer, answer, tokens) for answer in answers]
    without = [row for row, place in enumerate(places) if place is None]
    part, own = [questions[row] for row in without], {key: [n[row] for row in without] for key, n in names.items()}
    forks = [asked_to_decide(processor, questions[row][0], answers[row]) for row in without]
    asked = iter(_weigh(model, processor, part, own, forks) if without else [])
    return [next(asked) if place is None else _share(noted[row, place]) for row, place in enumerate(places)]


def _weigh(
    model: Any, processor: Any, questions: Sequence[Question], names: Names, forks: Sequence[Fork]
) -> list[float]:
    """The probability of in-context for each question whose answer has come to its fork."""
    rows = [encoding.prompt_ids(processor, *q) + f.ids for q, f in zip(questions, forks, strict=True)]
    logits = next_logits(model, processor, rows, questions, names).cpu()
    return [_share(line[list(f.tokens)]) for line, f in zip(logits, forks, strict=True)]


def _share(pair: torch.Tensor) -> float:
    """The softmax's share of the first of two logits."""
    return float(pair.double().softmax(-1)[0])


def _inputs(model: Any, processor: Any, rows: Sequence[list[int]], questions: Sequence[Question]) -> dict[str, Any]:
    inputs = encoding.stack(processor, rows, [pixels for _, pixels in questions], side="left")
    if "pixel_values" in inputs:
        inputs["pixel_values"] = inputs["pixel_values"].to(model.dtype)
    on_device: dict[str, Any] = encoding.to_device(inputs, model.device)
    return on_device


def _parts(questions: Sequence[Question], adapters: Sequence[str] | None, size: int) -> Iterator[Sequence[Asked]]:
    """The questions in batches, each with the name of its adapter."""
    names: Sequence[str | None] = adapters or [None] * len(questions)
    asked = list(zip(questions, names, strict=True))
    return (asked[start : start + size] for start in range(0, len(asked), size))


def _apart(part: Sequence[Asked]) -> tuple[list[Question], Names]:
    """The questions of a batch, and the names of its adapters as peft takes them."""
    names = [name for _, name in part if name is not None]
    return [question for question, _ in part], {"adapter_names": names} if names else {}


def _rows_at_once(model: Any, processor: Any, questions: Sequence[Question], new_tokens: int) -> int:
    """How many questions are answered at once, by the longest of the first ones and the memory that is free."""
    if model.device.type != "cuda":
        return MOST_ROWS
    longest = max((len(encoding.prompt_ids(processor, *question)) for question in questions[:MOST_ROWS]), default=1)
    return rows_at_once(bare(model), longest, new_tokens)
