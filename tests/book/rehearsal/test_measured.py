"""Commands are measured, killed in the middle, and none outlives its stage."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil

from coinco_book.rehearsal.measured import Blow, files_below, run_together

WAITS = "import pathlib, subprocess, sys, time; {}; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
CHILD = "child = subprocess.Popen(['sleep', '600']); pathlib.Path(sys.argv[2]).write_text(str(child.pid))"


def python(code: str, *arguments: Path) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def test_what_commands_say_and_hold_is_kept(tmp_path: Path) -> None:
    commands = {"a": python("x = b'x' * 200_000_000; import time; time.sleep(1); print('done')"), "b": python("")}
    ran = run_together(commands, tmp_path / "logs", cwd=tmp_path, env=os.environ)
    assert ran.good and not ran.killed and ran.blows == 0 and ran.peak > 200_000_000
    assert (tmp_path / "logs/a.log").read_text() == "done\n"


def test_one_that_fails_is_told(tmp_path: Path) -> None:
    commands = {"a": python("raise SystemExit('no disk')"), "b": python("")}
    assert not run_together(commands, tmp_path / "logs", cwd=tmp_path, env=os.environ).good
    assert "no disk" in (tmp_path / "logs/a.log").read_text()


def test_a_blow_kills_the_commands_and_what_they_started(tmp_path: Path) -> None:
    begun, pid = tmp_path / "begun", tmp_path / "pid"
    commands = {"a": python(WAITS.format(CHILD), begun, pid), "b": python(WAITS.format("pass"), tmp_path / "other")}
    ran = run_together(commands, tmp_path / "logs", [Blow(begun.exists)], cwd=tmp_path, env=os.environ)
    assert ran.killed and not ran.good and ran.blows == 1
    child = int(pid.read_text())
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)  # a killed process takes a moment to go


def test_a_strike_leaves_the_commands_alone(tmp_path: Path) -> None:
    begun, struck = tmp_path / "begun", tmp_path / "struck"
    code = "import sys, time\nfrom pathlib import Path\nPath(sys.argv[1]).touch()\n"
    code += "while not Path(sys.argv[2]).exists(): time.sleep(.01)"
    blow = Blow(begun.exists, struck.touch)
    ran = run_together({"a": python(code, begun, struck)}, tmp_path / "logs", [blow], cwd=tmp_path, env=os.environ)
    assert ran.good and not ran.killed and ran.blows == 1


def test_files_below_folders_and_files_alike(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_bytes(b"12345")
    (tmp_path / "d").write_bytes(b"12")
    (tmp_path / "a/link").symlink_to(tmp_path / "d")
    assert files_below([tmp_path / "a", tmp_path / "d", tmp_path / "absent"]) == (2, 7)
