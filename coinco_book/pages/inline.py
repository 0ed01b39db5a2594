"""Words of a run or of a file as HTML on one line, which Markdown and its substitutions leave alone."""

from __future__ import annotations

from html import escape


def inline(text: object) -> str:
    """The text escaped, its white space single blanks: a blank line would end the HTML and begin Markdown."""
    return escape(" ".join(str(text).split())).replace("{", "&#123;")
