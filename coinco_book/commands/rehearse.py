"""`coinco rehearse`: a large profile's commands at its true counts, on stand-ins for data, servers and weights."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, say, standard_output_kept_for_json
from coinco_core.errors import InputError, did_you_mean

EXIT_TERMINATED = 128 + signal.SIGTERM


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("rehearse")(rehearse)


def rehearse(
    profile: Annotated[str, typer.Option(help="paper or released.")] = "paper",
    out: Annotated[Path | None, typer.Option(help="Its folder (default: runs/rehearsal/PROFILE); resumable.")] = None,
    images: Annotated[int | None, typer.Option(min=500, help="Instead of the paper's 97,722.")] = None,
    prompt: Annotated[str, typer.Option(help="published (the authors'), or full.")] = "published",
    json: Json = False,
) -> None:
    """Rehearse a large profile: every command at its true counts, with kills, without the models' work.

    Data in the released layout, servers and weights are stand-ins; what takes hours on a GPU is cut short, and the
    rest is real: files, requests, tables, checkpoints. Says what each stage took and what it lost.
    """
    from coinco_book.checkout import find_checkout
    from coinco_book.rehearsal.rehearse import PROFILES
    from coinco_book.rehearsal.rehearse import rehearse as carry_out
    from coinco_book.rehearsal.released_files import counts
    from coinco_book.rehearsal.scene import Scene
    from coinco_core.released.catalogue import N_IMAGES

    if profile not in PROFILES:
        raise InputError(f"Only {' and '.join(PROFILES)} are rehearsed.{did_you_mean(profile, PROFILES)}")
    checkout = find_checkout()
    home = (out or checkout.runs("rehearsal") / profile).resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))  # so that nothing that was started stays
    with standard_output_kept_for_json(json):
        record = carry_out(Scene(home, profile, counts(images or N_IMAGES), prompt), checkout, say)
    answer(record, json, _as_text)


def _as_text(record: dict[str, Any]) -> str:
    from coinco_book.rehearsal.table import text_table

    return text_table(record)
