"""A wheel built from the checkout: it holds the three packages with their data, and works far from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from checkout_root import ROOT
from tiny_models import noise

PACKAGES = ("coinco_core", "coinco_world", "coinco_book")
SOURCES = (*PACKAGES, "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources without the network."""
    home = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source, target = ROOT / name, home / "source" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(home)]
    subprocess.run([*build, str(home / "source")], check=True, capture_output=True)
    (found,) = home.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment with the wheel; what it depends on is borrowed from this one."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=False)
    scripts = "Scripts" if os.name == "nt" else "bin"
    own = home / scripts / Path(sys.executable).name
    install = [sys.executable, "-m", "pip", "--python", str(own), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    own_site = Path(_said(own, "import sysconfig; print(sysconfig.get_path('purelib'))", home))
    (own_site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # whose own .pth files are not read
    return own


def _said(python: Path, code: str, folder: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_wheel_holds_all_that_lies_in_the_packages(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.split("/")[0] in PACKAGES}
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    assert held == {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}


def test_the_packages_come_from_the_wheel(python: Path, tmp_path: Path) -> None:
    code = f"import {', '.join(PACKAGES)}; print(coinco_core.__file__, coinco_world.__file__, coinco_book.__file__)"
    places = _said(python, code, tmp_path).split()
    assert [Path(place).is_relative_to(python.parents[1]) for place in places] == [True] * 3


def test_classify_works_from_the_wheel_outside_the_checkout(python: Path, tmp_path: Path) -> None:
    noise(0, (120, 90)).save(tmp_path / "scene.png")
    call = ["classify", "scene.png", "--object", "cow", "--box", "9,9,50,40", "--json"]
    code = f"from coinco_core.cli.app import main; main({call})"
    verdict = json.loads(_said(python, code, tmp_path))
    assert verdict["object"] == "cow" and isinstance(verdict["in_context"], bool)
    assert {0 <= verdict[c]["probability"] <= 1 for c in ("location", "co_occurrence", "size")} == {True}


def test_the_command_of_the_wheel_has_all_commands(python: Path, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    call = [python.parent / "coinco", "--help"]
    done = subprocess.run(call, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert all(f"\n  {name} " in done.stdout for name in ("label", "classify", "run", "verify", "exercises"))
