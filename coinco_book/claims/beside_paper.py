"""The paper's published numbers beside those of a run, each named for what it is.

The numbers are the ledger's (`book/claims.yml`); which of them stand in a table, and under which words, is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_book.checkout import find_checkout
from coinco_book.claims.claim import Claim, number_text
from coinco_book.claims.ledger import LEDGER, load_claims
from coinco_book.results import read_numbers, to_percent
from coinco_core.errors import InputError, did_you_mean
from coinco_core.judgements import CRITERIA

if TYPE_CHECKING:
    import pandas

DEMO_BADGE = '<span class="demo-badge">demo number</span>'
_PLACES = {"coinco": "replaced objects", "real": "unmodified scenes"}
_LEVELS = {"instance": "80 categories", "clique": "12 supercategories"}


@dataclass(frozen=True)
class Table:
    """A comparison as the page has it: its title, where the paper's numbers stand, and the claim behind each label."""

    title: str
    source: str
    claims: Mapping[str, str]


TABLES = {
    "consensus": Table(
        "Consensus of the three models",
        "section 3.2",
        {
            "unanimous by their final decision, where all three answered": "consensus-share-answered",
            "of those, out-of-context": "unanimous-out-share",
            "consensus is right": "human-agreement",
        },
    ),
    "students": Table(
        "Accuracy before and after distillation",
        "section 5.1",
        {
            f"{c.replace('_', '-')}, {where}, {when}": f"student-{c.replace('_', '-')}-{place}-{when}"
            for place, where in _PLACES.items()
            for c in ("size", "location", "co_occurrence")  # the order of the paper's table
            for when in ("before", "after")
        },
    ),
    "objects": Table(
        "Objects from context, accuracy at k",
        "section 5.2; top-10 from the authors' result file",
        {
            f"{words}, top-{k}": f"ofc-{level}-top{k}" for level, words in _LEVELS.items() for k in (1, 3, 5, 10)
        },
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One published number and the run's of the same kind, both in percent; `low` and `high` bound the run's.

    `printed` is the published number as the paper has it.
    """

    label: str
    paper: float
    here: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""
    printed: str = ""


@dataclass(frozen=True)
class Comparison:
    """A table of pairs: what it is about, and where in the paper its numbers stand."""

    title: str
    source: str
    pairs: tuple[Pair, ...]


def compare(name: str, run_dir: Path | str, ledger: Path | None = None) -> Comparison:
    """The comparison of that name ('consensus', 'students', 'objects') for the runs in `run_dir`.

    A number that a run did not record is None. Raises InputError for an unknown name, MissingError when a notebook has
    not been run.
    """
    if name not in TABLES:
        raise InputError(f"No comparison is called '{name}'.{did_you_mean(name, TABLES)}")
    table = TABLES[name]
    claims = {claim.id: claim for claim in load_claims(ledger or find_checkout().book / LEDGER)}
    chosen = {label: claims[claim_id] for label, claim_id in table.claims.items()}
    notebooks = {source.split("/")[0] for claim in chosen.values() for source in claim.shown_sources}
    numbers = {notebook: read_numbers(run_dir, notebook) for notebook in sorted(notebooks)}
    pairs = tuple(_pair(label, claim, numbers) for label, claim in chosen.items())
    return Comparison(table.title, table.source, pairs)


def _pair(label: str, claim: Claim, numbers: Mapping[str, Mapping[str, Any]]) -> Pair:
    notebook, key = claim.shown_sources[0].split("/")
    entry = numbers[notebook].get(key, {})
    here = entry.get("value") if not isinstance(entry.get("value"), str) else None
    scale = to_percent(str(entry.get("unit", "")))
    low, high = (None if entry.get(end) is None else scale * entry[end] for end in ("low", "high"))
    value = None if here is None else scale * here
    why = claim.note if claim.beside else ""  # what is said of claims that a run may answer is the ledger's
    return Pair(label, float(claim.value or 0), value, low, high, entry.get("n"), why, _bare(claim))


def _bare(claim: Claim) -> str:
    """The value as the paper prints it, without its unit: the table's head has it."""
    return (claim.printed or number_text(claim.value)).removesuffix("%").strip()


def gains(comparison: Comparison) -> pandas.DataFrame:
    """The change from 'before' to 'after' in points, one row for what stands in front of the last comma of the labels.

    Columns 'paper' and 'here'; NaN where this run has no number.
    """
    import pandas

    found: dict[str, dict[str, Pair]] = {}
    for pair in comparison.pairs:
        what, when = pair.label.rsplit(", ", 1)
        found.setdefault(what, {})[when] = pair
    rows = {what: _gain(pairs["before"], pairs["after"]) for what, pairs in found.items()}
    return pandas.DataFrame.from_dict(rows, orient="index", columns=["paper", "here"])


def _gain(before: Pair, after: Pair) -> tuple[float, float]:
    here = float("nan") if before.here is None or after.here is None else after.here - before.here
    return after.paper - before.paper, here


def published_bars(comparison: Comparison, where: str) -> pandas.DataFrame:
    """The paper's numbers of the students as shares (0..1), for those rows whose label names `where`.

    `where` is "replaced objects" or "unmodified scenes"; columns criterion, answerer ('before' or 'student'), value.
    Raises InputError when no row names it.
    """
    import pandas

    answerers = {"before": "before", "after": "student"}
    labels = [(pair.label.split(", "), pair.paper) for pair in comparison.pairs]
    rows = [
        {"criterion": what.replace("-", "_"), "answerer": answerers[when], "value": paper / 100}
        for (what, place, when), paper in labels
        if place == where
    ]
    if not rows:
        raise InputError(f"The paper has no numbers for '{where}' in this comparison.")
    found = pandas.DataFrame(rows)
    return found.sort_values("criterion", key=lambda names: names.map(CRITERIA.index), kind="stable", ignore_index=True)


def comparison_html(comparison: Comparison, *, demo: bool) -> str:
    """The comparison as an HTML table; every number of a demo run carries its mark.

    A note that neighbouring rows share stands in the first of them.
    """
    titles = (f"{escape(comparison.title)}, %", "the paper", "this run")
    head = "<tr>" + "".join(f"<th>{title}</th>" for title in titles) + "</tr>"
    above = ["", *(pair.note for pair in comparison.pairs)]
    pairs = zip(comparison.pairs, above, strict=False)
    body = "".join(_row(pair, "" if pair.note == before else pair.note, demo) for pair, before in pairs)
    source = f"<caption>The paper's numbers: {escape(comparison.source)}.</caption>"
    return f'<table class="table comparison">{source}<thead>{head}</thead><tbody>{body}</tbody></table>'


def _row(pair: Pair, note: str, demo: bool) -> str:
    below = f"<br><small>{escape(note)}</small>" if note else ""
    return f"<tr><td>{escape(pair.label)}{below}</td><td>{escape(pair.printed)}</td><td>{_here(pair, demo)}</td></tr>"


def _here(pair: Pair, demo: bool) -> str:
    if pair.here is None:
        return "not defined in this run"
    facts = [] if pair.low is None or pair.high is None else [f"95 % interval {pair.low:.1f} to {pair.high:.1f}"]
    facts += [] if pair.n is None else [f"n&nbsp;=&nbsp;{pair.n}"]
    details = f"<br><small>{', '.join(facts)}</small>" if facts else ""
    return f"{pair.here:.1f} {DEMO_BADGE if demo else ''}{details}"
