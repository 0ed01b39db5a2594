"""Notebooks at the same time: they really are, nothing is lost when they are interrupted, and numbers stay the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checkout_root import ROOT
from coinco_book.checkout import Checkout
from coinco_book.runs.run import run
from coinco_core.errors import InputError
from tiny_checkout import make_checkout, notebook

MANIFEST = "[{id: a, title: A}, {id: b, title: B}, {id: c, title: C, needs: [a]}]"
SECTIONS = "{a: {}, b: {}, c: {}}"
MEETS = """
import time
from pathlib import Path
Path(run_dir, '{own}.here').touch()
for _ in range(600):
    if Path(run_dir, '{other}.here').exists():
        break
    time.sleep(0.1)
else:
    raise TimeoutError('the other notebook never came')
"""
SLOW = """
import os, time
from pathlib import Path
if Path(run_dir, 'slow').exists():
    Path(run_dir, '{own}.pid').write_text(f'{os.getpid()} {os.getppid()}')
    time.sleep(300)
"""


def test_two_notebooks_run_at_the_same_time(tmp_path: Path) -> None:
    """Each waits for the other, so one after the other neither would end well."""
    notebooks = {"a": notebook(MEETS.format(own="a", other="b")), "b": notebook(MEETS.format(own="b", other="a"))}
    checkout = make_checkout(tmp_path / "c", {**notebooks, "c": notebook("1")}, MANIFEST, SECTIONS)
    outcomes = run(jobs=2, checkout=checkout, say=lambda _: None)
    assert [(outcome.notebook, outcome.status) for outcome in outcomes] == [("a", "ran"), ("b", "ran"), ("c", "ran")]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_failure_lets_the_independent_ones_finish_and_all_is_reported(tmp_path: Path, jobs: int) -> None:
    notebooks = {"a": notebook("1 / 0"), "b": notebook("import time\ntime.sleep(1)"), "c": notebook("1")}
    checkout, said = make_checkout(tmp_path / "c", notebooks, MANIFEST, SECTIONS), list[str]()
    outcomes = run(jobs=jobs, checkout=checkout, say=said.append)
    assert [outcome.status for outcome in outcomes] == ["failed", "ran", "blocked"]
    assert "ZeroDivisionError" in outcomes[0].reason
    assert {line.split(":")[0] for line in said} == {"device", "a", "b", "c"}


def test_no_jobs_is_refused(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "c", {"a": notebook("1")}, "[{id: a, title: A}]", "{a: {}}")
    with pytest.raises(InputError, match="at least one notebook"):
        run(jobs=0, checkout=checkout)


def test_the_number_of_threads_is_the_profiles_and_is_recorded(tmp_path: Path) -> None:
    cell = (
        "import os\nfrom coinco_book.results import glue_number\nglue_number('n', int(os.environ['OMP_NUM_THREADS']))"
    )
    notebooks = {"a": notebook(cell), "b": notebook(cell), "c": notebook("1")}
    checkout = make_checkout(tmp_path / "c", notebooks, MANIFEST, SECTIONS)
    with (checkout.profiles / "demo.yaml").open("a") as file:
        file.write("threads: {default: 3, b: 2}\n")
    run(["a", "b"], jobs=2, checkout=checkout, say=lambda _: None)
    for name, threads in (("a", 3), ("b", 2)):
        folder = checkout.runs("demo") / name
        assert json.loads((folder / "numbers.json").read_text())["n"]["value"] == threads
        assert json.loads((folder / "run.json").read_text())["made_by"]["threads"] == threads


@pytest.fixture
def interrupted(tmp_path: Path) -> Checkout:
    """A checkout with good runs of two notebooks that will not end by themselves the next time."""
    notebooks = {name: notebook(SLOW.replace("{own}", name)) for name in ("a", "b")}
    checkout = make_checkout(tmp_path / "c", {**notebooks, "c": notebook("1")}, MANIFEST, SECTIONS)
    run(["a", "b"], jobs=2, checkout=checkout, say=lambda _: None)
    (checkout.runs("demo") / "slow").touch()
    return checkout


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_end_from_outside_ends_all_and_loses_nothing(interrupted: Checkout, end: signal.Signals) -> None:
    folder = interrupted.runs("demo")
    before = {name: (folder / name / "run.json").read_bytes() for name in ("a", "b")}
    code = (
        "import sys; from pathlib import Path\n"
        "from coinco_book.checkout import Checkout; from coinco_book.runs.run import run\n"
        "run(['a', 'b'], force=True, jobs=2, checkout=Checkout(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(interrupted.root)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pids = [int(pid) for name in ("a", "b") for pid in _written(folder / f"{name}.pid").split()]
    process.send_signal(end)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0 and (end == signal.SIGKILL or said.splitlines()[-1] == "KeyboardInterrupt")
    _until(lambda: not any(map(_alive, pids)))
    (folder / "slow").unlink()
    outcomes = run(["a", "b"], jobs=2, checkout=interrupted, say=lambda _: None)
    assert [outcome.status for outcome in outcomes] == ["skipped", "skipped"]
    assert before == {name: (folder / name / "run.json").read_bytes() for name in ("a", "b")}


def _written(path: Path) -> str:
    _until(lambda: path.is_file() and len(path.read_text().split()) == 2)
    return path.read_text()


def _until(true: object) -> None:
    """Wait until something is true; a test that would wait for ever fails instead."""
    assert callable(true)
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    pytest.fail("it did not come about within a minute")
