"""What many tests need: the shared folder, a browser, and one thread a process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checkout_root import ROOT

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run side by side, one process a core
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test may ask the network
os.environ.setdefault("MPLBACKEND", "Agg")
_CACHE = tempfile.TemporaryDirectory(prefix="coinco-cache-")  # a user's own is neither read nor written
os.environ["COINCO_CACHE"] = _CACHE.name

import hypothesis  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("no clock", deadline=None)  # a busy machine is no fault of the code
hypothesis.settings.load_profile("no clock")

pytest_plugins = ["latent_fixtures"]


def unavailable(reason: str, required_by: str) -> None:
    """Skip the test, or fail it where that environment variable says that it must run."""
    if os.environ.get(required_by):
        pytest.fail(f"{reason}, and {required_by} says it must be there")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real images and annotations: COINCO_SHARED, else `shared` beside the checkout."""
    folder = Path(os.environ.get("COINCO_SHARED", ROOT.parent / "shared"))
    if not (folder / "real").is_dir():
        unavailable(f"the shared folder {folder} is not here", "COINCO_REQUIRE_SHARED")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium of the system that can reach no host.

    For one file of tests: as long as it is there, Playwright's event loop runs in this process, and no other can.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        unavailable("no Chromium is installed", "COINCO_REQUIRE_BROWSER")
    try:
        from playwright import sync_api as playwright
    except ImportError:
        unavailable("Playwright is not installed", "COINCO_REQUIRE_BROWSER")
    with playwright.sync_playwright() as driver:
        options = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        chromium = driver.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()
