"""What some models put around their answer that is none of its words: thinking aloud, HTML, LaTeX."""

from __future__ import annotations

import re

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.I | re.S)
_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>", re.I)

_ATTRIBUTES = r"(?:\s[^<>]{0,200})?/?>"
_LINE_TAG = re.compile(rf"</?(?:br|p|div|li|[ou]l|h[1-6]|tr|table|thead|tbody|pre|answer)\b{_ATTRIBUTES}", re.I)
_CELL_TAG = re.compile(rf"</?t[dh]\b{_ATTRIBUTES}", re.I)
_WORD_TAG = re.compile(rf"</?(?:b|i|u|em|strong|span|font|mark|code|small)\b{_ATTRIBUTES}", re.I)
_COMMAND = re.compile(r"\\(?:boxed|fbox|text\w{0,2}|math\w{2})\s?\{([^{}]{0,2000})\}")


def without_thoughts(text: str) -> str:
    """The answer that follows what a model thought aloud between <think> tags; '' when it never stopped thinking.

    Nothing in there counts: it goes back and forth. A closing tag alone ends thoughts that the prompt began.
    """
    if "<" not in text:
        return text
    return _THOUGHT_ENDS.split(_THOUGHT.sub("\n", text))[-1]


def without_markup(text: str) -> str:
    """The text with HTML's line breaks as such, its cells apart, and without its tags or LaTeX's boxes and fonts."""
    if "<" in text:
        text = _WORD_TAG.sub("", _CELL_TAG.sub("|", _LINE_TAG.sub("\n", text)))
    if "\\" in text:
        text = _COMMAND.sub(r"\1", _COMMAND.sub(r"\1", text))  # twice: \boxed{\text{...}}
    return text
