"""Answerers beside each other on the same samples: before and after, trivial baselines, and the shortcut check.

Accuracy alone says little where one class is common: always answering out-of-context would score 76.85 % on COinCO's
test set. So the baselines stand in every table, and unmodified scenes (section 5.1), on which a model that always says
in-context would be right, are read together with altered ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from coinco_core.evaluation.scores import Verdicts, scores, share

if TYPE_CHECKING:
    import pandas as pd

BASELINES = {"always in-context": True, "always out-of-context": False}


def mcnemar(truth: Sequence[bool], before: Verdicts, after: Verdicts) -> dict[str, float | int]:
    """The exact McNemar test of two answerers on the same samples: `gained`, `lost`, `p_value` (two-sided), `n`.

    `gained` were wrong before and right after. An unreadable answer is a wrong one here: it is what was answered.
    """
    from scipy.stats import binomtest

    pairs = list(zip(truth, before, after, strict=True))
    gained = sum(b != t and a == t for t, b, a in pairs)
    lost = sum(b == t and a != t for t, b, a in pairs)
    p = float(binomtest(gained, gained + lost, 0.5).pvalue) if gained + lost else 1.0
    return {"gained": int(gained), "lost": int(lost), "p_value": p, "n": len(pairs)}


def score_table(
    truth: Sequence[bool],
    answerers: Mapping[str, Verdicts],
    probabilities: Mapping[str, Sequence[float]] | None = None,
    *,
    baselines: bool = True,
    seed: int = 0,
) -> pd.DataFrame:
    """A tidy table: one row per answerer and score, with the columns answerer, metric, value, low, high, n.

    `answerers` are named verdicts over the same samples, such as before and after distillation; the two trivial
    answerers follow unless `baselines` is False. Shares are 0..1; undefined values are missing.
    """
    import pandas as pd

    named: dict[str, Verdicts] = dict(answerers)
    if baselines:
        named |= {name: [verdict] * len(truth) for name, verdict in BASELINES.items()}
    known = probabilities or {}
    rows = [
        {"answerer": name, **asdict(score)}
        for name, verdicts in named.items()
        for score in scores(truth, verdicts, known.get(name), seed)
    ]
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})


def shortcut_table(
    altered: tuple[Sequence[bool], Mapping[str, Verdicts]], unmodified: Mapping[str, Verdicts]
) -> pd.DataFrame:
    """Whether an answerer judges or merely leans: a row per answerer and metric, columns as in `score_table`.

    `altered` is the truth and each answerer's verdicts on altered scenes, `unmodified` the verdicts on scenes nobody
    changed, where everything is in context. `recall_unmodified` is worth something only with `specificity_altered`
    beside it; `gap` is how much more often the answerer says in-context of unmodified scenes than of altered ones. An
    unreadable answer says neither: it is wrong.
    """
    import pandas as pd

    truth, verdicts = altered
    rows = []
    for name, on_altered in verdicts.items():
        plain, out = unmodified[name], [v for t, v in zip(truth, on_altered, strict=True) if not t]
        recall = share("recall_unmodified", sum(v is True for v in plain), len(plain))
        unread = share("unreadable_unmodified", sum(v is None for v in plain), len(plain))
        specific = share("specificity_altered", sum(v is False for v in out), len(out))
        says = share("says_in_context", sum(v is True for v in on_altered), len(on_altered))
        gap = recall.value - says.value if recall.value is not None and says.value is not None else None
        rows += [
            {"answerer": name, **asdict(recall)},
            {"answerer": name, **asdict(specific)},
            {"answerer": name, "metric": "gap", "value": gap, "low": None, "high": None, "n": recall.n + says.n},
            {"answerer": name, **asdict(unread)},
        ]
    return pd.DataFrame(rows).astype({"value": float, "low": float, "high": float})
