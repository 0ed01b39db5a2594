"""The lines that run a page again: by `coinco`, in the place of its run; by plain papermill, beside it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from html import escape
from typing import Any

import yaml

_OPTION = re.compile(r"(?<= )(--?[a-z]+)(?= |$)")
BESIDE = "runs/mine"  # where papermill's results go, so that the good runs stay as they are


def source_of(record: Mapping[str, Any]) -> str:
    """The notebook file that the run of this run.json was made from ('students.ipynb'); '' when it names none."""
    names = [name for name in record.get("depends_on", {}) if name.startswith("notebooks/")]
    return names[0].removeprefix("notebooks/") if names else ""


def coinco_line(record: Mapping[str, Any]) -> str:
    """The call that makes this run again, with what runs it needs; parameters of its own are the user's to change."""
    given = {n: v for n, v in _parameters(record).items() if n != "profile" and n not in record.get("fixed", {})}
    parameters = [word for name, value in given.items() for word in ("-p", f"{name}={_as_yaml(value)}")]
    return shlex.join(["coinco", "run", record["notebook"], "--profile", _profile(record), *parameters, "--force"])


def papermill_line(record: Mapping[str, Any], out: str = "out.ipynb") -> str:
    """The same without `coinco`, from the checkout's top folder, into a folder of its own.

    A notebook that reads other runs finds them there after `copy_line`.
    """
    values = {**_parameters(record), "run_dir": BESIDE}
    parameters = [word for name, value in values.items() for word in ("-p", name, str(value))]
    return shlex.join(["papermill", f"notebooks/{source_of(record)}", out, *parameters])


def copy_line(record: Mapping[str, Any]) -> str:
    """The line that has to come before papermill's: a copy of the runs that this one reads; '' when it reads none."""
    needs = any(name.startswith("run ") for name in record.get("depends_on", {}))
    return shlex.join(["cp", "-r", f"runs/{_profile(record)}/.", BESIDE]) if needs else ""


def lines_html(record: Mapping[str, Any]) -> str:
    """All lines for one page, `coinco`'s first, each to be copied."""
    lines = (coinco_line(record), copy_line(record), papermill_line(record))
    return "".join(as_html(line) for line in lines if line)


def as_html(line: str) -> str:
    """A line to be copied, as one line of HTML, in which no option is cut at its hyphen."""
    kept = _OPTION.sub(r"<span>\1</span>", escape(line).replace("{", "&#123;").replace("\n", "&#10;"))
    return f'<pre class="command">{kept}</pre>'


def _parameters(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"profile": _profile(record), **record.get("parameters", {})}


def _profile(record: Mapping[str, Any]) -> str:
    return str(record.get("made_by", {}).get("profile", "demo"))


def _as_yaml(value: Any) -> str:
    """A value as `coinco run -p` reads it; a text that could be read as something else stands in quotes."""
    plain = isinstance(value, str) and value[:1].isalpha() and yaml.safe_load(value) == value
    return str(value) if plain else json.dumps(value)
