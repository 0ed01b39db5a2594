"""Settings written on the command line as name=value."""

from __future__ import annotations

import re
from typing import Any

from coinco_core.errors import InputError

_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")  # 1e-4 is a text to YAML 1.1


def read_parameters(texts: list[str], also: str = "") -> dict[str, Any]:
    """The parameters written as name=value; values as YAML reads them (3, 0.1, 1e-4, true, [1, 2], text).

    Names are those of Python, with the letters `also` allowed in them.
    """
    import yaml

    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().translate(str.maketrans(also, "_" * len(also))).isidentifier():
            raise InputError(f"The parameter '{text}' is not of the form name=value.")
        try:
            values[name.strip()] = float(value) if _SCIENTIFIC.fullmatch(value.strip()) else yaml.safe_load(value)
        except yaml.YAMLError:
            raise InputError(f"The value in '{text}' cannot be read; put quotes around a text.") from None
    return values
