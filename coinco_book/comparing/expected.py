"""What each notebook was expected to take and what its last run took; and the latter as a profile's `expected`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coinco_book.checkout import Checkout
from coinco_book.comparing.timing import peak
from coinco_book.profiles import Expectation, load_profile
from coinco_book.runs.notebooks import Notebook, load_notebooks
from coinco_book.runs.records import read_record
from coinco_book.runs.schedule import critical_path
from coinco_core.errors import MissingError


def measured_costs(checkout: Checkout, profile: str) -> list[dict[str, Any]]:
    """One row per notebook, in order: seconds, busy cores and GB (10^9 bytes), expected and measured; None: unknown."""
    expected = load_profile(profile, checkout.profiles).expected
    rows = []
    for notebook in load_notebooks(checkout):
        hoped = expected.get(notebook.id)
        record = read_record(checkout, profile, notebook.id)
        rows.append({
            "notebook": notebook.id,
            "expected_seconds": None if hoped is None else round(60 * hoped.minutes, 2),
            "expected_gb": None if hoped is None else hoped.memory_gb,
            "expected_gpu_gb": None if hoped is None else hoped.gpu_gb,
            "expected_from": "" if hoped is None else hoped.source,
            "seconds": None if record is None else record["seconds"],
            "cores": None if record is None else busy_cores(record),
            "host_gb": None if record is None else _gigabytes(peak(record, "host")),
            "gpu_gb": None if record is None else _gigabytes(peak(record, "device")),
        })  # fmt: skip
    return rows


def busy_cores(record: Mapping[str, Any]) -> float | None:
    """How many cores a run kept busy on average, by its record; None where the system did not tell."""
    used, seconds = record.get("cpu_seconds"), record["seconds"]
    return round(used / seconds, 2) if used and seconds else None


def expected_block(checkout: Checkout, profile: str) -> str:
    """The key `expected` of a profile's YAML as its finished runs measured it, one line per notebook.

    Raises MissingError when no notebook has been run at that profile.
    """
    rows = [row for row in measured_costs(checkout, profile) if row["seconds"] is not None]
    if not rows:
        raise MissingError(f"Nothing has been run at profile '{profile}'; run it first: coinco run --profile {profile}")
    lines = [f"  {row['notebook']}: {{{_entry(row)}}}" for row in rows]
    return "\n".join(["expected:", *lines, ""])


def chain_words(notebooks: Sequence[Notebook], seconds: Mapping[str, float | None]) -> str:
    """The longest chain of notebooks that wait for each other, in a sentence; a minute each where nobody knows."""
    path, length = critical_path(notebooks, seconds)
    return f"All together take {time_words(length)} at least, however many cores there are: {', then '.join(path)}."


def time_words(seconds: float) -> str:
    """A duration in the unit that suits it, to two digits: '9.6 s', '3.2 min', '4.4 h', '7 days'."""
    for unit, length, most in (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 172_800), ("days", 86_400, float("inf"))):
        if seconds < most:
            amount = seconds / length
            return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.2g} {unit}"
    raise AssertionError("the last unit has no end")


def expected_words(expectation: Expectation) -> str:
    """The memory that is expected, in words: '0.6 GB', '11 GB of a GPU', '' when nobody knows."""
    host, gpu = expectation.memory_gb, expectation.gpu_gb
    parts = [f"{host:g} GB"] if host else []
    return " and ".join([*parts, *([f"{gpu:g} GB of a GPU"] if gpu else [])])


def _entry(row: dict[str, Any]) -> str:
    """One notebook's line: no more digits than a second run would confirm."""
    facts = {"minutes": f"{row['seconds'] / 60:.2g}"}
    measured = (("cores", "cores"), ("memory_gb", "host_gb"), ("gpu_gb", "gpu_gb"))
    facts |= {key: f"{row[name]:.2g}" for key, name in measured if row[name]}
    return ", ".join(f"{key}: {value}" for key, value in {**facts, "from": "measured"}.items())


def _gigabytes(n_bytes: int | None) -> float | None:
    return None if n_bytes is None else round(n_bytes / 1e9, 3)
