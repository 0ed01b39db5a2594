"""What a student is to write of an exercise, read off the marks line by line."""

from __future__ import annotations

from coinco_book.exercises.exercise import BEGIN, END


def written_lines(source: str) -> list[str]:
    """The lines between the marks, without indentation: what an edition without solutions must not hold."""
    written, inside = [], False
    for line in map(str.strip, source.splitlines()):
        if line in (BEGIN, END):
            inside = line == BEGIN
        elif inside and line:
            written.append(line)
    return written
