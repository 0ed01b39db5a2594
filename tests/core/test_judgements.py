"""The any-one-violation rule of section 3.2, and what a judgement says about itself."""

from __future__ import annotations

from itertools import product

import pytest

from coinco_core.judgements import CRITERIA, CRITERION_TITLES, Finding, Judgement, any_violation_rule, verdict_text

VERDICTS = (True, False, None)


def judgement(location: bool | None, co_occurrence: bool | None, size: bool | None, stated: bool | None) -> Judgement:
    return Judgement(Finding(location), Finding(co_occurrence), Finding(size), stated)


def test_criteria_are_the_papers_three_in_its_order() -> None:
    assert CRITERIA == ("location", "co_occurrence", "size")
    assert [CRITERION_TITLES[c] for c in CRITERIA] == ["Location", "Co-occurrence", "Size"]
    assert (verdict_text(True), verdict_text(False)) == ("In-context", "Out-of-context")


@pytest.mark.parametrize("verdicts", list(product(VERDICTS, repeat=3)))
def test_one_violation_decides_and_an_unknown_without_one_does_not(verdicts: tuple[bool | None, ...]) -> None:
    rule = any_violation_rule(verdicts)
    if any(v is False for v in verdicts):
        assert rule is False
    elif all(v is True for v in verdicts):
        assert rule is True
    else:
        assert rule is None
    assert judgement(*verdicts, stated=None).by_rule is rule


@pytest.mark.parametrize(
    ("verdicts", "stated", "consistent"),
    [
        ((True, True, True), True, True),
        ((True, True, True), False, False),
        ((True, False, True), True, False),
        ((None, False, True), False, True),
        ((None, True, True), True, None),
        ((True, True, True), None, None),
    ],
)
def test_consistency_compares_the_statement_with_the_rule(
    verdicts: tuple[bool | None, bool | None, bool | None], stated: bool | None, consistent: bool | None
) -> None:
    assert judgement(*verdicts, stated=stated).consistent is consistent


def test_findings_are_reached_by_name() -> None:
    found = Judgement(Finding(True, "on grass"), Finding(False, "no"), Finding(None), False)
    assert found.finding("location") == Finding(True, "on grass")
    assert [found.finding(c).in_context for c in CRITERIA] == [True, False, None]
