"""The ledger's tables against a second copy, typed for this test: a value that changes in one place is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.claims.claim import decimals_of
from coinco_book.claims.judge import judge
from coinco_book.claims.ledger import load_claims
from coinco_book.claims.status import ClaimAnswer, Status
from coinco_book.claims.tolerance import sampling_tolerance
from coinco_core.evaluation import wilson_interval
from coinco_core.objects_from_context.chance import chance_cliques, chance_instances

CLAIMS = load_claims(find_checkout())
BY_ID = {claim.id: claim for claim in CLAIMS}

# A table: how its ids are made of row and column, the columns, and a line a row. A dash stands for no cell.
COUNTS = (
    "{}",
    "value",
    """
images                97722
train-images          95320
test-images            2402
unanimous             73929
unanimous-out         64879
unanimous-in           9050
consensus-share       75.7
consensus-share-answered 77.6
unanimous-out-share   87.8
human-images           1000
human-agreement       95.1
qwen-disagreement-accuracy 87.8
qwen-reasoning-preferred   94.7
ofc-train-images      76256
ofc-validation-images 19064
labels-train-in       16088
labels-train-out      60168
labels-validation-in   3963
labels-validation-out 15101
labels-test-in          556
labels-test-out        1846
labels-in             20607
labels-out            77115
page-samples          24000
code-samples          20000
""",
)
STUDENTS = (
    "student-{}-{}",
    "coinco-before coinco-after coinco-gain real-before real-after real-gain",
    """
size          55.4 65.9 10.5 52.6 83.2 30.6
location      67.6 75.4  7.8 47.6 91.4 43.8
co-occurrence 75.5 79.9  4.4 89.0 87.0 -2.0
average       66.2 73.7  7.6 63.1 87.2 24.1
""",
)
REEVALUATED = (
    "reevaluation-{}-{}",
    "threshold accuracy balanced macro-f1 f1-in f1-out auc even-accuracy even-macro-f1 even-auc",
    """
co-occurrence 0.93 77.06 71.44 69.88 55.17 84.59 79.27 71.85 71.52 79.03
location      0.90 75.77 69.22 67.96 52.14 83.78 78.98 70.23 69.70 79.29
size          0.68 75.44 66.42 66.11 48.34 83.89 74.88 67.00 65.97 75.64
max-fusion    0.71 75.56 69.40 67.94 52.32 83.57 76.59 69.69 69.27 77.11
mcp-base      0.38 81.43 75.73 74.80 61.88 87.73 85.18 74.28 74.06 83.52
mcp-compat    0.37 81.93 76.93 75.71 63.41 88.00 85.45 75.99 75.82 84.05
""",
)
FIRST_VERSION = (
    "reevaluation-{}-{}",
    "accuracy balanced macro-f1 auc",
    """
visual-net          68.69 55.94 55.95 62.49
semantic-net        76.94 68.22 67.99 78.60
visual-semantic-net 74.65 68.67 67.06 76.59
""",
)
OBJECTS = (
    "ofc-{}-{}",
    "top1 top3 top5 top10",
    """
instance               16.32 31.89 42.80 58.87
clique                 35.10 61.41 78.31 96.96
co-occurrence-instance  1.54  4.70  7.29 -
co-occurrence-clique    9.37 30.72 52.91 -
random-instance         1.25  3.75  6.25 -
random-clique           8.33 25.00 41.67 -
""",
)
CHART = (
    "localisation-{}-{}",
    "accuracy f1 auc ap",
    """
catnet-original    0.927 0.765 0.973 0.903
catnet-ours        0.928 0.775 0.974 0.901
catnet-oracle      0.929 0.782 0.975 0.921
mantranet-original 0.85 0.31 0.85 0.51
mantranet-ours     0.86 0.38 0.86 0.57
mantranet-oracle   0.86 0.42 0.87 0.63
trufor-original    0.90 0.56 0.93 0.74
trufor-ours        0.90 0.59 0.94 0.75
trufor-oracle      0.90 0.61 0.94 0.79
psccnet-original   0.89 0.47 0.95 0.80
psccnet-ours       0.90 0.56 0.96 0.81
psccnet-oracle     0.91 0.61 0.96 0.85
""",
)
ORIGINALS = (
    "localisation-table-{}-{}",
    "accuracy f1 auc ap",
    """
mantranet 85.4 30.7 84.9 50.7
trufor    89.7 55.9 93.4 73.6
psccnet   89.5 46.8 95.4 79.5
catnet    92.7 76.5 97.4 90.3
""",
)
SWEEP = (
    "gamma-{}-{}",
    "1 5 10",
    """
f1-catnet    .765 .775 .775
f1-trufor    .559 .592 .596
f1-psccnet   .468 .562 .570
f1-mantranet .307 .384 .399
ap-catnet    .903 .901 .896
ap-psccnet   .795 .809 .800
ap-trufor    .736 .751 .747
ap-mantranet .507 .573 .578
""",
)
BINS = (
    "mask-{}-{}",
    "1 2 3 4 5 6 7 8 9 10",
    """
success .51 .33 .39 .47 .53 .58 .61 .63 .65 .68
count 79500 14300 8000 5000 3400 2400 1600 1200 800 500
""",
)
AREAS = ("{}-{}", "0 1 2 3 4 5 6 7 8 9 10", "area-edge .001 .005 .009 .013 .021 .034 .060 .122 .292 .561 .999")
TABLES = {
    "counts": COUNTS, "students": STUDENTS, "re-evaluation": REEVALUATED, "first version": FIRST_VERSION,
    "objects": OBJECTS, "chart": CHART, "originals": ORIGINALS, "sweep": SWEEP, "mask sizes": BINS, "areas": AREAS,
}  # fmt: skip


def _cells(table: tuple[str, str, str]) -> Iterator[tuple[str, float]]:
    name, columns, lines = table
    for row, *cells in map(str.split, filter(None, lines.splitlines())):
        for column, cell in zip(columns.split(), cells, strict=True):
            if cell != "-":
                yield name.format(row, column), float(cell)


@pytest.mark.parametrize("table", TABLES)
def test_every_value_is_that_of_the_second_copy(table: str) -> None:
    assert [(name, BY_ID[name].value) for name, value in _cells(TABLES[table]) if BY_ID[name].value != value] == []


def _last_digit(claim_id: str) -> float:
    """One unit of the last digit that is printed: 0.01 for '42.80 %'."""
    claim = BY_ID[claim_id]
    digits = claim.printed.split()[0].partition(".")[2] if claim.printed else ""
    return 10.0 ** -max(len(digits), decimals_of(claim.value))  # type: ignore[arg-type]


def test_a_tolerance_of_rounding_is_half_the_last_printed_digit() -> None:
    rounded = [c for c in CLAIMS if c.tolerance_from == "rounding of the printed value" and c.tolerance]
    assert len(rounded) > 150
    assert {c.kind for c in rounded} == {"absolute"}
    assert [c.id for c in rounded if c.tolerance != pytest.approx(_last_digit(c.id) / 2)] == []


def test_a_tolerance_is_small_beside_what_it_is_for() -> None:
    wide = {c.id for c in CLAIMS if c.kind == "relative" and (c.tolerance or 0) > 0.02}
    wide |= {c.id for c in CLAIMS if c.kind == "absolute" and c.in_percent and (c.tolerance or 0) > 3.1}
    assert wide == set()


def test_sampling_tolerances_are_those_of_the_claim_s_own_number() -> None:
    for name in (claim.id for claim in CLAIMS if claim.group.startswith("The students") and claim.kind == "absolute"):
        claim = BY_ID[name]
        if claim.unit == "%" and claim.n:
            table = {"sampling": 2000, "difference": True, "share": claim.value}
            assert claim.tolerance == pytest.approx(sampling_tolerance(table, 0.0)[0]), name
    of_2402 = [claim for claim in CLAIMS if claim.n == 2402 and claim.kind == "absolute"]
    assert len(of_2402) == 14
    for claim in of_2402:
        p = float(claim.value or 0) / 100
        assert claim.tolerance == pytest.approx(196 * (p * (1 - p) / 2402) ** 0.5), claim.id


def test_an_ordering_names_its_answers_from_the_larger_to_the_smaller() -> None:
    ends = {"after": "_student", "before": "_before", "the network": "_network_", "chance": "_chance_"}
    ends |= {"YOLOv8x": "f1_yolo", "GroundingDINO": "f1_groundingdino", "the fall": "log_fall"}
    for claim in (claim for claim in CLAIMS if claim.kind == "ordering"):
        for label, source in zip(claim.labels, claim.order, strict=True):
            assert ends.get(label, "") in source, claim.id
    orders = {claim.labels: claim.id for claim in CLAIMS if claim.kind == "ordering"}
    assert set(orders) == {
        ("YOLOv8x", "GroundingDINO"), ("after", "before"), ("before", "after"), ("the network", "chance"),
        ("the fall", "half the sampling interval"),
    }  # fmt: skip
    assert [claim.id for claim in CLAIMS if claim.labels == ("before", "after")] == ["student-co-occurrence-real-loses"]


def _recorded_perfectly() -> dict[str, ClaimAnswer]:
    """What a run of profile 'paper' would record that gets the paper's own numbers, by notebook/key."""
    record = {"made_by": {"profile": "paper"}, "depends_on": {"a": "b"}}
    chances = {f"instance_top{k}": p for k, p in chance_instances().items()}
    chances |= {f"clique_first_top{k}": p for k, p in chance_cliques("first").items()}
    found = {
        f"objects_from_context/ofc_chance_{key}": ClaimAnswer("", 100 * p, n=2402, record=record)
        for key, p in chances.items()
    }
    for claim in (claim for claim in CLAIMS if claim.profile != "none" and claim.answer):
        n, value = claim.n or 0, float(claim.value or 0)
        low, high = wilson_interval(round(n * value / 100), n) if claim.in_percent else (0.0, 0.0)
        ends = {"low": 100 * low, "high": 100 * high} if claim.in_percent else {}
        assert claim.answer not in found, f"two claims are answered by {claim.answer}"
        found[claim.answer] = ClaimAnswer(claim.answer, value, n=n, record=record, **ends)
    return found


def test_a_run_that_gets_the_paper_s_numbers_reproduces_every_claim() -> None:
    found = _recorded_perfectly()
    judged = [claim for claim in CLAIMS if claim.profile != "none" and set(claim.sources) & found.keys()]
    verdicts = [judge(claim, [found[source] for source in claim.sources]) for claim in judged]
    assert {verdict.claim.id: verdict.reason for verdict in verdicts if verdict.status != Status.REPRODUCED} == {}
    assert len(verdicts) > 30


def test_a_smaller_run_reproduces_none() -> None:
    fewer = {source: replace(answer, n=(answer.n or 0) - 1) for source, answer in _recorded_perfectly().items()}
    judged = [claim for claim in CLAIMS if claim.answer in fewer and claim.profile != "none"]
    statuses = {judge(claim, [fewer[claim.answer]]).status for claim in judged}
    assert statuses == {Status.NOT_AT_THIS_SCALE}


def test_where_only_the_seed_changes_the_interval_says_what_it_stands_for() -> None:
    trained_again = [claim for claim in CLAIMS if claim.answer.startswith("objects_from_context/") and claim.in_percent]
    assert len(trained_again) == 10
    assert [claim.id for claim in trained_again if "instead of the spread over seeds" not in claim.tolerance_from] == []
