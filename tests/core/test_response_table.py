"""Many answers in one table: the same as one by one, at a glance or with care, in one process or two."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from coinco_core.judgements import CRITERIA, Finding, Judgement
from coinco_core.prompts import teacher_answer
from coinco_core.responses import RULES, read_response, response_table, rule_counts
from coinco_core.responses.teacher import said_at_a_glance, said_with_care

TEXTS = [entry["text"] for entry in yaml.safe_load((Path(__file__).parent / "answers.yaml").read_text()).values()]
LAYOUT = (
    "{m}Analysis{c}\n{m}Location{c} {0}\n{m}Co-occurrence{c} {1}\n{m}Size{c} {2}\n\n"
    "{m}Summary{c}\n{m}Location{c} {3}\n{m}Co-occurrence{c} {4}\n{m}Size{c} {5}\n{m}Final decision{c} {6}."
)
GOOD = LAYOUT.format(*"abc", "Out-of-context", "In-context", "in context", "Out-Of-Context", m="", c=":")

ODD = ["Location:", "Final decision:", "In-context", "out of context", "**", "*", "- ", "a", "b c", " ", "  ", "not "]
ODD += ["\t", "\r", "\x0b", "\x1c", "\x85", "\xa0", "\u2028", "\u200b", "é", "：", "{", '"', "<br>", "<think>", "\\"]
CHANGES = st.sampled_from([*ODD, "\n", "\n\n", "\n---\n", "\n• \n", "> ", "• ", "#", "2) ", ""])
REASONS = st.one_of(st.just("a word, in-context"), st.lists(st.sampled_from(ODD), max_size=8).map("".join))
VERDICTS = st.sampled_from(["In-context", "Out-of-context", "in context", "**Out-Of-Context**", "IN-CONTEXT."])
MARKS = st.sampled_from(
    [("", ":"), ("**", ":**"), ("**", "**:"), ("- ", ":"), ("* ", ":"), ("• ", ":"), ("> ", ":"), ("1. **", ":**")]
)


@st.composite
def answers(draw: st.DrawFn) -> str:
    """An answer near the form that is asked for: odd reasons, marked headings, a few changes anywhere."""
    mark, colon = draw(MARKS)
    text = LAYOUT.format(*[draw(REASONS) for _ in range(3)], *[draw(VERDICTS) for _ in range(4)], m=mark, c=colon)
    for change in draw(st.lists(CHANGES, max_size=3)):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + change + text[at + draw(st.integers(0, 2)) :]
    return draw(st.sampled_from([text, text.replace("\n", "\r\n"), text.upper(), text.lower()]))


@settings(max_examples=1500)
@given(answers())
def test_at_a_glance_and_with_care_come_to_the_same(text: str) -> None:
    glance = said_at_a_glance(text)
    assert glance in (None, said_with_care(text))


@given(st.lists(st.text(max_size=60), min_size=3, max_size=3), st.lists(st.booleans(), min_size=4, max_size=4))
def test_the_same_for_whatever_reasons(reasons: list[str], verdicts: list[bool]) -> None:
    text = teacher_answer(Judgement(*map(Finding, verdicts, reasons), verdicts[-1]))
    assert said_at_a_glance(text) in (None, said_with_care(text))


@pytest.mark.parametrize("text", TEXTS)
def test_the_same_for_the_corpus(text: str) -> None:
    assert said_at_a_glance(text) in (None, said_with_care(text))


@pytest.mark.parametrize("text", [
    GOOD,
    GOOD.replace("\n", "\r\n"),
    GOOD.replace("\n", "\n\n") + "\n",
    GOOD.removesuffix("."),
    GOOD.upper(),
    GOOD.replace("Location: a", "Location: a cow, in-context, at 10:30 – “where else?”"),
    LAYOUT.format(*"abc", *["In-context"] * 4, m="**", c=":**"),
    LAYOUT.format(*"abc", *["**Out-of-context**"] * 4, m="- **", c="**:"),
    LAYOUT.format(*"abc", *["in context"] * 4, m="### 1. ", c=":"),
    LAYOUT.format(*"abc", *["In-context"] * 4, m="• ", c=":"),
])  # fmt: skip
def test_usual_answers_are_read_at_a_glance(text: str) -> None:
    assert said_at_a_glance(text) == said_with_care(text)


@pytest.mark.parametrize("reasons", [True, False])
def test_the_table_says_what_each_reading_says(reasons: bool) -> None:
    table = response_table([*TEXTS, None, float("nan")], reasons=reasons)
    own = [f"{criterion}_reason" for criterion in CRITERIA] if reasons else []
    assert list(table) == [*CRITERIA, "in_context", *own, "problems", "contradictions", "rule"]
    for row, text in zip(table.itertuples(), [*TEXTS, "", ""], strict=True):
        reading = read_response(text)
        judgement = reading.judgement
        assert [None if pd.isna(v) else v for v in row[1:5]] == [
            *(judgement.finding(criterion).in_context for criterion in CRITERIA),
            judgement.in_context,
        ]
        assert row.problems == "; ".join(judgement.problems)
        assert row.contradictions == "; ".join(reading.contradictions)
        assert row.rule == reading.rule
        assert [getattr(row, name) for name in own] == [judgement.finding(c).reason for c in CRITERIA[: len(own)]]


def test_more_answers_than_are_read_at_once_come_to_the_same() -> None:
    texts = [*TEXTS, GOOD]
    once = response_table(texts)
    pd.testing.assert_frame_equal(response_table(iter(texts * 90)), pd.concat([once] * 90, ignore_index=True))


def test_answers_are_counted_by_rule() -> None:
    counts = rule_counts(response_table([GOOD, GOOD, "", "Final decision: In-context"]))
    assert list(counts.index) == list(RULES)
    assert counts.to_dict() == dict.fromkeys(RULES, 0) | {"summary": 2, "none": 1, "partial": 1}


def test_no_answers_make_an_empty_table() -> None:
    table = response_table([])
    assert len(table) == 0
    assert [str(table[name].dtype) for name in (*CRITERIA, "in_context")] == ["boolean"] * 4
    assert rule_counts(table).sum() == 0


def test_importing_the_parser_is_light() -> None:
    code = "import sys, coinco_core.responses; print({'pandas', 'numpy', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
