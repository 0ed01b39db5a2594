"""What the authors released: where each file lies once fetched, what it holds, and how it is read.

An index (`coco_index`) counts the pictures of a COCO split in ascending order of their ids. The training and the test
split count separately, so the same number means two pictures: ids here carry the pool, as in 'testing-000017'.
"""

from __future__ import annotations

from coinco_core.released.answers import ReleasedAnswers, read_answers
from coinco_core.released.catalogue import (
    FILES,
    FileState,
    ReleasedFile,
    check_file,
    data_folder,
    read_released,
    released_file,
    sample_id,
)
from coinco_core.released.pictures import released_samples

__all__ = [
    "FILES",
    "FileState",
    "ReleasedAnswers",
    "ReleasedFile",
    "check_file",
    "data_folder",
    "read_answers",
    "read_released",
    "released_file",
    "released_samples",
    "sample_id",
]
