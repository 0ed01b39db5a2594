"""Tables that are wider than a phone: each in a box of its own, which moves sideways, also by keyboard."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def boxed(title: str, headings: Iterable[str], rows: str, *, box: str, css: str, caption: str = "") -> str:
    """The table as HTML without a blank line, in a region of that title.

    `headings`, `rows` and `caption` are HTML already, the caption by default the title; `box` and `css` are the style
    sheet's classes of the box and of the table.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    name = escape(title, quote=True)
    return (
        f'<div class="{box}" role="region" tabindex="0" aria-label="{name}"><table class="{css}">'
        f"<caption>{caption or name}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
