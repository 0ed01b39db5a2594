"""The difference of two runs as text: a summary on top, then every section with aligned columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coinco_book.comparing.difference import Difference
from coinco_book.comparing.match import DiffRow, Match, Section

_WIDEST = (32, 44, 44, 44)  # of notebook, name, A and B; what is longer is cut
_HEADINGS = ["", "notebook", "what", "A", "B", "match"]


def report(difference: Difference, only_changes: bool = False) -> str:
    """The whole report, the summary always of everything; lines may be longer than a terminal is wide."""
    parts = [*_heads(difference), "", *_summary(difference)]
    for section in difference.sections:
        parts += ["", *_section(section, section.shown(only_changes))]
    return "\n".join(parts)


def details(row: DiffRow) -> list[str]:
    """What is said of a row beside how it matches: how far two numbers lie apart ('by 4.2 %', 'by 2e-09'), its note."""
    far = row.difference or 0.0
    by = f"by {100 * far:.3g} %" if far >= 1e-3 else f"by {far:.0e}"
    return [*([by] if far and not row.both else []), *([row.note] if row.note else [])]


def _heads(difference: Difference) -> Iterator[str]:
    for letter, side in (("A", difference.a), ("B", difference.b)):
        facts = dict(side.about)
        folder = facts.pop("folder")
        yield f"{letter}: {folder} ({', '.join(f'{name} {value}' for name, value in facts.items() if value)})"


def _summary(difference: Difference) -> list[str]:
    """A table of how many things match in each way, one line per section."""
    sections = [section for section in difference.sections if section.rows]
    used = [match for match in Match if any(section.counts()[match] for section in sections)]
    rows = [["", *map(str, used)]]
    rows += [[s.title, *(str(s.counts()[match] or "") for match in used)] for s in sections]
    return aligned(rows)


def _section(section: Section, rows: Sequence[DiffRow]) -> list[str]:
    nothing = [] if section.remark else ["No change." if section.rows else "Nothing to compare."]
    table = aligned([_HEADINGS, *map(_cells, rows)]) if rows else nothing
    return [section.title.upper(), *([section.remark] if section.remark else []), *table]


def _cells(row: DiffRow) -> list[str]:
    texts = (row.where, row.what, row.a, row.b)
    said = "; ".join([str(row.match), *details(row)])
    return [row.match.icon, *(cut(text, n) for text, n in zip(texts, _WIDEST, strict=True)), said]


def cut(text: str, width: int) -> str:
    """The text on one line, cut to so many letters."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines with aligned columns; the last column is left as it is."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)] + [0]
    return ["  ".join(text.ljust(n) for text, n in zip(row, widths, strict=True)).rstrip() for row in rows]
