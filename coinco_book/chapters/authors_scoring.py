"""The authors' own scoring of a student's answer, as an option: what it makes of answers that are right.

Their `extract_predicted_label` (eval_inpainted_coco/parallel_inference.py) tries three rules: (a) the criterion's
verdict behind a Summary, (b) the verdict behind '<Criterion> Conclusion:', (c) the last 100 characters, in lower case,
where out-of-context is looked for first. The form that students are trained on never meets (a) or (b), so the tail
decides, and an analysis that ends in '... nothing is out of context.' turns an in-context decision round. This
package's own scores do not use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coinco_core.errors import InputError, did_you_mean
from coinco_core.evaluation.measures import Verdicts
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, IN_CONTEXT, OUT_OF_CONTEXT
from coinco_core.responses import parse_student_response

if TYPE_CHECKING:
    import pandas as pd

TAIL = 100  # characters
_EITHER = f"({IN_CONTEXT}|{OUT_OF_CONTEXT})"
_LABELS = {IN_CONTEXT: True, OUT_OF_CONTEXT: False}


def published_verdict(text: str, criterion: str) -> bool | None:
    """The verdict that the authors' scoring reads in a student's answer; None is their 'Unknown'.

    Rule (a) keeps the verdict as it is written, so in other capitals it is neither of their two labels: None here too.
    Raises InputError for what is no criterion.
    """
    if criterion not in CRITERIA:
        raise InputError(f"'{criterion}' is not a criterion.{did_you_mean(criterion, CRITERIA)}")
    title = CRITERION_TITLES[criterion]
    summary = re.search(rf"Summary.*?{title}:\s*{_EITHER}", text, re.I | re.S)
    if summary:
        return _LABELS.get(summary[1])
    conclusion = re.search(rf"{title} Conclusion:\s*{_EITHER}", text, re.I)
    if conclusion:
        return conclusion[1].lower() == IN_CONTEXT.lower()
    tail = text[-TAIL:].lower()
    if "out-of-context" in tail or "out of context" in tail:
        return False
    return True if "in-context" in tail or "in context" in tail else None


def published_scores(truth: Sequence[bool], predicted: Verdicts) -> dict[str, float]:
    """accuracy, precision, recall and f1 as the authors' script computes them, 0..1.

    An Unknown is wrong for the accuracy and a third class for the macro averages, as scikit-learn counts every label
    that occurs where none are named; one Unknown among thousands costs a third of each.
    """
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    names = {True: IN_CONTEXT, False: OUT_OF_CONTEXT, None: "Unknown"}
    gold, said = ([names[v] for v in verdicts] for verdicts in (truth, predicted))
    precision, recall, f1, _ = precision_recall_fscore_support(gold, said, average="macro", zero_division=0)
    found = {"accuracy": accuracy_score(gold, said), "precision": precision, "recall": recall, "f1": f1}
    return {name: float(value) for name, value in found.items()}


def flipped_table(truth: Mapping[str, Sequence[bool]], answers: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """How the authors' scoring differs from `parse_student_response` on the same answers, one row per criterion.

    Columns criterion, n, right (by our reading), flipped (of those, wrong by theirs), righted (the other way round),
    differ (the verdicts do, right or wrong), unknown (theirs) and unreadable (ours).
    """
    import pandas as pd

    rows = []
    for criterion, labels in truth.items():
        ours = [parse_student_response(text, criterion).in_context for text in answers[criterion]]
        theirs = [published_verdict(text, criterion) for text in answers[criterion]]
        pairs = list(zip(labels, ours, theirs, strict=True))
        rows.append({
            "criterion": criterion,
            "n": len(pairs),
            "right": sum(a == t for t, a, _ in pairs),
            "flipped": sum(a == t and b != t for t, a, b in pairs),
            "righted": sum(a != t and b == t for t, a, b in pairs),
            "differ": sum(a != b for _, a, b in pairs),
            "unknown": theirs.count(None),
            "unreadable": ours.count(None),
        })  # fmt: skip
    return pd.DataFrame(rows)
