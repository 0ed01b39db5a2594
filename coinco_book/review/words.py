"""The facts of an artefact in words, the same on the reviewers' page and in the pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]
_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def fact_rows(facts: Facts) -> list[tuple[str, str]]:
    """Each fact's name and text, in the order in which a reviewer asks for them; what was not measured is left out."""
    rows = [
        ("Disk", _disk(facts["disk"])),
        ("Time to prepare", _prepare(facts["prepare"])),
        ("Time to complete", _complete(facts["complete"], facts["profile"])),
        ("Out of date", _out_of_date(facts.get("out_of_date", {}))),
        ("Hardware of this run", _hardware(facts["hardware"])),
        *((f"Profile {profile['name']}", _profile(profile)) for profile in facts["profiles"]),
        ("Allowed variation", "; ".join(map(_variation, facts["variation"]))),
        ("To be turned", _knobs(facts["knobs"])),
        ("Expected output", _expected(facts["expected"])),
    ]
    return [(name, text) for name, text in rows if text]


def size_words(size: int) -> str:
    """A number of bytes in GB, MB or kB of powers of ten."""
    return next((f"{size / unit:.3g} {name}" for unit, name in _UNITS if size >= unit), f"{size} bytes")


def minutes_words(minutes: float) -> str:
    """A time in seconds, minutes or hours, whichever is read best."""
    if minutes < 1:
        return f"{60 * minutes:.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"


def value_words(value: Any) -> str:
    """A parameter's value; None stands for what the profile says."""
    return "as the profile says" if value is None else str(value)


def _disk(disk: Facts) -> str:
    names = {"checkout": "the checkout", "environment": "its environment", "runs": "the runs of this profile"}
    return ", ".join(f"{size_words(disk[key])} for {name}" for key, name in names.items() if disk[key])


def _prepare(prepare: Facts) -> str:
    return f"`{prepare['command']}` installs {prepare['packages']} pinned packages: minutes, by the network's speed"


def _complete(complete: Facts, profile: str) -> str:
    missing = f"; not run: {', '.join(complete['not_run'])}" if complete["not_run"] else ""
    return f"{minutes_words(complete['seconds'] / 60)} at profile '{profile}', as measured{missing}"


def _out_of_date(changes: Mapping[str, list[str]]) -> str:
    """The notebooks whose sources, code or settings have changed since they were run, each with how much."""
    return "; ".join(f"{name} ({len(parts)} changes since its run)" for name, parts in changes.items())


def _hardware(hardware: Facts) -> str:
    memory = {"of memory": hardware["host_bytes"], "of GPU memory": hardware["device_bytes"]}
    most = [f"{size_words(size)} {name} at most" for name, size in memory.items() if size]
    return ", ".join([*hardware["devices"], *hardware["platforms"], *most])


def _profile(profile: Facts) -> str:
    first = f"; first: {'; '.join(profile['first'])}" if profile["first"] else ""
    network = ", offline" if profile["offline"] else ""
    return f"{profile['description']}; {profile['machine']}, about {minutes_words(profile['minutes'])}{network}{first}"


def _variation(row: Facts) -> str:
    scale, unit = (100, " %") if row["kind"] == "relative" else (1, "")
    ends = dict.fromkeys(f"{scale * end:.3g}" for end in (row["least"], row["most"]) if end is not None)
    size = f", ± {' to '.join(ends)}{unit}" if ends else ""
    count = f"{row['claims']} claim{'s' * (row['claims'] != 1)}"
    return f"{row['kind']} ({count}): {row['from']}{size}"


def _knobs(knobs: Mapping[str, Facts]) -> str:
    names = dict.fromkeys(name for own in knobs.values() for name in own)
    return f"parameters {', '.join(names)}, by notebook above; every setting of profiles/*.yaml"


def _expected(expected: Mapping[str, int]) -> str:
    counts = [f"{count} {status}" for status, count in expected.items() if count]
    return f"`coinco verify` says of {sum(expected.values())} claims: {', '.join(counts)}" if counts else ""
