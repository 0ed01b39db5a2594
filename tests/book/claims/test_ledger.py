"""Reading the ledger: what a claim must hold, and that whatever else stands there is refused with its name."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

import tiny_checkout
from coinco_book.claims.claim import number_text
from coinco_book.claims.ledger import Claim, load_claims
from coinco_core.errors import InputError, MissingError

GROUP = {"id": "g", "title": "A group", "place": "Table 2", "known_from": "reading note"}
NUMBER = {"id": "n", "text": "A number", "kind": "exact", "value": 3, "profile": "released", "lacks": "data"}
SETTLED: dict[str, Any] = {"profile": "none", "lacks": None, "answer": "a/b"}
READING: dict[str, Any] = {"kind": "reading", "profile": None, "lacks": None, "finding": "They say two things."}


def ledger(folder: Path, *claims: Any, **group: Any) -> Path:
    """A ledger of one group with those claims."""
    path = folder / "claims.yml"
    path.write_text(yaml.safe_dump([{**GROUP, **group, "claims": list(claims)}]))
    return path


def one(folder: Path, **changes: Any) -> Claim:
    """The claim NUMBER with those changes, read from a ledger; a change to None takes the key away."""
    entry = {key: value for key, value in {**NUMBER, **changes}.items() if value is not None}
    return load_claims(ledger(folder, entry))[0]


def test_a_claim_takes_what_its_group_says(tmp_path: Path) -> None:
    claim = one(tmp_path, place="section 5")
    assert (claim.group, claim.place, claim.known_from) == ("A group", "section 5", "reading note")
    assert claim == Claim("n", "A group", "A number", "section 5", "reading note", "exact", "released", 3, lacks="data")


def test_a_default_is_used_where_it_applies_to_the_kind(tmp_path: Path) -> None:
    defaults = {
        "kind": "absolute",
        "tolerance": 0.05,
        "tolerance_from": "one decimal",
        "profile": "none",
        "lacks": "data",
    }
    near = {"id": "near", "text": "t", "value": 1.5, "answer": "a/b"}
    exact = {"id": "exact", "text": "t", "value": 2, "kind": "exact", "answer": "a/b"}
    claims = load_claims(ledger(tmp_path, near, exact, **defaults))
    assert [(c.tolerance, c.tolerance_from, c.lacks) for c in claims] == [(0.05, "one decimal", ""), (None, "", "")]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tolerence": 1}, "did you mean 'tolerance'"),
        ({"kind": "exakt"}, "did you mean 'exact'"),
        ({"kind": None}, "its kind is none"),
        ({"profile": "demo"}, "its profile is 'demo', which must be none or released or paper"),
        ({"lacks": "money"}, "its lacks is 'money'"),
        ({"lacks": None}, "it lacks lacks"),
        ({"text": ""}, "it lacks text"),
        ({"value": None}, "it lacks value"),
        ({"value": True}, "its value cannot be true"),
        ({"value": math.nan}, "its value cannot be nan"),
        ({"value": math.inf}, "its value cannot be inf"),
        ({"place": 3.2}, "its place cannot be 3.2"),
        ({"id": "Two Words"}, "small letters"),
        ({"tolerance": 1}, "'tolerance' does not go with kind 'exact'"),
        ({"signed": True}, "'signed' does not go with kind 'exact'"),
        ({"kind": "absolute", "tolerance": 1}, "it lacks tolerance_from"),
        ({"kind": "absolute", "tolerance_from": "judgement"}, "it lacks tolerance"),
        ({"kind": "absolute", "tolerance": 0, "tolerance_from": "x"}, "a distance above 0"),
        ({"kind": "absolute", "tolerance": -1, "tolerance_from": "x"}, "a distance above 0"),
        ({"kind": "absolute", "tolerance": "1", "tolerance_from": "x"}, "its tolerance cannot be '1'"),
        ({"kind": "absolute", "value": "three", "tolerance": 1, "tolerance_from": "x"}, "its value cannot be 'three'"),
        ({"kind": "relative", "value": 0, "tolerance": 0.1, "tolerance_from": "x"}, "a distance above 0"),
        ({"kind": "absolute", "value": 0, "signed": True, "tolerance": 1, "tolerance_from": "x"}, "has no sign"),
        ({"kind": "range", "value": None, "low": 1}, "it lacks high"),
        ({"kind": "range", "low": 1, "high": 2}, "'value' does not go with kind 'range'"),
        ({"kind": "range", "value": None, "low": 2, "high": 1}, "its low lies above its high"),
        ({"kind": "ordering", "value": None, "order": ["a/b", "a/c"]}, "it lacks labels"),
        ({"kind": "ordering", "value": None, "order": ["a/b"], "labels": ["b"]}, "its labels cannot be"),
        ({"kind": "ordering", "value": None, "order": ["a/b", "a/b"], "labels": ["b", "c"]}, "names an answer twice"),
        ({"kind": "ordering", "value": None, "order": ["a/b", "a/c"], "labels": ["b", "c", "d"]}, "equally many"),
        ({"kind": "ordering", "value": None, "order": ["a/b", "c"], "labels": ["b", "c"]}, "form notebook/key"),
        ({"answer": "../../etc/passwd"}, "form notebook/key"),
        ({"answer": "a"}, "form notebook/key"),
        ({"profile": "none"}, "'lacks' does not go with"),
        ({"profile": "none", "lacks": None}, "it lacks answer"),
        ({"expected": "differs"}, "no finding says why"),
        ({"expected": "reproduced", "finding": "x"}, "its expected is 'reproduced'"),
        ({"n": 0}, "its n cannot be 0"),
        ({"n": True}, "its n cannot be true"),
        ({"n": 1.5}, "its n cannot be 1.5"),
        ({"n": 5, **SETTLED}, "'n' does not go with"),
        ({"beside": "a/b"}, "it lacks note"),
        ({"beside": "a/b", "answer": "a/c", "note": "N."}, "both an answer and a number that only stands beside"),
        ({"beside": "a", "note": "N."}, "form notebook/key"),
        ({"beside": "a/b", "note": "N.", **SETTLED}, "'beside' does not go with"),
        ({"kind": "ordering", "value": None, "order": ["a/b", "a/c"], "labels": ["b", "c"], "beside": "a/b"},
         "'beside' does not go with kind 'ordering'"),
        ({"adopted": True}, "'adopted' does not go with"),
        ({"adopted": "yes", **SETTLED}, "its adopted cannot be 'yes'"),
        ({"adopted": True, **SETTLED, "answer": None}, "it lacks answer"),
        ({**READING, "finding": None}, "it lacks finding"),
        ({**READING, "answer": "a/b"}, "'answer' does not go with kind 'reading'"),
        ({**READING, "tolerance": 1}, "'tolerance' does not go with kind 'reading'"),
        ({**READING, "expected": "differs"}, "'expected' does not go with kind 'reading'"),
        ({**READING, "profile": "released"}, "its profile is 'released', which must be none"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match="The claim '") as caught:
        one(tmp_path, **changes)
    text = str(caught.value)
    assert says.lower() in text.lower()
    assert f"'{changes.get('id', 'n')}'" in text
    assert "\n" not in text


def test_what_goes_with_a_claim_beside_its_answer(tmp_path: Path) -> None:
    many = one(tmp_path, n=95320, answer="a/b")
    beside = one(tmp_path, beside="a/b", note="It asks people.")
    adopted = one(tmp_path, adopted=True, **SETTLED)
    assert (many.n, many.shown_sources, many.basis) == (95320, ("a/b",), "run")
    assert (beside.sources, beside.shown_sources, beside.basis) == ((), ("a/b",), "run")
    assert (adopted.adopted, adopted.sources, adopted.basis) == (True, ("a/b",), "adoption")
    assert one(tmp_path, **SETTLED).basis == "calculation"


def test_a_reading_needs_no_run_whatever_its_group_needs(tmp_path: Path) -> None:
    words = {key: value for key, value in READING.items() if value is not None} | {"id": "r", "text": "t"}
    defaults = {"profile": "released", "lacks": "data", "n": 5, "expected": "differs", "unit": "parameters"}
    bare, said = load_claims(ledger(tmp_path, words, {**words, "id": "s", "value": 72}, **defaults))
    assert (bare.profile, bare.lacks, bare.n, bare.expected, bare.sources) == ("none", "", None, "", ())
    assert (bare.basis, bare.shown, said.shown) == ("reading", "", "72\N{NO-BREAK SPACE}parameters")


def test_ids_are_unique_over_all_groups(tmp_path: Path) -> None:
    path = tmp_path / "claims.yml"
    path.write_text(yaml.safe_dump([{**GROUP, "claims": [NUMBER]}, {**GROUP, "id": "h", "claims": [NUMBER]}]))
    with pytest.raises(InputError, match="Two claims .* 'n'"):
        load_claims(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: [", "not YAML"), ("a: b", "a list of groups"), ("- {id: g, title: t}", "lacks claims"), ("- 3", "a list"),
     ("- {id: g, title: t, claims: [3]}", "A claim of 'g'"), ("- {id: g, titel: t, claims: [3]}", "lacks title")],
)  # fmt: skip
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "claims.yml").write_text(text)
    with pytest.raises(InputError, match=says):
        load_claims(tmp_path / "claims.yml")


def test_an_unknown_default_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The group 'g' .* 'plase'.* Did you mean 'place'"):
        load_claims(ledger(tmp_path, NUMBER, plase="Table 2"))


def test_no_ledger_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no ledger"):
        load_claims(tmp_path / "claims.yml")


def sampled(folder: Path, value: float, **tolerance: Any) -> Claim:
    """A claim in points whose tolerance is that of sampling."""
    return one(folder, kind="absolute", unit="%", value=value, tolerance=tolerance)


def test_a_sampling_tolerance_is_the_normal_interval(tmp_path: Path) -> None:
    claim = sampled(tmp_path, 50.0, sampling=2401)
    assert claim.tolerance == pytest.approx(2.0, abs=1e-3)  # 1.96 * 100 * sqrt(0.25 / 2401) = 1.96 * 50 / 49
    assert claim.tolerance_from == "95 % sampling interval of a share of 50 % at n = 2,401 (normal approximation)"


def test_a_difference_of_shares_has_root_two_of_it(tmp_path: Path) -> None:
    single = sampled(tmp_path, 70.0, sampling=400).tolerance
    double = sampled(tmp_path, 7.8, sampling=400, difference=True, share=70).tolerance
    widest = sampled(tmp_path, 7.8, sampling=400, difference=True)
    assert single is not None and double == pytest.approx(math.sqrt(2) * single)
    assert widest.tolerance is not None and widest.tolerance > double
    assert "two shares near 50 %" in widest.tolerance_from


def test_a_sampling_tolerance_may_say_what_it_stands_for(tmp_path: Path) -> None:
    claim = sampled(tmp_path, 50.0, sampling=2401, instead_of="the spread over seeds")
    assert claim.tolerance_from.endswith("(normal approximation), instead of the spread over seeds")


@pytest.mark.parametrize(
    "changes",
    [
        {"tolerance": {"sampling": 0}},
        {"tolerance": {"sampling": 10, "instead_of": 3}},
        {"tolerance": {"sampling": "many"}},
        {"tolerance": {"sampel": 10}},
        {"tolerance": {"sampling": 10}, "value": 100.0},
        {"tolerance": {"sampling": 10}, "unit": "GB"},
        {"tolerance": {"sampling": 10}, "tolerance_from": "me"},
        {"tolerance": {"sampling": 10}, "kind": "relative"},
    ],
)
def test_a_sampling_tolerance_that_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="The claim 'n'"):
        one(tmp_path, **{"kind": "absolute", "unit": "%", "value": 50.0, **changes})


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"value": 97722}, "97,722"),
        ({"value": 75.7, "unit": "%"}, "75.7\N{NO-BREAK SPACE}%"),
        ({"value": 55.4, "unit": "%", "printed": "55.40 %"}, "55.40 %"),
        ({"value": "unanimous"}, "unanimous"),
        ({"kind": "relative", "value": -2.0, "signed": True, "tolerance": 0.1, "tolerance_from": "x"}, "−2.0"),
        ({"kind": "relative", "value": 10.5, "signed": True, "tolerance": 0.1, "tolerance_from": "x"}, "+10.5"),
        ({"kind": "range", "value": None, "low": 25.5, "high": 74.7, "unit": "%"}, "25.5 to 74.7\N{NO-BREAK SPACE}%"),
        ({"kind": "ordering", "value": None, "order": ["a/b", "a/c"], "labels": ["network", "chance"]},
         "network above chance"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_the_paper_prints_it(tmp_path: Path, changes: dict[str, Any], shown: str) -> None:
    assert one(tmp_path, **changes).shown == shown


@pytest.mark.parametrize(("number", "text"), [(1.0, "1.0"), (0.0575, "0.0575"), (1234567.5, "1,234,567.5"), (0, "0")])
def test_numbers_keep_their_decimals(number: float, text: str) -> None:
    assert number_text(number) == text


def test_what_stands_beside_is_of_a_notebook_that_is_there(tmp_path: Path) -> None:
    checkout = tiny_checkout.make_checkout(tmp_path, {}, MANIFEST)
    checkout.book.mkdir()
    for notebook in ("settled", "cost", "students"):  # of whatever kind its numbers are: nothing is held against them
        ledger(checkout.book, NUMBER | {"beside": f"{notebook}/key", "note": "Another."})
        assert load_claims(checkout)[0].beside == f"{notebook}/key"
    ledger(checkout.book, NUMBER | {"beside": "student/key", "note": "Another."})
    with pytest.raises(InputError, match="Did you mean 'students'"):
        load_claims(checkout)


MANIFEST = """
- {id: settled, title: Settled, numbers: calculations}
- {id: cost, title: Cost, numbers: estimates}
- {id: students, title: Students}
"""


@pytest.mark.parametrize(
    ("profile", "notebook", "says"),
    [
        ("none", "students", "must be answered by calculations"),
        ("none", "cost", "must be answered by calculations"),
        ("released", "settled", "the results of a run"),
        ("paper", "student", "Did you mean 'students'"),
        ("none", "settled", ""),
        ("paper", "students", ""),
    ],
)
def test_a_notebook_of_the_wrong_kind_cannot_be_named(tmp_path: Path, profile: str, notebook: str, says: str) -> None:
    checkout = tiny_checkout.make_checkout(tmp_path, {}, MANIFEST)
    checkout.book.mkdir()
    lacks = {} if profile == "none" else {"lacks": "data"}
    entry = {"id": "n", "text": "t", "kind": "exact", "value": 3, "profile": profile, "answer": f"{notebook}/key"}
    ledger(checkout.book, entry | lacks)
    if not says:
        assert load_claims(checkout)[0].profile == profile
    else:
        with pytest.raises(InputError, match=says):
            load_claims(checkout)
