"""The page of what the book takes: time and memory by notebook and by cell, predicted and measured, at each profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from coinco_book.comparing.expected import chain_words, expected_words, time_words
from coinco_book.comparing.timing import memory_text, whole
from coinco_book.pages.cells import anchor
from coinco_book.pages.edition import Edition
from coinco_book.pages.inline import inline
from coinco_book.pages.wide_tables import boxed
from coinco_book.profiles import Expectation, Profile, load_profile, profile_names
from coinco_book.runs.notebooks import Notebook, load_notebooks

_NOTEBOOK_HEADS = ("Notebook", "Took", "Predicted", "Held at most", "Predicted to hold")
_CELL_HEADS = ("Cell", "Begins", "Seconds", "Share", "Held at most")
_UNKNOWN = '<span class="costs-unknown">not known</span>'
_MEASURED = "measured"  # where a prediction comes from when nothing more is to be said
Record = Mapping[str, Any]


def fragments(edition: Edition) -> dict[str, str]:
    """The parts `costs`, of the runs in this edition, and `costs_profiles`, what each profile is expected to take."""
    expected = load_profile(edition.profile, edition.checkout.profiles).expected
    return {"costs": _edition(edition, expected), "costs_profiles": _profiles(edition)}


def _edition(edition: Edition, expected: Mapping[str, Expectation]) -> str:
    """A table of the notebooks with the total, the longest chain, and below it the cells of each, folded."""
    rows = [_notebook(edition.notebooks[name], record, expected.get(name)) for name, record in _runs(edition)]
    table = _boxed("What each notebook took", _NOTEBOOK_HEADS, [*rows, _total(edition, expected)])
    cells = [_cells(edition.notebooks[name], record) for name, record in _runs(edition)]
    seconds = {name: float(record["seconds"]) for name, record in _runs(edition)}
    chain = inline(chain_words([edition.notebooks[name] for name in seconds], seconds))
    return "\n\n".join([table, f"<p>{chain}</p>", "### Cell by cell", "".join(cells)])


def _runs(edition: Edition) -> Iterator[tuple[str, Record]]:
    return ((name, edition.records[name]) for name in edition.notebooks)


def _notebook(notebook: Notebook, record: Record, hoped: Expectation | None) -> str:
    time = time_words(60 * hoped.minutes) if hoped else _UNKNOWN
    memory = inline(expected_words(hoped)) if hoped else ""
    held = inline(memory_text(whole(record) or {}))
    link = f'<a href="../notebooks/{notebook.id}.html">{inline(notebook.title)}</a>'
    return _row(link, [time_words(record["seconds"]), time, held or _UNKNOWN, memory or _UNKNOWN])


def _total(edition: Edition, expected: Mapping[str, Expectation]) -> str:
    """The last row: all notebooks, one after the other."""
    took = time_words(sum(record["seconds"] for _, record in _runs(edition)))
    hoped = [expected.get(name) for name in edition.notebooks]
    known = [60 * one.minutes for one in hoped if one]
    time = time_words(sum(known)) if len(known) == len(hoped) else _UNKNOWN
    return _row("<b>All, one after the other</b>", [took, time, "", ""])


def _cells(notebook: Notebook, record: Record) -> str:
    """The cells of one notebook, folded; what is left of its time went into starting and ending the kernel."""
    total = float(record["seconds"]) or 1.0
    costs = [(f"{number}", cell, anchor(number)) for number, cell in enumerate(record["cells"], start=1)]
    rest = max(total - sum(float(cell["seconds"]) for _, cell, _ in costs), 0.0)
    rows = [_cell(notebook.id, number, cell, place, total) for number, cell, place in costs]
    rows.append(_row("", ["<i>the kernel's start and end</i>", f"{rest:.1f}", _share(rest / total), ""]))
    table = _boxed(f"The cells of {notebook.title}", _CELL_HEADS, rows)
    summary = f"{inline(notebook.title)} <small>{len(costs)} cells, {time_words(record['seconds'])}</small>"
    return f'<details class="costs-cells"><summary>{summary}</summary>{table}</details>'


def _cell(notebook: str, number: str, cell: Record, place: str, total: float) -> str:
    seconds = float(cell["seconds"])
    link = f'<a href="../notebooks/{notebook}.html#{place}" aria-label="cell {number}">{number}</a>'
    code = f"<code>{inline(str(cell['first_line']))}</code>"
    return _row(link, [code, f"{seconds:.1f}", _share(seconds / total), inline(memory_text(cell))])


def _share(share: float) -> str:
    """A share (0..1) as a percentage with a bar behind it."""
    return f'<span class="costs-share" style="--share: {100 * share:.1f}%">{share:.0%}</span>'


def _profiles(edition: Edition) -> str:
    """A table of what each profile is expected to take: one column per profile, one row per notebook."""
    folder = edition.checkout.profiles
    profiles = sorted((load_profile(name, folder) for name in profile_names(folder)), key=lambda p: p.minutes)
    heads = ["Notebook", *(f"<code>{inline(p.name)}</code><small>{inline(p.machine)}</small>" for p in profiles)]
    rows = [_row(inline(n.title), [_expected(p, n.id) for p in profiles]) for n in load_notebooks(edition.checkout)]
    total = _row("<b>All</b>", [_all(p, [n.id for n in load_notebooks(edition.checkout)]) for p in profiles])
    return _boxed("What each profile is expected to take", heads, [*rows, total])


def _all(profile: Profile, notebooks: Sequence[str]) -> str:
    """What all notebooks are expected to take together; where not all are known, what the profile says of itself."""
    seconds = [profile.expected_seconds(name) for name in notebooks]
    known = [each for each in seconds if each is not None]
    if len(known) == len(seconds):
        return time_words(sum(known))
    return f"{time_words(60 * profile.minutes)}<small>as the profile says</small>"


def _expected(profile: Profile, notebook: str) -> str:
    hoped = profile.expected.get(notebook)
    if hoped is None:
        return _UNKNOWN
    memory = expected_words(hoped)
    words = time_words(60 * hoped.minutes) + (f", {inline(memory)}" if memory else "")
    return words if hoped.source in ("", _MEASURED) else f"{words}<small>{inline(hoped.source)}</small>"


def _row(head: str, cells: Sequence[str]) -> str:
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _boxed(title: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    return boxed(title, heads, "".join(rows), box="costs-box", css="costs")
