"""What a reason says by itself, on the published examples, the demo world's words and traps; form; the groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_core.errors import InputError
from coinco_core.evaluation import (
    coco_size_groups,
    error_table,
    evidence,
    form_table,
    reason_polarity,
    supercategory_groups,
    third_groups,
)
from coinco_core.evaluation.groups import THIRDS
from coinco_core.judgements import CRITERIA, Finding
from coinco_core.prompts.targets import student_target
from coinco_core.samples import Box, Sample
from coinco_world.compose import compose, replace_object
from coinco_world.words import describe

IN = [
    "The dog is normally placed on the floor.",  # as the published prompts' examples have it, to here
    "A dog commonly appears together with a ball.",
    "The dog looks proportionally normal in this environment.",
    "The size of this dog looks normal in this environment.",
    "It is not unusual to see a dog here.",
    "There is a ball beside it, and nothing is out of context.",
    "The bear does not look unusual or out of place.",
    "It is neither unusual nor odd.",
    "The train is not floating in mid-air; it rests on rails, which is typical.",
    "The dog does not look larger than a normal dog.",
    "The combination is plausible, although uncommon.",
    "It stands on the floor, a natural place, with nothing unusual about it.",
]
OUT = [
    "The dog inside the red bounding box is floating in mid-air without any support.",
    "It is unusual for a dog to appear together with a piano.",
    "The size of this dog looks abnormally large compared to the car.",
    "A dog isn't common in a museum.",
    "The boat does not belong here.",
    "The zebra is not in a typical location.",
    "While a cow is common in fields, it is unusual on a road.",
    "A dog is common in parks, but here it is hovering.",
    "The cat is much larger than a typical car.",
    "It is not only unusual but strange.",
    "Bears are more commonly found in forests.",
    "It is less common in a kitchen.",
    "It rests there with no visible support and looks odd.",
]
NEITHER = [
    "",
    "It is a dog.",
    "A banana larger than a chair would be odd.",
    "The size is normal. It is an unusual place.",
]


@pytest.mark.parametrize(
    ("reason", "says"),
    [*((r, True) for r in IN), *((r, False) for r in OUT), *((r, None) for r in NEITHER)],
)
def test_what_a_reason_says(reason: str, says: bool | None) -> None:
    assert reason_polarity(reason) is says
    assert reason_polarity(reason.upper()) is says


@pytest.mark.parametrize("scene", ["kitchen", "street"])
def test_every_reason_of_the_demo_world_says_its_verdict(scene: str) -> None:
    rng = np.random.default_rng(3)
    seen = set()
    for _ in range(60):
        after, index = replace_object(compose(rng, scene), rng)
        judgement = describe(after, index, rng)
        for criterion in CRITERIA:
            finding = judgement.finding(criterion)
            assert reason_polarity(finding.reason) is finding.in_context, finding.reason
            seen.add((criterion, finding.in_context))
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("reason", "phrases"),
    [
        ("It rests on the snow, an unusual place, since a donut belongs on a table.", [("unusual", False)]),
        ("It rests on the floor, but a mouse belongs on a table.", [("but a mouse belongs", False)]),
        ("It rests on grass, and a normal cow belongs on grass.", [("and a normal cow belongs", True)]),
        (
            "Although it is rare, it looks NORMAL.\n It would be odd if not.  Nothing odd.",
            [("NORMAL", True), ("odd", True)],
        ),
        ("İ is common, yet not here: strange.", [("strange", False)]),
        ("It is a dog.", []),
    ],
)
def test_the_phrases_that_carry_the_verdict(reason: str, phrases: list[tuple[str, bool]]) -> None:
    shown = " ".join(reason.split())
    assert [(shown[p.start : p.end], p.in_context) for p in evidence(reason)] == phrases


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from([*IN, *OUT, *NEITHER])).map(" and ".join)))
def test_any_text_is_borne(text: str) -> None:
    said, found = reason_polarity(text), evidence(text)
    assert said in (True, False, None)
    ends = [0, *(end for phrase in found for end in phrase[:2]), len(" ".join(text.split()))]
    assert ends == sorted(ends)
    assert said is None or {phrase.in_context for phrase in found} == {said}


def test_the_form_of_answers_by_hand() -> None:
    answers = [
        student_target("size", Finding(True, "It looks normal.")),
        student_target("size", Finding(False, "It looks normal.")),  # contradicts its reason
        student_target("size", Finding(True, "It looks just normal.")),
        student_target("size", Finding(False, "It is a dog.")),  # says nothing
        "Analysis:\nSize: it is far too",
    ]
    table = form_table("size", {"student": answers}, {"student": [False, False, False, None, True]})
    rows = table.set_index("metric")
    assert rows["value"].to_dict() == pytest.approx(
        {
            "unreadable": 0.2,
            "truncated": 1 / 4,
            "reason_told": 3 / 4,
            "contradicts_its_reason": 1 / 3,
            "words_lower_quartile": 9.0,  # of 6, 9, 9, 10 and 10 words
            "words_median": 9.0,
            "words_upper_quartile": 10.0,
        }
    )
    assert rows["n"].to_dict() == {
        "unreadable": 5, "truncated": 4, "reason_told": 4, "contradicts_its_reason": 3,
        "words_lower_quartile": 5, "words_median": 5, "words_upper_quartile": 5,
    }  # fmt: skip


def test_what_is_not_known_is_missing() -> None:
    table = form_table("size", {"a": ["Final decision: In-context"], "b": []}).set_index(["answerer", "metric"])
    assert table.loc[[("a", "truncated"), ("a", "contradicts_its_reason")], "value"].isna().all()
    assert table.loc["b", "value"].isna().all() and (table.loc["b", "n"] == 0).all()


def boxed(width: int, side: float, name: str = "dog") -> Sample:
    return Sample("s", "s.png", width, width, Box(0, 0, side, side), name, name, "test", "coco", True)


def test_errors_by_group_by_hand() -> None:
    truth, said = [True, True, False, False, True], [True, None, False, True, False]
    table = error_table(["b", "b", "a", "a", "c"], truth, said, order=["a", "x", "b"])
    assert table["group"].tolist() == ["a", "b", "c"]
    assert table["errors"].tolist() == [1, 1, 1] and table["n"].tolist() == [2, 2, 1]
    assert table["value"].tolist() == [0.5, 0.5, 1.0]
    assert (table["low"] < table["value"]).all() and (table["high"] >= table["value"]).all()
    assert list(error_table([], [], []).columns) == list(table.columns)


def test_groups_by_category_and_by_coco_s_sizes() -> None:
    samples = [boxed(640, side, name) for side, name in ((31.9, "dog"), (32, "pizza"), (95.9, "car"), (96, "person"))]
    assert supercategory_groups(samples) == ["animal", "food", "vehicle", "person"]
    assert coco_size_groups(samples) == ["small", "medium", "medium", "large"]


def test_thirds_are_by_the_share_of_the_image() -> None:
    samples = [boxed(100 * k, 10 * k * side) for k in (1, 2) for side in (1, 2, 3)]
    groups, limits = third_groups(samples)
    assert groups == [*THIRDS, *THIRDS]
    assert limits[0] < limits[1] and third_groups([boxed(10, 5)] * 4)[0] == [THIRDS[0]] * 4
    with pytest.raises(InputError, match="no samples"):
        third_groups([])
