"""What the three teachers are shown, where it lies, and where their answers are kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import coinco_world
from coinco_book.runs.folders import teachers_folder
from coinco_core.demo import DEMO, demo_weights
from coinco_core.devices import processes_of
from coinco_core.engines import ROLES
from coinco_core.engines.local import weights_digest
from coinco_core.files import digest, write_text
from coinco_core.provenance import package_versions, source_digest
from coinco_core.samples import Sample
from coinco_core.versions import versions
from coinco_world.dataset import make_world

POOL_SEED = 7_000  # far from the worlds on which the demo models were trained (101 and 102)


def samples_folder(run_dir: str | Path, data: str) -> Path:
    """Where the samples of that setting lie: the folder itself, or for "demo" the scenes of `drawn_pool`."""
    return teachers_folder(Path(run_dir)) / "world" if data == DEMO else Path(data)


def answers_folder(run_dir: str | Path) -> Path:
    """Where the teachers' answers are kept when the profile names no folder for them: one folder per role."""
    return teachers_folder(Path(run_dir)) / "answers"


def drawn_pool(run_dir: str | Path, settings: Mapping[str, Any], n: int, seed: int) -> list[Sample]:
    """n drawn scenes for the three teachers, with the answers beside them where they have been asked before.

    Other scenes, models, prompts, packages or versions of the method make a new pool, and what was there is deleted.
    """
    home = teachers_folder(Path(run_dir))
    method = versions("boxed images", "model inputs", "answers")
    weights = [weights_digest(demo_weights(role)) for role in ROLES]
    made_with = [method, weights, source_digest(Path(coinco_world.__file__).parent), package_versions()]
    asked = [settings[name] for name in ("models", "prompt_version", "decoding", "batch_size")]
    key = digest([made_with, asked, n, seed])
    if not (home / "key").is_file() or (home / "key").read_text() != key:
        shutil.rmtree(home, ignore_errors=True)
        write_text(home / "key", key)
    return make_world(
        home / "world", n=n, seed=POOL_SEED + seed, workers=processes_of(settings["processes"], threads=1)
    )
