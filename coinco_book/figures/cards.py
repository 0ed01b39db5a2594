"""A model's answers beside their images, as HTML that a page can hold without any script or style from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from coinco_core.errors import InputError
from coinco_core.samples import Sample, boxed_image

if TYPE_CHECKING:
    from PIL.Image import Image

# colours come from the theme where it defines them, so that the cards fit its dark mode too
_CARD = (
    "display:flex;flex-wrap:wrap;gap:1rem;padding:.8rem;margin:.8rem 0;border:1px solid var(--pst-color-border,#ccc);"
    "border-radius:.4rem"
)
_TEXT = "flex:1 1 18rem;min-width:0"
_ANSWER = (
    "white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em;margin:.2rem 0 .8rem;padding:.5rem;"
    "background:var(--pst-color-surface,#f5f5f5);color:inherit;border-radius:.3rem"
)
# underlined too: colour is never alone
_MARK = "background:var(--co-mark,#fbe54e);color:var(--co-mark-ink,#1d2b33);text-decoration:underline;padding:0 .1em"
Spans = Iterable[tuple[int, int]]  # from which character of a text up to which (exclusive), in order, none over another


def answer_cards(
    images: Sequence[Image],
    headings: Sequence[str],
    answers: Sequence[Mapping[str, str]],
    *,
    alts: Sequence[str] | None = None,
    width: int = 224,
    marks: Callable[[str], Spans] | None = None,
) -> str:
    """HTML with a card a sample: its image (as wide as `width` pixels), its heading, and each answer under its name.

    Headings, names and answers are escaped: what a model wrote is shown, never interpreted.

    Args:
        answers: for each sample, who or what answered -> the text.
        alts: what each image shows; by default its heading.
        marks: the stretches of a text that are marked in it, such as the phrases that carry a verdict.
    """
    texts = headings if alts is None else alts
    rows = zip(images, headings, answers, texts, strict=True)
    return "\n".join(_card(*row, width, marks) for row in rows)


def boxed_cards(
    folder: str | Path,
    samples: Sequence[Sample],
    answers: Sequence[Mapping[str, str]],
    *,
    headings: Sequence[str] | None = None,
    marks: Callable[[str], Spans] | None = None,
) -> str:
    """`answer_cards` of samples: their images, read from `folder`, with the red box, which the alt texts say.

    The heading of a card is the object in the box unless headings are given.
    """
    images = [boxed_image(folder, sample) for sample in samples]
    alts = [f"A scene with the object to judge in a red box: {sample.object}" for sample in samples]
    return answer_cards(images, headings or [s.object for s in samples], answers, alts=alts, marks=marks)


def marked(text: str, spans: Spans) -> str:
    """The text as HTML with these stretches marked; every piece of it is escaped before a mark is set around it.

    Raises InputError when a stretch lies outside the text or over the one before it.
    """
    html, done = "", 0
    for start, end in spans:
        if not done <= start <= end <= len(text):
            raise InputError(f"The stretch {start} to {end} lies outside the text, or over the one before it.")
        html += f'{escape(text[done:start])}<mark style="{_MARK}">{escape(text[start:end])}</mark>'
        done = end
    return html + escape(text[done:])


def show_html(html: str, *, plain: str = "") -> None:
    """Put HTML on the page; `plain` is what readers without HTML get."""
    from IPython.display import display

    display({"text/html": html, "text/plain": plain or "(cards, see the page)"}, raw=True)


def _card(
    image: Image, heading: str, answers: Mapping[str, str], alt: str, width: int, marks: Callable[[str], Spans] | None
) -> str:
    spans = marks or (lambda text: ())
    shown = "".join(
        f'<div><strong>{escape(name)}</strong></div><div style="{_ANSWER}">{marked(text, spans(text))}</div>'
        for name, text in answers.items()
    )
    shown_image = f'<img src="data:image/png;base64,{_encoded(image, width)}" alt="{escape(alt)}" width="{width}">'
    return (
        f'<div style="{_CARD}"><div>{shown_image}</div><div style="{_TEXT}">'
        f'<div style="margin-bottom:.6rem"><strong>{escape(heading)}</strong></div>{shown}</div></div>'
    )


def _encoded(image: Image, width: int) -> str:
    """The image as base64 PNG, at most twice as wide as it is shown."""
    small = image.convert("RGB")
    small.thumbnail((2 * width, 4 * width))
    buffer = BytesIO()
    small.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
