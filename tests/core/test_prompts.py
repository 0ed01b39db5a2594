"""The prompts: which rules they state, what they refuse, and the answers they ask for."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.categories import NAMES
from coinco_core.errors import InputError
from coinco_core.images import Box
from coinco_core.judgements import CRITERIA, CRITERION_TITLES, Finding, Judgement
from coinco_core.prompts import Prompt, answer_form, student_prompt, student_target, teacher_answer, teacher_prompt

FULL = [teacher_prompt(), *(student_prompt(c) for c in CRITERIA)]
COMPACT = [teacher_prompt("compact"), *(student_prompt(c, "compact") for c in CRITERIA)]
JUDGEMENT = Judgement(Finding(False, "It floats."), Finding(True, "Usual."), Finding(True, "As it\nshould be."), False)


def ids(prompt: Prompt) -> str:
    return prompt.name


@pytest.mark.parametrize("prompt", FULL, ids=ids)
def test_every_full_prompt_states_the_common_rules(prompt: Prompt) -> None:
    text = prompt.render("cow")
    wanted = [
        "red box",
        "really there",
        '"unusual", not "impossible"',
        "Keep to the name",
        "how real it looks",
        "Final decision:",
    ]
    assert [words for words in wanted if words not in text] == []
    assert text.endswith("Your answer is:")
    assert "{object}" not in text and text.count("cow") >= 5


def test_the_teacher_goes_through_all_criteria_in_order_and_one_violation_is_enough() -> None:
    text = teacher_prompt().template
    places = [text.index(f"{i}. {CRITERION_TITLES[c]}:") for i, c in enumerate(CRITERIA, 1)]
    assert places == sorted(places)
    assert "One violated criterion is enough" in text and "Judge each criterion by itself" in text


def test_the_teachers_examples_are_what_the_parser_and_the_rule_accept() -> None:
    from coinco_core.responses import parse_response

    first, second = teacher_prompt().render("cow").split("Analysis:\n")[1:]
    bad, good = parse_response("Analysis:\n" + first.split("\n\nOr like")[0]), parse_response("Analysis:\n" + second)
    assert [bad.finding(c).in_context for c in CRITERIA] == [False, False, True] and bad.in_context is False
    assert [good.finding(c).in_context for c in CRITERIA] == [True, True, True] and good.in_context is True
    assert bad.consistent and good.consistent


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_students_prompt_knows_its_criterion_alone(criterion: str) -> None:
    text = student_prompt(criterion).template
    assert [c for c in CRITERIA if f"{CRITERION_TITLES[c]}:" in text] == [criterion]
    assert "One violated criterion" not in text
    assert ("full-sized truck" in text) == (criterion == "size")


def test_the_compact_prompts_are_those_the_demo_models_know() -> None:
    assert [prompt.render("hot dog") for prompt in COMPACT] == [
        "Judge the hot dog.",
        "Judge the location of the hot dog.",
        "Judge the co-occurrence of the hot dog.",
        "Judge the size of the hot dog.",
    ]


def test_the_placed_prompts_say_where_the_box_is() -> None:
    place = Box(64, 100, 32, 60).place(256, 200)
    assert place == "25 80 12 30"
    assert student_prompt("size", "placed").render("cow", place) == "Judge the size of the cow at 25 80 12 30."
    assert teacher_prompt("placed").render("cow", place) == "Judge the cow at 25 80 12 30."
    with pytest.raises(InputError, match="where the box is"):
        teacher_prompt("placed").render("cow")


def test_names_and_digests_tell_the_prompts_apart() -> None:
    prompts = FULL + COMPACT
    assert len({p.digest for p in prompts}) == len({p.name for p in prompts}) == 8
    assert all(p.digest == sha256(p.template.encode()).hexdigest() for p in prompts)
    assert [p.criterion for p in FULL] == [None, *CRITERIA]


def test_no_article_is_wrong_for_any_name() -> None:
    for name in ("apple", "skis", "orange"):
        assert f" a {name}" not in teacher_prompt().render(name)


@pytest.mark.parametrize("name", [NAMES[0], NAMES[-1], "Cow", "hot_dog"])
def test_rendering_writes_the_categorys_own_name(name: str) -> None:
    assert name.lower().replace("_", " ") in teacher_prompt("compact").render(name)


def test_bad_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'cow'"):
        teacher_prompt().render("cowe")
    with pytest.raises(InputError, match="Did you mean 'location'"):
        student_prompt("locaton")
    with pytest.raises(InputError, match="Did you mean 'compact'"):
        teacher_prompt("compct")
    with pytest.raises(InputError, match="reasoning"):
        student_target("size", Finding(True), "reason")
    with pytest.raises(InputError, match="put it where"):
        Prompt("mine", None, "Judge it.")


def test_the_answer_has_the_format_that_the_prompt_shows() -> None:
    assert teacher_answer(JUDGEMENT) == (
        "Analysis:\nLocation: It floats.\nCo-occurrence: Usual.\nSize: As it should be.\n\n"
        "Summary:\nLocation: Out-of-context\nCo-occurrence: In-context\nSize: In-context\n"
        "Final decision: Out-of-context."
    )


def test_the_students_target_has_the_published_layout() -> None:
    """An empty Summary and no full stop, as in section 5.1."""
    target = student_target("co_occurrence", Finding(True, "Usual."))
    assert target == "Analysis:\nCo-occurrence: Usual.\n\nSummary:\nFinal decision: In-context"
    assert student_target("co_occurrence", Finding(True, "Usual."), "verdict") == "Final decision: In-context"


def test_a_missing_verdict_is_never_written_out() -> None:
    with pytest.raises(InputError, match="leave this sample out"):
        student_target("size", Finding(None, "?"))
    with pytest.raises(InputError, match="leave this sample out"):
        teacher_answer(Judgement(Finding(None), Finding(True), Finding(True), True))


FORMAT = {"analysis:", "summary:", "location:", "co-occurrence:", "size:", "final", "decision:"}
FORMAT |= {"in-context", "out-of-context", "in-context.", "out-of-context."}  # what both must spell alike


def prose(texts: list[str]) -> list[str]:
    return [word for text in texts for word in text.lower().split() if word not in FORMAT]


def test_the_wording_is_not_the_published_one(shared: Path) -> None:
    """The project ships its own words: no eight words in a row are those of the published prompts."""
    published = shared / "published_prompts"
    if not published.is_dir():
        pytest.skip("the published prompts are not in the shared folder")
    theirs = " ".join(prose([path.read_text() for path in published.glob("*.txt")]))
    own = prose([prompt.template for prompt in FULL])
    runs = {" ".join(own[i : i + 8]) for i in range(len(own) - 7)}
    assert {run for run in runs if run in theirs} == set()


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), st.booleans())
def test_the_form_of_an_answer_is_that_of_the_answers_that_are_learned(reason: str, verdict: bool) -> None:
    finding = Finding(verdict, reason)
    assert re.fullmatch(answer_form("size"), student_target("size", finding))
    judgement = Judgement(finding, finding, finding, verdict)
    assert re.fullmatch(answer_form(), teacher_answer(judgement))


def test_another_form_is_not() -> None:
    said = teacher_answer(JUDGEMENT)
    for other in (said.replace("Size:", "Scale:"), said.replace("In-context", "in context"), said + " Indeed"):
        assert not re.fullmatch(answer_form(), other)
