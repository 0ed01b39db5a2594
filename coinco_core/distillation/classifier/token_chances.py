"""How likely a served student holds the object to be in context, from the log-probabilities that its server returns.

In this process the two verdicts' own tokens are compared (`decisions.fork`); a server names tokens by their text, so
here each verdict is the likeliest token that begins it. With the usual tokenizers that is the same pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

from coinco_core.distillation.decisions import DECISION
from coinco_core.judgements import verdict_text

_HEADING = DECISION.rstrip(":").lower()
Tokens = Sequence[Mapping[str, Any]]  # entries of OpenAI's `logprobs.content`: token, top_logprobs


def stated_chance(tokens: Tokens) -> float | None:
    """The probability (0..1) of In-context against Out-of-context where an answer states its verdict.

    That is the first token with a letter after the answer's last "Final decision". None where nothing follows, where
    another word does, or where the server did not return both verdicts among the likeliest tokens.
    """
    texts = [str(entry["token"]) for entry in tokens]
    start = "".join(texts).lower().rfind(_HEADING)
    if start < 0:
        return None
    end, at = start + len(_HEADING), 0
    for entry, text in zip(tokens, texts, strict=True):
        at += len(text)
        if at > end and any(sign.isalnum() for sign in text[max(0, len(text) - (at - end)) :]):
            return _chance(entry)
    return None


def next_chance(tokens: Tokens) -> float | None:
    """The same for an answer of which "Final decision:" is already given: at its first token with a letter."""
    for entry in tokens:
        if any(sign.isalnum() for sign in str(entry["token"])):
            return _chance(entry)
    return None


def undecided(text: str) -> str:
    """An answer up to its last decision, if it has one, followed by "Final decision:", as a server is to go on from it.

    See `decisions.asked_to_decide`, which does so in tokens.
    """
    heading = text.lower().rfind(_HEADING)
    kept = text if heading < 0 else text[:heading]
    return f"{kept}{'' if kept[-1:].isspace() or not kept else chr(10)}{DECISION}"


def largest_change(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """How far two predictions of the next token are apart, in nats: the largest difference of a log-probability.

    A token that only one of them lists counts as at most as likely as the last one that the other lists.
    """
    first, second = ({str(e["token"]): float(e["logprob"]) for e in entry["top_logprobs"]} for entry in (one, other))
    least = min(first.values()), min(second.values())
    return max(abs(first.get(t, min(least[0], second.get(t, 0.0))) - second.get(t, min(least[1], first.get(t, 0.0))))
               for t in first.keys() | second.keys())  # fmt: skip


def _chance(entry: Mapping[str, Any]) -> float | None:
    """A softmax over the likeliest beginning of either verdict."""
    best: dict[bool, float] = {}
    for top in (*entry["top_logprobs"], entry):
        word = str(top["token"]).strip().lower()
        for verdict in (True, False):
            if word and verdict_text(verdict).lower().startswith(word):
                best[verdict] = max(best.get(verdict, -float("inf")), float(top["logprob"]))
    return 1 / (1 + exp(best[False] - best[True])) if len(best) == 2 else None
