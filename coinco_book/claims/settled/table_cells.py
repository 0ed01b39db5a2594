"""Whether the cells of a published table follow from one another: averages, changes, F1 scores, what is said of all.

`paper` holds the paper's values by claim id (see `page.paper_values`); everything in percent comes back so.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from statistics import fmean

from coinco_book.chapters.published_accuracies import whole_count
from coinco_book.claims.settled.counts import Paper, percent
from coinco_core.errors import CheckError
from coinco_core.judgements import CRITERIA

COLUMNS = ("coinco", "real")  # of the students' table: COinCO's images, unmodified ones
# Rows of the re-evaluation: the released students, its own models, and the paper's first version trained again.
STUDENTS = ("co-occurrence", "location", "size", "max-fusion")
ROWS = (*STUDENTS, "mcp-base", "mcp-compat", "visual-net", "semantic-net", "visual-semantic-net")
LOCALISERS = ("catnet", "mantranet", "trufor", "psccnet")
MEASURES = ("accuracy", "f1", "auc", "ap")
HALF = Fraction(1, 200)  # of the last digit of a percentage with two decimals


def students(paper: Paper) -> dict[str, float]:
    """Changes and averages of the students' table from its twelve cells (section 5.1)."""
    gains = {(c, where): cell(paper, c, where, "after") - cell(paper, c, where, "before") for c, where in _places()}
    averages = {
        f"average_{where}_{when}": fmean(cell(paper, c, where, when) for c in CRITERIA)
        for where in COLUMNS
        for when in ("before", "after")
    }
    return {
        **{f"gain_{c}_{where}": gain for (c, where), gain in gains.items()},
        **averages,
        **{f"gain_average_{where}": fmean(gains[c, where] for c in CRITERIA) for where in COLUMNS},
        "gain_location_and_size_real": fmean(gains[c, "real"] for c in ("location", "size")),
    }


def cell(paper: Paper, criterion: str, where: str, when: str) -> float:
    """One cell of the students' table: where is 'coinco' or 'real', when 'before' or 'after'."""
    return float(paper[f"student-{criterion.replace('_', '-')}-{where}-{when}"])


def _places() -> Iterator[tuple[str, str]]:
    yield from ((c, where) for c in CRITERIA for where in COLUMNS)


def detectors(paper: Paper) -> dict[str, float]:
    """F1 of the two detectors from precision and recall (section 3.1)."""
    names = ("yolo", "groundingdino")
    return {f"f1_{n}": harmonic_mean(paper[f"detector-{n}-precision"], paper[f"detector-{n}-recall"]) for n in names}


def harmonic_mean(a: float, b: float) -> float:
    """The harmonic mean of two numbers: F1, where they are precision and recall."""
    return 2 * a * b / (a + b)


def right_counts(paper: Paper) -> dict[str, tuple[int, int]]:
    """How many of the in-context and of the out-of-context test images each row of the re-evaluation has right."""
    sizes = _test_sizes(paper)
    printed = {row: (paper[f"reevaluation-{row}-accuracy"], paper[f"reevaluation-{row}-balanced"]) for row in ROWS}
    return {row: right_by_class(accuracy, balanced, sizes) for row, (accuracy, balanced) in printed.items()}


def f1_of_rows(paper: Paper) -> dict[str, float]:
    """Both classes' F1 and macro-F1 of each row of the re-evaluation, from its accuracy and balanced accuracy."""
    found = {row: f1_scores(right, _test_sizes(paper)) for row, right in right_counts(paper).items()}
    return {f"{row.replace('-', '_')}_{name}": score for row, scores in found.items() for name, score in scores.items()}


def _test_sizes(paper: Paper) -> tuple[int, int]:
    return paper["labels-test-in"], paper["labels-test-out"]


def right_by_class(accuracy: float, balanced: float, sizes: tuple[int, int]) -> tuple[int, int]:
    """How many of either class are right, from accuracy and balanced accuracy in percent with two decimals.

    `sizes` is (n_in, n_out). Accuracy is (i + o) / (n_in + n_out), balanced accuracy (i / n_in + o / n_out) / 2. Raises
    CheckError when no whole numbers i and o give both, or several do.
    """
    n_in, n_out = sizes
    right = whole_count(accuracy, n_in + n_out, decimals=2)
    pairs = [(i, right - i) for i in range(max(0, right - n_out), min(n_in, right) + 1)]
    stated = Fraction(str(balanced))  # as it is printed, not the binary number nearest to it: 9.375 does round to 9.38
    fitting = [(i, o) for i, o in pairs if abs(50 * (Fraction(i, n_in) + Fraction(o, n_out)) - stated) <= HALF]
    if len(fitting) != 1:
        raise CheckError(f"Accuracy {accuracy} and balanced accuracy {balanced} fit {len(fitting)} pairs of counts.")
    return fitting[0]


def f1_scores(right: tuple[int, int], sizes: tuple[int, int]) -> dict[str, float]:
    """F1 of in-context and of out-of-context and their mean, in percent, from how many of either class are right."""
    wrong = sum(sizes) - sum(right)
    f1_in, f1_out = (percent(2 * hits, 2 * hits + wrong) for hits in right)
    return {"f1_in": f1_in, "f1_out": f1_out, "macro_f1": (f1_in + f1_out) / 2}


def localisation(paper: Paper) -> dict[str, float]:
    """How many of the four localisers are better with context, by measure, and by F1 with the oracle still, as printed.

    The chart and the table print AUC without context; `localisation_auc_improved_by_table` takes the table's.
    """
    cell = "localisation-{}-{}-{}".format

    def better(metric: str, setting: str, than: str) -> int:
        return sum(paper[cell(m, setting, metric)] > paper[cell(m, than, metric)] for m in LOCALISERS)

    with_context = {m: round(100 * paper[cell(m, "ours", "auc")], 1) for m in LOCALISERS}
    return {
        **{f"localisation_{metric}_improved": better(metric, "ours", "original") for metric in MEASURES},
        "localisation_auc_improved_by_table": sum(
            auc > paper[f"localisation-table-{m}-auc"] for m, auc in with_context.items()
        ),
        "localisation_f1_oracle": better("f1", "oracle", "ours"),
    }
