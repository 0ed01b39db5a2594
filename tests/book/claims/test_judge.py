"""The rules that turn a run's number into a status: each as a line of a table, and demo numbers whatever they are."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinco_book.claims.claim import Claim
from coinco_book.claims.judge import judge, judge_values
from coinco_book.claims.status import ClaimAnswer, ClaimVerdict, Status


def record(profile: str, numbers: str = "results") -> dict[str, Any]:
    """A run.json as the runner writes it, as far as the judge looks at it."""
    parameters = {"seed": 0, "profile": profile, "criterion": "size"}
    return {"numbers": numbers, "made_by": {"profile": profile}, "depends_on": {"students.ipynb": "digest"},
            "parameters": parameters, "fixed": {"criterion": "size"}}  # fmt: skip


DEMO, RELEASED, PAPER = map(record, ("demo", "released", "paper"))
ESTIMATE, CALCULATION = record("paper", "estimates"), record("demo", "calculations")
HELD_AGAINST = {Status.REPRODUCED, Status.WITHIN_NOISE, Status.DIFFERS}


def claim(**changes: Any) -> Claim:
    """A claim of 50 %, within 2 points, that released data can answer."""
    facts: dict[str, Any] = {
        "id": "c", "group": "g", "text": "t", "place": "p", "known_from": "k", "kind": "absolute", "value": 50.0,
        "unit": "%", "tolerance": 2.0, "tolerance_from": "judgement", "profile": "released", "lacks": "data",
        "answer": "a/b",
    }  # fmt: skip
    return Claim(**{**facts, **changes})


def verdict(here: float | str, low: float | None = None, high: float | None = None, /, **changes: Any) -> ClaimVerdict:
    """The verdict on `claim(**changes)` when a run of full size recorded that."""
    run = CALCULATION if changes.get("profile") == "none" else PAPER
    return judge(claim(**changes), [ClaimAnswer("a/b", here, low, high, record=run)])


EXACT: dict[str, Any] = {"kind": "exact", "tolerance": None, "tolerance_from": ""}
RANGE = EXACT | {"kind": "range", "value": None, "low": 40.0, "high": 60.0}
SIGNED: dict[str, Any] = {"value": -2.0, "tolerance": 0.5, "signed": True}


@pytest.mark.parametrize(
    ("value", "interval", "changes", "status"),
    [
        (50.0, None, {}, "reproduced"),
        (52.0, None, {}, "reproduced"),  # the tolerance itself is allowed
        (52.001, None, {}, "differs"),
        (48.0, None, {}, "reproduced"),
        (47.999, None, {}, "differs"),
        (55.0, (49.0, 61.0), {}, "within noise"),
        (55.0, (51.0, 59.0), {}, "differs"),
        (55.0, (50.0, 60.0), {}, "within noise"),
        (100.0 + 1e-12, None, {"value": 100, **EXACT}, "reproduced"),
        (100.001, None, {"value": 100, **EXACT}, "differs"),
        (117964801, None, {"value": 117964800, **EXACT}, "differs"),
        (117964800, None, {"value": 117964800, **EXACT}, "reproduced"),
        (117964800, None, {"value": 117964800, "profile": "none", "lacks": "", **EXACT}, "reproduced"),
        ("unanimous", None, {"value": "unanimous", **EXACT}, "reproduced"),
        ("by one model", None, {"value": "unanimous", **EXACT}, "differs"),
        (73.7333, None, {"value": 73.7, "tolerance": 0.05}, "reproduced"),
        (73.75, None, {"value": 73.7, "tolerance": 0.05}, "reproduced"),
        (73.76, None, {"value": 73.7, "tolerance": 0.05}, "differs"),
        (105.0, None, {"kind": "relative", "value": 100.0, "tolerance": 0.05}, "reproduced"),
        (105.1, None, {"kind": "relative", "value": 100.0, "tolerance": 0.05}, "differs"),
        (-94.0, (-101.0, -80.0), {"kind": "relative", "value": -100.0, "tolerance": 0.05}, "within noise"),
        (40.0, None, RANGE, "reproduced"),
        (60.1, None, RANGE, "differs"),
        (60.1, (59.0, 61.0), RANGE, "within noise"),
        (60.1, (60.05, 61.0), RANGE, "differs"),
        (-2.4, None, SIGNED, "reproduced"),
        (-5.0, None, SIGNED, "direction only"),
        (5.0, None, SIGNED, "differs"),
        (0.0, None, SIGNED, "differs"),
        (-5.0, (-10.0, 1.0), SIGNED, "within noise"),
        (-5.0, None, {**SIGNED, "signed": False}, "differs"),
        ("not defined", None, {}, "needs data"),
        ("not defined", None, {"lacks": "hardware"}, "needs hardware"),
        (3.0, None, {"value": "words", **EXACT}, "needs data"),
    ],
)  # fmt: skip
def test_a_number_of_full_size(value: Any, interval: Any, changes: dict[str, Any], status: str) -> None:
    low, high = interval or (None, None)
    assert verdict(value, low, high, **changes).status == status


@pytest.mark.parametrize(
    ("needs", "record", "status"),
    [
        ("released", RELEASED, "reproduced"),
        ("released", PAPER, "reproduced"),
        ("paper", PAPER, "reproduced"),
        ("paper", RELEASED, "not run at this scale"),
        ("none", CALCULATION, "reproduced"),
        ("released", DEMO, "not run at this scale"),
        ("paper", DEMO, "not run at this scale"),
        ("none", DEMO, "not run at this scale"),
        ("none", RELEASED, "not run at this scale"),
        ("none", PAPER, "not run at this scale"),
        ("none", {}, "not run at this scale"),
        ("released", {}, "not run at this scale"),
        ("released", {"made_by": {"profile": "smoke"}}, "not run at this scale"),
        ("released", ESTIMATE, "not run at this scale"),
        ("none", ESTIMATE, "not run at this scale"),
        ("released", {**CALCULATION, "made_by": {"profile": "paper"}}, "not run at this scale"),
        ("released", {**RELEASED, "settings": {"data": {"images": "demo"}}}, "not run at this scale"),
        ("released", {**RELEASED, "parameters": {"models": ["qwen", "demo"]}}, "not run at this scale"),
        ("released", {**PAPER, "numbers": "Results"}, "not run at this scale"),
        ("none", {**CALCULATION, "settings": {"data": "demo"}}, "not run at this scale"),
        ("none", {**CALCULATION, "depends_on": {"weights/student/base": "d"}}, "not run at this scale"),
        ("none", {**CALCULATION, "depends_on": {"run students_size": "d"}}, "not run at this scale"),
        ("none", {**CALCULATION, "depends_on": {}}, "not run at this scale"),
        ("none", {"numbers": "calculations"}, "not run at this scale"),
        ("none", {**CALCULATION, "made_by": {}}, "not run at this scale"),
        ("released", {"numbers": "results", "made_by": {"profile": "released"}}, "not run at this scale"),
        ("released", {**RELEASED, "made_by": {"profile": "released", "inputs": {"table data/w/truth.parquet": "d"}}},
         "not run at this scale"),
        ("released", {**RELEASED, "made_by": {"profile": "released", "inputs": {"table data/w/answers.csv": "d"}}},
         "reproduced"),
        ("released", {**RELEASED, "parameters": {"n_samples": 8}}, "not run at this scale"),
        ("released", {**RELEASED, "fixed": {"criterion": "location"}}, "not run at this scale"),
        ("none", {**CALCULATION, "parameters": {"n_samples": 8}}, "not run at this scale"),
    ],
)  # fmt: skip
def test_which_run_may_be_held_against_which_claim(needs: str, record: dict[str, Any], status: str) -> None:
    own = claim(profile=needs, lacks="" if needs == "none" else "data")
    found = judge(own, [ClaimAnswer("a/b", 50.0, 49.0, 51.0, record=record)])
    assert found.status == status
    assert found.reason.endswith(".")
    assert (found.difference is None) == (found.status is Status.NOT_AT_THIS_SCALE)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, "needs data"), ({"lacks": "hardware"}, "needs hardware"), ({"answer": ""}, "needs data"),
     ({"profile": "none", "lacks": ""}, "not run at this scale")],
)  # fmt: skip
def test_without_an_answer_it_says_what_is_lacking(changes: dict[str, Any], status: str) -> None:
    found = judge(claim(**changes), [], "The notebook 'a' has not been run.")
    assert (found.status, found.reason, found.difference) == (status, "The notebook 'a' has not been run.", None)


def ordering(record: dict[str, Any], *values: Any, **changes: Any) -> ClaimVerdict:
    """The verdict on an ordering of as many as are given: a number, or (low, number, high)."""
    sources = tuple(f"a/k{i}" for i in range(len(values)))
    own = claim(kind="ordering", value=None, tolerance=None, answer="", order=sources, labels=sources, **changes)
    ends = [value if isinstance(value, tuple) else (None, value, None) for value in values]
    return judge(
        own,
        [
            ClaimAnswer(s, middle, low, high, record=record)
            for s, (low, middle, high) in zip(sources, ends, strict=True)
        ],
    )


@pytest.mark.parametrize(
    ("record", "values", "status"),
    [
        (PAPER, [(28, 30, 32), (18, 20, 22), 10], "reproduced"),
        (PAPER, [3, 2, 1], "reproduced"),
        (PAPER, [(20, 30, 40), (18, 28, 38)], "within noise"),
        (PAPER, [(18, 28, 38), (20, 30, 40)], "within noise"),
        (PAPER, [(18, 20, 22), (28, 30, 32)], "differs"),
        (PAPER, [(28, 30, 32), (8, 10, 12), (18, 20, 22)], "differs"),
        (PAPER, [1, 2], "differs"),
        (PAPER, [2, 2], "differs"),
        (PAPER, [(26, 30, 34), (20.5, 24, 27.5)], "reproduced"),  # 6 > sqrt(4^2 + 3.5^2) = 5.3
        (PAPER, [(26, 30, 34), (20.5, 25, 29.5)], "within noise"),  # 5 < sqrt(4^2 + 4.5^2) = 6.0
        (PAPER, [(0, 30, 31), (28, 29, 29.1)], "within noise"),  # the half-widths that face each other count
        (DEMO, [(28, 30, 32), (18, 20, 22), 10], "direction only"),
        (DEMO, [(20, 30, 40), (18, 28, 38)], "not run at this scale"),
        (DEMO, [(18, 20, 22), (28, 30, 32)], "not run at this scale"),
        (DEMO, [3, 2, 1], "not run at this scale"),  # no interval says that this is more than chance
        (DEMO, [(28, 30, 32), 20, 10], "not run at this scale"),
        (ESTIMATE, [(28, 30, 32), (18, 20, 22)], "direction only"),
    ],
)
def test_an_ordering(record: dict[str, Any], values: list[Any], status: str) -> None:
    assert ordering(record, *values).status == status


def test_a_demo_ordering_says_how_it_came_out() -> None:
    assert ordering(DEMO, (18, 20, 22), (28, 30, 32)).reason.endswith("the order is another than the paper's.")
    assert ordering(DEMO, 3, 2, 1).reason.endswith("the order is the paper's, but not clearly.")


def test_an_ordering_to_be_calculated_is_not_taken_from_a_run() -> None:
    changes = {"profile": "none", "lacks": ""}
    assert ordering(CALCULATION, 3, 2, 1, **changes).status is Status.REPRODUCED
    assert ordering(CALCULATION, 1, 2, **changes).status is Status.DIFFERS
    for record in (DEMO, PAPER, ESTIMATE):
        assert ordering(record, (28, 30, 32), (18, 20, 22), **changes).status is Status.NOT_AT_THIS_SCALE


def test_one_answer_of_a_demo_run_makes_the_ordering_one() -> None:
    own = claim(kind="ordering", value=None, answer="", order=("a/b", "c/d"), labels=("b", "d"))
    mixed = [ClaimAnswer("a/b", 30.0, 29.0, 31.0, record=PAPER), ClaimAnswer("c/d", 10.0, 9.0, 11.0, record=DEMO)]
    assert judge(own, mixed).status is Status.DIRECTION_ONLY


@pytest.mark.parametrize(
    ("value", "expected", "unexpected"),
    [(50.0, "", False), (60.0, "", True), (60.0, "differs", False), (50.0, "differs", True)],
)
def test_what_is_unexpected(value: float, expected: str, unexpected: bool) -> None:
    assert verdict(value, expected=expected, finding="found").unexpected is unexpected


def test_what_was_turned_by_hand_is_named() -> None:
    turned = {**PAPER, "parameters": {**PAPER["parameters"], "seed": 3, "n_samples": 8, "run_dir": "runs/paper"}}
    found = judge(claim(), [ClaimAnswer("a/b", 50.0, record=turned)])
    assert found.reason == "It was run with n_samples = 8, not as its profile says."


@pytest.mark.parametrize(
    ("n", "status", "reason"),
    [
        (95320, "reproduced", "It lies within the tolerance."),
        (97722, "reproduced", "It lies within the tolerance."),
        (95319, "not run at this scale", "It was made from 95,319 images; the claim is about 95,320."),
        (132, "not run at this scale", "It was made from 132 images; the claim is about 95,320."),
        (None, "not run at this scale", "The run did not record how many images it used."),
    ],
)
def test_a_claim_about_many_images_takes_as_many(n: int | None, status: str, reason: str) -> None:
    found = judge(claim(n=95320), [ClaimAnswer("a/b", 50.0, n=n, record=RELEASED)])
    assert (found.status, found.reason) == (status, reason)
    assert (found.difference is None) == (status != "reproduced")


def test_an_ordering_of_too_few_images_is_a_direction() -> None:
    found = ordering(PAPER, (28, 30, 32), (18, 20, 22), n=2000)
    assert found.status is Status.DIRECTION_ONLY
    assert "did not record how many images" in found.reason


@pytest.mark.parametrize("lacks", ["data", "hardware"])
@pytest.mark.parametrize("run", [DEMO, RELEASED, PAPER, CALCULATION, ESTIMATE])
@given(value=st.just(50.0) | st.floats(0, 100))
def test_what_stands_beside_is_never_judged(lacks: str, run: dict[str, Any], value: float) -> None:
    own = claim(answer="", beside="a/b", note="It asks people.", lacks=lacks)
    found = judge(own, [ClaimAnswer("a/b", value, value - 1, value + 1, 10**6, run)])
    assert (str(found.status), found.difference, found.unexpected) == (f"needs {lacks}", None, False)
    assert found.reason == "Shown beside, not judged: It asks people."
    assert [answer.value for answer in found.answers] == [value]


def test_beside_without_its_run_says_why_there_is_none() -> None:
    assert judge(claim(answer="", beside="a/b", note="N."), [], "Not run.").reason == "Not run."


def test_what_is_adopted_says_so_and_can_still_differ() -> None:
    setting = {**EXACT, "value": 16, "profile": "none", "lacks": "", "adopted": True}
    same, other = verdict(16, **setting), verdict(32, **setting)
    assert (same.status, same.word) == (Status.REPRODUCED, "adopted")
    assert same.reason == "Adopted as the book's own setting, not measured."
    assert (other.status, other.word, other.unexpected) == (Status.DIFFERS, "differs", True)
    assert verdict(16, **setting | {"adopted": False}).word == "reproduced"


def test_a_reading_is_settled_and_never_unexpected() -> None:
    own = claim(**EXACT | {"kind": "reading", "value": "72B each", "answer": "", "profile": "none", "lacks": ""})
    found = judge(own, [])
    assert (found.status, found.reason) == (Status.DIFFERS, "Settled by reading both sources.")
    assert (found.difference, found.unexpected) == (None, False)


@pytest.mark.parametrize(
    ("lacks", "reason"),
    [
        ("data", "No page of this book computes it; it would take the authors' data."),
        ("hardware", "No page of this book computes it; it would take the authors' data, and a larger machine."),
    ],
)
def test_what_no_page_computes_says_so(lacks: str, reason: str) -> None:
    assert judge(claim(answer="", lacks=lacks), []).reason == reason


def test_an_order_of_bare_numbers_says_that_they_count_as_exact() -> None:
    assert ordering(PAPER, 3, 2).reason.endswith("an answer without an interval counts as exact.")
    assert ordering(PAPER, (28, 30, 32), (18, 20, 22)).reason == "The order is the paper's."
    assert ordering(CALCULATION, 3, 2, profile="none", lacks="").reason == "The order is the paper's."


def test_values_alone_are_compared_without_a_record() -> None:
    assert judge_values(claim(), [ClaimAnswer("a/b", 52.0)]).status is Status.REPRODUCED
    assert judge_values(claim(), [ClaimAnswer("a/b", 53.0)]).status is Status.DIFFERS


def test_what_has_no_answer_is_never_unexpected() -> None:
    assert not judge(claim(expected="differs"), []).unexpected


def test_the_difference_is_ours_less_the_paper_s() -> None:
    assert verdict(51.5).difference == pytest.approx(1.5)
    assert verdict("unanimous", value="unanimous", **EXACT).difference is None


def test_each_status_has_an_icon_and_a_meaning_of_its_own() -> None:
    assert len({status.icon for status in Status}) == len({status.meaning for status in Status}) == len(Status) == 7
    assert all(len(status.icon) == 1 and not status.icon.isascii() for status in Status)


NUMBERS = st.floats(-1e6, 1e6) | st.integers(-1000, 1000)
PROFILES = st.sampled_from(["smoke", "demo", "small", "", "released ", "Paper", "none"])
NAMES = st.sampled_from(["w", "data/coinco", "", "a b"])
FULL = st.sampled_from(["released", "paper"])


@st.composite
def demo_records(draw: st.DrawFn) -> dict[str, Any]:
    """A run.json of a demo run: of a small profile, or of a large one that was set to stand-ins, or of estimates."""
    way = draw(st.sampled_from(["profile", "settings", "parameters", "inputs", "estimates"]))
    if way == "profile":
        return record(draw(PROFILES))
    full = record(draw(FULL), "estimates" if way == "estimates" else "results")
    if way == "estimates":
        return full
    if way == "inputs":
        return full | {"made_by": {**full["made_by"], "inputs": {f"table {draw(NAMES)}/truth.parquet": "d"}}}
    nested = draw(st.recursive(st.just("demo"), lambda inner: st.lists(inner, min_size=1, max_size=2)))
    return full | {way: {draw(NAMES): nested, "n": draw(st.integers())}}


@st.composite
def quantities(draw: st.DrawFn) -> Claim:
    """A claim about a number, of any kind."""
    kind = draw(st.sampled_from(["exact", "absolute", "relative", "range"]))
    value, size = draw(NUMBERS), draw(st.floats(1e-3, 1e6))
    ends: dict[str, Any] = {"value": None, "low": value, "high": value + size} if kind == "range" else {"value": value}
    return claim(kind=kind, **ends, tolerance=size, signed=draw(st.booleans()), profile=draw(FULL))


@given(quantities(), demo_records(), NUMBERS, st.none() | st.floats(0, 1e6), st.booleans())
def test_no_demo_number_is_ever_held_against_the_paper(
    own: Claim, record: dict[str, Any], value: float, half: float | None, same: bool
) -> None:
    stated = own.value if own.value is not None else own.low
    number = stated if same and stated is not None else value
    assert not isinstance(number, str)
    low, high = (None, None) if half is None else (number - half, number + half)
    assert judge(own, [ClaimAnswer("a/b", number, low, high, record=record)]).status is Status.NOT_AT_THIS_SCALE


@given(demo_records(), st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)), min_size=2, max_size=4))
def test_no_demo_ordering_is_ever_more_than_a_direction(
    record: dict[str, Any], pairs: list[tuple[float, float]]
) -> None:
    found = ordering(record, *[(middle - half, middle, middle + half) for middle, half in pairs])
    assert found.status in (Status.DIRECTION_ONLY, Status.NOT_AT_THIS_SCALE)
    if found.status is Status.DIRECTION_ONLY:
        assert all(a > b for (a, _), (b, _) in zip(pairs, pairs[1:], strict=False))


@given(quantities(), demo_records(), NUMBERS)
def test_no_demo_number_settles_what_is_to_be_calculated(own: Claim, record: dict[str, Any], value: float) -> None:
    settled = claim(kind=own.kind, value=own.value, low=own.low, high=own.high, profile="none", lacks="")
    assert judge(settled, [ClaimAnswer("a/b", value, record=record)]).status is Status.NOT_AT_THIS_SCALE


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_reproduced_and_the_tolerance_say_the_same(value: float, stated: float, tolerance: float) -> None:
    found = verdict(value, value=stated, tolerance=tolerance)
    away = abs(value - stated)
    if not math.isclose(away, tolerance, rel_tol=1e-6, abs_tol=1e-6 * abs(stated) + 1e-9):
        assert (found.status is Status.REPRODUCED) == (away <= tolerance)
