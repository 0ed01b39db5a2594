"""A checkout of a few lines, with runs and a ledger, for the tests of the reviewers' door."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.pages.edition import Edition
from coinco_book.runs.records import read_record
from coinco_core.files import sha256_file
from tiny_checkout import make_checkout, notebook

PNG = base64.b64encode(b"\x89PNG an image").decode()
PARAMETERS = 'profile = "demo"\nseed = 0\nrun_dir = "runs/demo"\nn_rows = None\nwhich = 1'
MANIFEST = """
- {id: facts, title: Settled <facts>, numbers: calculations}
- {id: pair_one, source: pair.ipynb, title: One, parameters: {which: 1}, needs: [facts]}
- {id: waiting, title: Not run yet}
"""
CLAIMS = """
- id: tiny
  title: Tiny
  place: Table 1
  known_from: the paper
  claims:
    - {id: one, text: One & one, kind: exact, profile: none, value: 2, answer: facts/sum}
    - {id: two, text: About five, kind: absolute, profile: released, lacks: data, value: 5, tolerance: 0.5,
       tolerance_from: judgement, answer: pair_one/five}
    - {id: three, text: About six, kind: absolute, profile: released, lacks: data, value: 6, tolerance: 0.25,
       tolerance_from: "judgement: of this one"}
"""


def reviewed_checkout(root: Path) -> Checkout:
    """A checkout of three notebooks, of which two have run at profile demo, and three claims, one answered for good."""
    sources = {"facts": notebook("1 + 1"), "pair": notebook("5", parameters=PARAMETERS), "waiting": notebook("1")}
    checkout = make_checkout(root, sources, MANIFEST, "{facts: {}, pair: {data: demo}, waiting: {}}")
    checkout.book.mkdir()
    (checkout.book / "claims.yml").write_text(CLAIMS)
    for name in ("CITATION.cff", "LICENSE"):
        shutil.copyfile(find_checkout().root / name, root / name)
    (root / "constraints.txt").write_text("# pins\na==1\nb==2\n")
    _ran(checkout, "facts", "facts", ("sum", 2), 60.0)
    _ran(checkout, "pair_one", "pair", ("five", 5.25), 90.5, "facts")
    return checkout


def edition_of(checkout: Checkout) -> Edition:
    """The demo edition of that checkout."""
    records = {name: read_record(checkout, "demo", name) for name in ("facts", "pair_one")}
    return Edition(checkout, "demo", {name: record for name, record in records.items() if record})


def _ran(checkout: Checkout, name: str, source: str, recorded: tuple[str, float], seconds: float, *needs: str) -> None:
    """Write the folder of a run whose second code cell recorded a number and drew an image."""
    key, value = recorded
    fixed = {"which": 1} if source == "pair" else {}
    folder = checkout.runs("demo") / name
    folder.mkdir(parents=True)
    executed = json.loads((checkout.notebooks / f"{source}.ipynb").read_text())
    scrap = {"output_type": "display_data", "data": {}, "metadata": {"scrapbook": {"name": key, "is_number": True}}}
    image = {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {"image/png": {"alt": "Bars."}}}
    executed["cells"][-1]["outputs"] = [scrap, image]
    executed["metadata"]["papermill"] = {"output_path": f"{checkout.root}/runs/demo/{name}/{name}.ipynb"}
    read = {f"run {need}": sha256_file(checkout.runs("demo") / need / "run.json") for need in needs}
    record = {
        "notebook": name,
        "seconds": seconds,
        "numbers": "calculations" if name == "facts" else "results",
        "parameters": {"profile": "demo", "seed": 0, **fixed},
        "fixed": fixed,
        "settings": {"data": "demo"} if needs else {},
        "depends_on": {f"notebooks/{source}.ipynb": "0", "coinco_world": "1", **read},
        "cells": [{"first_line": "x", "seconds": 0.1, "host_bytes": 123_456_789, "device_bytes": None}],
        "made_by": {
            "profile": "demo",
            "seed": 0,
            "device": "cpu, because",
            "platform": "Linux x86_64",
            "code_version": "0.1.0+abc",
            "time": "2026-01-02T03:04:05+00:00",
        },
    }
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "numbers.json").write_text(json.dumps({key: {"value": value, "unit": ""}}))
    (folder / f"{name}.ipynb").write_text(json.dumps(executed))
