"""A small table of samples, each with an image of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from coinco_core.samples import Box, Sample, write_samples
from tiny_models import noise

N = 12


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A folder with samples.parquet and twelve images of noise."""
    folder = tmp_path / "samples"
    folder.mkdir()
    for i in range(N):
        noise(i, (32, 24)).save(folder / f"{i}.png")
    box = Box(4, 4, 9, 9)
    samples = [Sample(f"s{i}", f"{i}.png", 32, 24, box, "cow", "dog", "train", "demo", True) for i in range(N)]
    write_samples(folder, samples)
    return folder
