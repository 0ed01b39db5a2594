"""The lines that a page prints, run as they are printed. The test starts real kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coinco_book.checkout import Checkout
from coinco_book.runs.calls import copy_line, papermill_line
from coinco_book.runs.records import read_record
from coinco_book.runs.run import run
from tiny_checkout import make_checkout, notebook

WRITES = (
    "from pathlib import Path\nkept = Path(run_dir) / 'kept' / 'seed.txt'\n"
    "kept.parent.mkdir(parents=True, exist_ok=True)\n"
)
READS = "from coinco_book.results import read_numbers\nprint(read_numbers(run_dir, 'first')['x']['value'])\n"
GLUES = "from coinco_book.results import glue_number\nglue_number('x', seed)"


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _shell(line: str, checkout: Checkout) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        ["sh", "-c", line], cwd=checkout.root, env={**os.environ, "PATH": path}, check=True, capture_output=True
    )


def test_papermills_lines_run_and_leave_the_good_runs_as_they_are(tmp_path: Path) -> None:
    pytest.importorskip("papermill")
    notebooks = {name: notebook(code + WRITES + "kept.write_text(str(seed))") for name, code in
                 (("first", GLUES + "\n"), ("second", READS))}  # fmt: skip
    manifest = "[{id: first, title: First}, {id: second, title: Second, needs: [first]}]"
    checkout = make_checkout(tmp_path / "c", notebooks, manifest, "{first: {}, second: {}}")
    run(checkout=checkout, say=lambda _: None)
    before = _contents(checkout.runs("demo"))
    for name in notebooks:
        record = read_record(checkout, "demo", name)
        assert record is not None
        copy = copy_line(record)
        assert bool(copy) == (name == "second")
        _shell(f"{copy or ':'} && {papermill_line(record).replace('seed 0', 'seed 5')}", checkout)
        assert (checkout.root / "runs" / "mine" / "kept" / "seed.txt").read_text() == "5"
        assert _contents(checkout.runs("demo")) == before
    assert "0\\n" in (checkout.root / "out.ipynb").read_text()
