"""A prompt: a text with a place for the object's name, a name of its own, and a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from coinco_core.categories import category
from coinco_core.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Prompt:
    """One prompt: `template` holds `{object}` where the name goes; `criterion` is None for the teacher's."""

    name: str
    criterion: str | None
    template: str

    def __post_init__(self) -> None:
        if "{object}" not in self.template:
            raise InputError(f"The prompt '{self.name}' has no {{object}} in it; put it where the name should stand.")

    @property
    def digest(self) -> str:
        """The SHA-256 of the template's UTF-8 text, in hex."""
        return sha256(self.template.encode()).hexdigest()

    def render(self, object: str, place: str = "") -> str:
        """The text for one object; an InputError with the nearest names when it is not one of the 80 categories.

        `place` is where its box is, as `Box.place` writes it; only templates with `{place}` need it. The rest of the
        template stays as it is, line ends and indents included.
        """
        if "{place}" in self.template and not place:
            raise InputError(f"The prompt '{self.name}' says where the box is; give the place too.")
        return self.template.replace("{object}", category(object).name).replace("{place}", place)


def check_choice(value: str, allowed: Sequence[str], what: str) -> None:
    """Raises InputError, with the nearest or all of the allowed values, unless the value is one of them."""
    if value not in allowed:
        hint = did_you_mean(value, allowed) or f" It is one of {', '.join(allowed)}."
        raise InputError(f"'{value}' is not a {what}.{hint}")
