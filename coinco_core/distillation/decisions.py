"""Where a student's answer states its verdict, in tokens: what a probability is read from (section 5.1).

"In-context" and "Out-of-context" part at one token after "Final decision:". Which one that is depends on the model's
tokenizer, and is found by writing both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

from coinco_core.engines import encoding
from coinco_core.errors import CheckError
from coinco_core.judgements import verdict_text

DECISION = "Final decision:"
PROBABILITY_OF = (
    "the probability of the verdict In-context against Out-of-context after the model's own analysis: a softmax over "
    "the first token in which the two differ, at the place of the answer's last 'Final decision:'; an answer with no "
    "verdict there is taken as far as it came before it, and asked for its final decision"
)
DIRECT_PROBABILITY_OF = (
    "the probability of the verdict In-context against Out-of-context without any analysis: a softmax over the first "
    "token in which the two differ, where 'Final decision:' follows the prompt at once; this is another quantity than "
    "the probability after an analysis"
)


class Fork(NamedTuple):
    """The token ids up to where the two verdicts diverge, and the next id of In-context and of Out-of-context there."""

    ids: list[int]
    tokens: tuple[int, int]


def fork(tokenizer: Any, before: str = "\n") -> Fork:
    """Where the two verdicts diverge after `before` and "Final decision:", in token ids.

    Raises CheckError when the tokenizer encodes both verdicts alike.
    """
    written = [f"{before}{DECISION} {verdict_text(verdict)}" for verdict in (True, False)]
    yes, no = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in written)
    for place, pair in enumerate(zip(yes, no, strict=False)):
        if pair[0] != pair[1]:
            return Fork(yes[:place], pair)
    raise CheckError("The model's tokenizer writes both verdicts alike, so no token tells which one it gives.")


def asked_to_decide(processor: Any, prompt: str, answer: list[int]) -> Fork:
    """An answer (token ids) up to its last decision, if it has one, followed by "Final decision:"; ids and next tokens.

    An empty answer gives "Final decision:" as it follows the prompt. Special tokens are left out, as in the answer's
    text: a placeholder there would have no image.
    """
    special = set(processor.tokenizer.all_special_ids)
    written = [token for token in answer if token not in special]
    heading = _last_heading(processor.tokenizer, written)
    kept = written if heading is None else written[: heading[0]]
    so_far = processor.tokenizer.decode(kept) if kept else encoding.prompt_text(processor, prompt)
    gap = "\n" if kept else " "  # as a training target follows a prompt that does not end in white space
    after = fork(processor.tokenizer, "" if so_far[-1:].isspace() else gap)
    return Fork(kept + after.ids, after.tokens)


def verdict_place(tokenizer: Any, answer: list[int], tokens: tuple[int, int]) -> int | None:
    """The position in `answer` (token ids, from 0) of one of two tokens after its last "Final decision".

    Only punctuation may stand between. None where there is no such position: the answer was cut off before it, or has
    another word there.
    """
    heading = _last_heading(tokenizer, answer)
    start = len(answer) if heading is None else heading[1]
    for place in range(start, len(answer)):
        if answer[place] in tokens:
            return place
        if any(sign.isalnum() for sign in tokenizer.decode(answer[start : place + 1])):
            break
    return None


def _last_heading(tokenizer: Any, ids: list[int]) -> tuple[int, int] | None:
    """From which token up to which (exclusive) the last "Final decision" is written; None where there is none."""
    heading = DECISION.rstrip(":").lower()
    start = tokenizer.decode(ids).lower().rfind(heading)
    if start < 0:
        return None

    def characters(n: int) -> int:
        return len(tokenizer.decode(ids[:n]))

    counts = range(len(ids) + 1)
    return bisect_right(counts, start, key=characters) - 1, bisect_left(counts, start + len(heading), key=characters)
