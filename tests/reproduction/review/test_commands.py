"""The lines that a page prints, run as they are printed. The test starts real kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coinco_core.reproduction.layout import Layout
from coinco_core.reproduction.review.commands import copy_line, papermill_line
from coinco_core.reproduction.runs import read_record, run
from tiny_checkout import make_checkout, notebook

WRITES = (
    "from pathlib import Path\nkept = Path(run_dir) / 'kept' / 'seed.txt'\n"
    "kept.parent.mkdir(parents=True, exist_ok=True)\n"
)
READS = (
    "from coinco_core.reproduction.results import read_numbers\nprint(read_numbers(run_dir, 'first')['x']['value'])\n"
)
GLUES = "from coinco_core.reproduction.results import glue_number\nglue_number('x', seed)"


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _shell(line: str, layout: Layout) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        ["sh", "-c", line], cwd=layout.root, env={**os.environ, "PATH": path}, check=True, capture_output=True
    )


def test_papermills_lines_run_and_leave_the_good_runs_as_they_are(tmp_path: Path) -> None:
    pytest.importorskip("papermill")
    notebooks = {name: notebook(code + WRITES + "kept.write_text(str(seed))") for name, code in
                 (("first", GLUES + "\n"), ("second", READS))}  # fmt: skip
    manifest = "[{id: first, title: First}, {id: second, title: Second, needs: [first]}]"
    layout = make_checkout(tmp_path / "c", notebooks, manifest, "{first: {}, second: {}}")
    run(layout=layout, say=lambda _: None)
    before = _contents(layout.runs("demo"))
    for name in notebooks:
        record = read_record(layout, "demo", name)
        assert record is not None
        copy = copy_line(record)
        assert bool(copy) == (name == "second")
        _shell(f"{copy or ':'} && {papermill_line(record).replace('seed 0', 'seed 5')}", layout)
        assert (layout.root / "runs" / "mine" / "kept" / "seed.txt").read_text() == "5"
        assert _contents(layout.runs("demo")) == before
    assert "0\\n" in (layout.root / "out.ipynb").read_text()
