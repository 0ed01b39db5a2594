"""Claims held against folders of runs; and every way that was thought of to pass a demo number off as the paper's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import tiny_checkout
from coinco_book.claims.ledger import Claim, load_claims
from coinco_book.claims.resolve import cell_of, resolve
from coinco_book.claims.status import ClaimVerdict, Status
from coinco_book.claims.texts import (
    difference_text,
    interval_text,
    is_demo_answer,
    ours_text,
    tally,
    tally_by_basis,
    tolerance_text,
)
from coinco_core.errors import CheckError, InputError

FORBIDDEN = {Status.REPRODUCED, Status.WITHIN_NOISE, Status.DIFFERS}
RELEASED: dict[str, Any] = {"notebook": "students", "numbers": "results", "made_by": {"profile": "released"},
                            "depends_on": {"students.ipynb": "digest"}, "seconds": 1.0, "cells": []}  # fmt: skip
DEMO = RELEASED | {"made_by": {"profile": "demo"}}
EXACT: dict[str, Any] = {"value": 75.4, "unit": " %", "low": 75.0, "high": 76.0}


def claim(**changes: Any) -> Claim:
    """A claim of 75.4 % within 1 point, answered by students/after at released data."""
    facts: dict[str, Any] = {
        "id": "after", "group": "g", "text": "t", "place": "p", "known_from": "k", "kind": "absolute", "value": 75.4,
        "unit": "%", "tolerance": 1.0, "tolerance_from": "judgement", "profile": "released", "lacks": "hardware",
        "answer": "students/after",
    }  # fmt: skip
    return Claim(**{**facts, **changes})


def write_run(folder: Path, record: dict[str, Any], **numbers: dict[str, Any]) -> Path:
    """The folder of runs that holds one more, with that record and those numbers."""
    run = folder / record["notebook"]
    run.mkdir(parents=True, exist_ok=True)
    (run / "run.json").write_text(json.dumps(record))
    (run / "numbers.json").write_text(json.dumps(numbers))
    return folder


def only(runs: Path, own: Claim | None = None) -> ClaimVerdict:
    """The verdict on one claim."""
    return resolve(runs, [own or claim()])[0]


def test_a_run_of_full_size_answers(tmp_path: Path) -> None:
    found = only(write_run(tmp_path, RELEASED, after={"value": 0.749, "unit": "", "low": 0.73, "high": 0.77}))
    assert found.status is Status.REPRODUCED
    assert found.difference == pytest.approx(-0.5)
    answer = found.answers[0]
    assert (answer.value, answer.interval) == (pytest.approx(74.9), (pytest.approx(73.0), pytest.approx(77.0)))


@pytest.mark.parametrize(
    ("unit", "recorded", "claimed", "ours"),
    [("", 0.754, "%", 75.4), (" %", 75.4, "%", 75.4), (" points", 10.5, "points", 10.5), ("", 0.105, "points", 10.5),
     ("", 24.0, "times", 24.0), (" GB", 11.0, "GB", 11.0), ("", 5, "", 5),
     (" points", 0.5, "points", 0.5), (" points", 75.4, "%", 75.4)],
)  # fmt: skip
def test_numbers_come_to_the_claim_s_unit(
    tmp_path: Path, unit: str, recorded: float, claimed: str, ours: float
) -> None:
    runs = write_run(tmp_path, RELEASED, after={"value": recorded, "unit": unit})
    assert only(runs, claim(unit=claimed)).answers[0].value == pytest.approx(ours)


@pytest.mark.parametrize(("unit", "claimed"), [(" GB", "MB"), (" s", "%"), (" %", "")])
def test_another_unit_is_refused(tmp_path: Path, unit: str, claimed: str) -> None:
    runs = write_run(tmp_path, RELEASED, after={"value": 1.0, "unit": unit})
    with pytest.raises(InputError, match="The claim 'after' (is in|has no unit)"):
        only(runs, claim(unit=claimed))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert only(tmp_path / "demo").status is Status.NEEDS_HARDWARE
    assert only(tmp_path / "demo").reason == "The notebook 'students' has not been run at profile 'demo'."
    runs = write_run(tmp_path / "released", RELEASED, before=EXACT)
    assert only(runs).reason == "The run of 'students' at profile 'released' has recorded no 'after'."
    assert only(runs, claim(answer="")).reason.startswith("No page of this book computes it;")


@pytest.mark.parametrize("value", [None, True, float("nan"), float("inf"), [75.4]])
def test_what_is_no_number_is_no_answer(tmp_path: Path, value: Any) -> None:
    assert only(write_run(tmp_path, RELEASED, after={"value": value})).status is Status.NEEDS_HARDWARE


def test_an_ordering_reads_each_of_its_runs(tmp_path: Path) -> None:
    write_run(tmp_path, RELEASED, first={"value": 0.5, "unit": "", "low": 0.4, "high": 0.6})
    write_run(tmp_path, RELEASED | {"notebook": "other"}, second={"value": 10.0, "unit": " %"})
    own = claim(kind="ordering", value=None, answer="", order=("students/first", "other/second"), labels=("a", "b"))
    found = only(tmp_path, own)
    assert (found.status, [answer.value for answer in found.answers]) == (Status.REPRODUCED, [50.0, 10.0])


def _is_refused(runs: Path, *claims: Claim) -> None:
    """The runs neither reproduce nor contradict any of the claims, whatever their kind."""
    for own in claims or (claim(), claim(profile="paper"), claim(profile="none", lacks="")):
        try:
            found = only(runs, own)
        except CheckError:
            continue
        assert found.status not in FORBIDDEN, found
        assert found.difference is None


def test_the_paper_s_own_values_in_a_demo_run(tmp_path: Path) -> None:
    _is_refused(write_run(tmp_path / "demo", DEMO, after=EXACT))


def test_a_demo_run_in_a_folder_of_another_profile(tmp_path: Path) -> None:
    write_run(tmp_path / "demo", DEMO, after=EXACT)
    shutil.copytree(tmp_path / "demo", tmp_path / "released")
    _is_refused(tmp_path / "released")


@pytest.mark.parametrize("part", ["settings", "parameters"])
def test_a_released_run_that_asked_for_stand_ins(tmp_path: Path, part: str) -> None:
    _is_refused(write_run(tmp_path, RELEASED | {part: {"models": {"qwen": "demo"}}}, after=EXACT))


@pytest.mark.parametrize("numbers", ["estimates", "Results", "calculations ", ""])
def test_numbers_that_are_no_results(tmp_path: Path, numbers: str) -> None:
    _is_refused(write_run(tmp_path, DEMO | {"numbers": numbers}, after=EXACT))


def test_a_demo_run_that_calls_itself_a_calculation_but_loads_models(tmp_path: Path) -> None:
    record = DEMO | {"numbers": "calculations", "depends_on": {"weights/student/base": "d"}}
    _is_refused(write_run(tmp_path, record, after=EXACT))


def test_a_demo_run_moved_to_where_the_calculations_lie(tmp_path: Path) -> None:
    write_run(tmp_path, DEMO, after=EXACT)
    (tmp_path / "students").rename(tmp_path / "settled")
    with pytest.raises(CheckError, match="is one of 'students'"):
        only(tmp_path, claim(answer="settled/after", profile="none", lacks=""))


def test_a_calculation_that_was_written_by_hand(tmp_path: Path) -> None:
    own = claim(answer="settled/after", profile="none", lacks="")
    record = RELEASED | {"notebook": "settled", "numbers": "calculations"}
    assert only(write_run(tmp_path, record, after=EXACT), own).status is Status.REPRODUCED
    for name in ("depends_on", "made_by"):
        _is_refused(write_run(tmp_path, {k: v for k, v in record.items() if k != name}, after=EXACT), own)


def test_demo_answers_laid_out_as_the_released_ones(tmp_path: Path) -> None:
    """They lie in a folder of their own, the profile is 'released', nothing in the record says 'demo'."""
    runs = write_run(tmp_path, RELEASED, after=EXACT | {"n": 132})
    _is_refused(runs, claim(n=95320), claim(n=95320, kind="exact"))
    assert only(runs, claim(n=95320)).reason == "It was made from 132 images; the claim is about 95,320."
    assert only(write_run(tmp_path, RELEASED, after=EXACT | {"n": 95320}), claim(n=95320)).status is Status.REPRODUCED
    for n in ("95320", None, True, float("nan")):
        _is_refused(write_run(tmp_path, RELEASED, after=EXACT | {"n": n}), claim(n=95320))


def test_a_drawn_world_in_the_place_of_the_data(tmp_path: Path) -> None:
    made_by = {"profile": "released", "inputs": {"table data/coinco/truth.parquet": "digest"}}
    found = write_run(tmp_path, RELEASED | {"made_by": made_by}, after=EXACT)
    _is_refused(found)
    assert is_demo_answer(only(found).answers[0])


def test_a_released_run_of_fewer_samples(tmp_path: Path) -> None:
    _is_refused(write_run(tmp_path, RELEASED | {"parameters": {"seed": 0, "n_samples": 8}}, after=EXACT))


def test_what_stands_beside_is_read_and_not_judged(tmp_path: Path) -> None:
    own = claim(answer="", beside="students/after", note="It asks people.")
    found = only(write_run(tmp_path, RELEASED, after=EXACT), own)
    assert (found.status, [answer.value for answer in found.answers]) == (Status.NEEDS_HARDWARE, [75.4])
    assert only(tmp_path / "demo", own).reason == "The notebook 'students' has not been run at profile 'demo'."


def test_a_record_without_a_profile(tmp_path: Path) -> None:
    _is_refused(write_run(tmp_path, {"notebook": "students", "seconds": 1.0, "cells": []}, after=EXACT))


def test_a_ledger_that_says_a_demo_number_needs_no_data(tmp_path: Path) -> None:
    manifest = "- {id: students, title: Students}\n- {id: settled, title: Settled, numbers: calculations}\n"
    checkout = tiny_checkout.make_checkout(tmp_path, {}, manifest)
    checkout.book.mkdir()
    entry = {"id": "after", "text": "t", "kind": "exact", "value": 75.4, "unit": "%", "profile": "none"}
    group = {"id": "g", "title": "t", "place": "p", "known_from": "k", "claims": [entry | {"answer": "students/after"}]}
    (checkout.book / "claims.yml").write_text(yaml.safe_dump([group]))
    with pytest.raises(InputError, match="'after' of profile 'none' must be answered by calculations"):
        load_claims(checkout)
    smuggled = load_claims(checkout.book / "claims.yml")  # as a file alone it can be read, and still yields nothing
    _is_refused(write_run(checkout.runs("demo"), DEMO, after=EXACT), *smuggled)


def test_words_that_look_like_the_number(tmp_path: Path) -> None:
    _is_refused(write_run(tmp_path, DEMO, after={"value": "75.4"}))
    assert only(write_run(tmp_path, RELEASED, after={"value": "75.4"})).status is Status.NEEDS_HARDWARE


def test_the_cell_that_recorded_a_key() -> None:
    def cell(kind: str, *names: str, tags: tuple[str, ...] = ()) -> dict[str, Any]:
        outputs = [{"metadata": {"scrapbook": {"name": name}}} for name in names]
        return {"cell_type": kind, "metadata": {"tags": list(tags)}, "outputs": outputs}

    cells = [cell("markdown"), cell("code", tags=("parameters",)), cell("code", tags=("injected-parameters",))]
    executed = {"cells": [*cells, cell("code", "first"), cell("code"), cell("code", "second", "third")]}
    assert [cell_of(executed, key) for key in ("first", "second", "third", "fourth")] == [2, 4, 4, None]


@pytest.mark.parametrize(
    ("own", "value", "ours", "difference"),
    [
        (claim(), 75.4, "75.4 %", "0"),
        (claim(), 100 * 2 / 3, "66.7 %", "−8.7 points"),
        (claim(value=66.2), 66.1667, "66.167 %", "−0.033 points"),
        (claim(), 76.0, "76.0 %", "+0.6 points"),
        (claim(), 75.04, "75.04 %", "−0.36 points"),
        (claim(kind="exact", value=117964800, unit=""), 117964800, "117,964,800", "0"),
        (claim(kind="exact", value=24, unit="times"), 23.97, "23.970 times", "−0.030 times"),
        (claim(value=10.5, unit="points", signed=True), 9.5, "+9.5 points", "−1.0 points"),
    ],
)
def test_numbers_in_words(tmp_path: Path, own: Claim, value: float, ours: str, difference: str) -> None:
    unit = f" {own.unit}" if own.unit else ""
    found = only(write_run(tmp_path, RELEASED, after={"value": value, "unit": unit}), own)
    assert ours_text(own, found.answers[0]).replace("\N{NO-BREAK SPACE}", " ") == ours
    assert difference_text(found).replace("\N{NO-BREAK SPACE}", " ") == difference


def test_what_is_not_compared_has_no_difference(tmp_path: Path) -> None:
    found = only(write_run(tmp_path, DEMO, after=EXACT))
    assert difference_text(found) == "\N{EN DASH}"
    assert is_demo_answer(found.answers[0])
    assert interval_text(found.claim, found.answers[0]) == "95\N{NO-BREAK SPACE}% interval 75.0 to 76.0"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "± 1 point"),
        ({"tolerance": 1.7152}, "± 1.72 points"),
        ({"kind": "relative", "tolerance": 0.05}, "± 5 %"),
        ({"kind": "exact"}, "none"),
        ({"unit": "GB", "tolerance": 0.123}, "± 0.123 GB"),
        ({"unit": "", "tolerance": 1.0}, "± 1"),
    ],
)
def test_a_tolerance_in_words(changes: dict[str, Any], text: str) -> None:
    assert tolerance_text(claim(**changes)).replace("\N{NO-BREAK SPACE}", " ") == text


def test_the_tally_names_every_status(tmp_path: Path) -> None:
    counts = tally(resolve(tmp_path, [claim(), claim()]))
    assert list(counts) == ["reproduced", "adopted", *list(Status)[1:]]
    assert (counts[Status.NEEDS_HARDWARE], sum(counts.values())) == (2, 2)


def test_what_was_adopted_and_read_is_counted_apart_from_what_was_calculated(tmp_path: Path) -> None:
    write_run(tmp_path, RELEASED | {"numbers": "calculations"}, after=EXACT)
    settled = claim(profile="none", lacks="")
    reading = claim(profile="none", kind="reading", answer="", lacks="")
    verdicts = resolve(tmp_path, [settled, settled, claim(profile="none", lacks="", adopted=True), reading, claim()])
    shown = {word: n for word, n in tally(verdicts).items() if n}
    assert shown == {"reproduced": 2, "adopted": 1, "differs": 1, "not run at this scale": 1}
    counts = {words: {str(s): n for s, n in own.items() if n} for words, own in tally_by_basis(verdicts).items()}
    assert counts == {"by calculation": {"reproduced": 2}, "adopted": {"reproduced": 1}, "by reading": {"differs": 1},
                      "by a run": {"not run at this scale": 1}}  # fmt: skip
