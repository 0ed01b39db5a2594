"""The authors' scoring rule by rule, what it costs, and where it differs from this package's."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from coinco_book.chapters import flipped_table, published_scores, published_verdict
from coinco_core.errors import InputError
from coinco_core.judgements import CRITERIA, Finding
from coinco_core.prompts.targets import student_target
from coinco_core.responses import parse_student_response

FLIPPED = student_target("location", Finding(True, "It is on the floor, and nothing is out of context."))


def test_a_right_answer_is_turned_round() -> None:
    assert parse_student_response(FLIPPED, "location").in_context is True
    assert published_verdict(FLIPPED, "location") is False


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Summary:\nSize: In-context\nFinal decision: Out-of-context", True),  # (a) before (c)
        ("Summary: so\nsize:  Out-of-context. In-context in all", False),
        ("Summary:\nSize: in-context", None),  # (a) keeps the capitals, which are no label of theirs
        ("Size: In-context\nIt is Out-of-context", False),  # (a) wants a Summary before
        ("Size Conclusion: in-context. Out-of-context", True),  # (b) before (c)
        ("Summary:\nLocation: In-context\nOut-of-context", False),  # another criterion's line
        ("FINAL DECISION: IN-CONTEXT", True),
        ("it is in context here", True),
        ("In-context" + 91 * "." , None),  # 100 characters from the end, and no more
        ("In-context" + 90 * "." , True),
        ("out of context" + 60 * "." + "In-context", False),  # out-of-context is looked for first
        ("no verdict", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_three_rules_in_their_order(text: str, verdict: bool | None) -> None:
    assert published_verdict(text, "size") is verdict


@given(st.text(max_size=300), st.sampled_from(CRITERIA))
def test_any_text_is_borne(text: str, criterion: str) -> None:
    assert published_verdict(text, criterion) in (True, False, None)


def test_what_is_no_criterion_is_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'size'"):
        published_verdict("", "sise")


def test_unknown_is_wrong_and_a_third_class() -> None:
    truth = [True] * 5 + [False] * 5
    said: list[bool | None] = [True] * 5 + [False] * 4 + [None]
    found = published_scores(truth, said)
    assert found["accuracy"] == 0.9
    assert found["precision"] == pytest.approx(2 / 3) and found["recall"] == pytest.approx((1 + 0.8 + 0) / 3)
    assert found["f1"] == pytest.approx((1 + 8 / 9 + 0) / 3)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([True, False, None])), min_size=1, max_size=20))
def test_the_scores_are_scikit_learns_without_labels(rows: list[tuple[bool, bool | None]]) -> None:
    truth, said = map(list, zip(*rows, strict=True))
    found = published_scores(truth, said)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes without samples, as it does the authors
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            [str(t) for t in truth], [str(s) for s in said], average="macro"
        )
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx((precision, recall, f1))


def test_how_many_answers_differ_by_hand() -> None:
    plain = [student_target("location", Finding(v, "It is on the floor.")) for v in (True, False)]
    both = "Location: In-context\nFinal decision: Out-of-context"  # unreadable here; the tail says out
    answers = [FLIPPED, *plain, both, "no verdict"]
    table = flipped_table({"location": [True, True, False, False, True]}, {"location": answers})
    assert table.iloc[0].to_dict() == {
        "criterion": "location", "n": 5, "right": 3, "flipped": 1, "righted": 1,
        "differ": 2, "unknown": 1, "unreadable": 2,
    }  # fmt: skip
