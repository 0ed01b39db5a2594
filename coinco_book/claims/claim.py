"""One claim of the paper, and how its value is printed."""

from __future__ import annotations

from dataclasses import dataclass

from coinco_book.results import PERCENT


@dataclass(frozen=True)
class Claim:
    """One number or comparison of the paper.

    `place` is where it stands in the paper, `known_from` where it was read. Kinds: 'exact' (a number or words),
    'absolute' and 'relative' (within `tolerance`, in the claim's unit or as a share of the value), 'range' (between
    `low` and `high`), 'ordering' (`order` from largest to smallest, called `labels`), 'reading' (two sources were read
    and contradict each other, as `finding` says). `answer` is notebook/key; `beside` is one too, of a number of the
    same kind that is shown and never judged, for the reason in `note`.

    `profile` is the smallest scale that can answer it: 'none' is settled here, with no data; else `lacks` says what is
    missing while nothing answers, and `n` how many images the claim is about. `adopted` marks a setting that this
    book takes over. `signed` marks a value whose sign is part of the claim. `printed` is the value as the paper prints
    it; `finding` what was found about an inconsistency, in a sentence; `expected` is 'differs' when that finding is
    that the paper's value does not hold.
    """

    id: str
    group: str
    text: str
    place: str
    known_from: str
    kind: str
    profile: str
    value: float | str | None = None
    unit: str = ""
    printed: str = ""
    low: float | None = None
    high: float | None = None
    order: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    signed: bool = False
    tolerance: float | None = None
    tolerance_from: str = ""
    lacks: str = ""
    answer: str = ""
    note: str = ""
    finding: str = ""
    expected: str = ""
    n: int | None = None
    beside: str = ""
    adopted: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Every notebook/key that answers it; one for a number, several for an ordering, none when nothing does."""
        return self.order or ((self.answer,) if self.answer else ())

    @property
    def shown_sources(self) -> tuple[str, ...]:
        """Every notebook/key whose number stands in its row: those that answer it, or the one that stands beside."""
        return self.sources or ((self.beside,) if self.beside else ())

    @property
    def basis(self) -> str:
        """What settles it: 'calculation', 'adoption' as this book's own setting, 'reading' both sources, or 'run'."""
        if self.kind == "reading":
            return "reading"
        if self.profile != "none":
            return "run"
        return "adoption" if self.adopted else "calculation"

    @property
    def in_percent(self) -> bool:
        """Whether its number is a percentage, or a difference of two."""
        return self.unit in PERCENT

    @property
    def shown(self) -> str:
        """The paper's value as it is printed: '97,722', '+10.5 points', '25.5 to 74.7 %', 'size above location'."""
        if self.printed:
            return self.printed
        if self.kind == "ordering":
            return " above ".join(self.labels)
        if self.kind == "range":
            return with_unit(f"{number_text(self.low)} to {number_text(self.high)}", self.unit)
        return with_unit(number_text(self.value, signed=self.signed), self.unit)


def number_text(value: float | str | None, *, signed: bool = False, decimals: int | None = None) -> str:
    """A number as the book prints it: thousands parted by commas, a true minus, a plus where `signed`.

    Without `decimals` it has those that it was written with, a float at least one; words stay as they are.
    """
    if value is None or isinstance(value, str):
        return value or ""
    places = decimals_of(value) if decimals is None else decimals
    return f"{value:{'+' if signed else ''},.{places}f}".replace("-", "\N{MINUS SIGN}")


def decimals_of(value: float) -> int:
    """The decimals that a number was written with: none for an int, at least one for a float."""
    if isinstance(value, int):
        return 0
    return max(1, len(f"{value:.10f}".rstrip("0").partition(".")[2]))


def with_unit(text: str, unit: str) -> str:
    """The text followed by its unit, on the same line; '' stays as it is."""
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit and text else text
