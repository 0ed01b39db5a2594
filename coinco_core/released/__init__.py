"""What the authors released: where each thing lies, how it is fetched and checked, what it holds, how it is read.

An index (`coco_index`) counts the images of a COCO split in ascending order of their ids. The training and the test
split count separately, so the same number means two images: ids here carry the pool, as in 'testing-000017'.
"""

from __future__ import annotations

from coinco_core.released.answers import ReleasedAnswers, read_answers
from coinco_core.released.archives import unpack
from coinco_core.released.catalogue import FILES, ReleasedFile, Source, data_folder, released_file
from coinco_core.released.check import FileState, check_file, is_here
from coinco_core.released.fetching import FetchReport, fetch
from coinco_core.released.image_samples import released_samples
from coinco_core.released.indices import POOLS, CocoIndices, coco_indices, sample_id
from coinco_core.released.object_splits import read_objects
from coinco_core.released.table_checks import read_mapping, read_released

__all__ = [
    "FILES",
    "POOLS",
    "CocoIndices",
    "FetchReport",
    "FileState",
    "ReleasedAnswers",
    "ReleasedFile",
    "Source",
    "check_file",
    "coco_indices",
    "data_folder",
    "fetch",
    "is_here",
    "read_answers",
    "read_mapping",
    "read_objects",
    "read_released",
    "released_file",
    "released_samples",
    "sample_id",
    "unpack",
]
