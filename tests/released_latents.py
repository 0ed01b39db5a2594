"""Files in the layout of the authors' latents and tables of Objects-from-Context, with made-up contents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch

CACHES = {"training": "cached_embeddings_train_val_op", "testing": "cached_embeddings_testing_op"}


def write_released_latents(folder: Path, sizes: dict[str, int], categories: int = 6, seed: int = 0) -> Path:
    """The data folder, which now holds `sizes` images of training, validation and testing; a class shows a little."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(categories, 2, 4, 32, 32))
    tables = folder / "resources/task_data/objects_from_context_prediction"
    tables.mkdir(parents=True)
    first = 0
    for part, n in sizes.items():
        pool = "testing" if part == "testing" else "training"
        begin = first if pool == "training" else 0
        indices, labels = list(range(begin, begin + n)), rng.integers(0, categories, n)
        first = begin + n
        pd.DataFrame({"coco_index": indices, "label": labels}).to_csv(tables / f"{part}_data.csv", index=False)
        cache = folder / "resources/cache" / CACHES[pool]
        cache.mkdir(parents=True, exist_ok=True)
        for index, label in zip(indices, labels, strict=True):
            latents = (0.3 * directions[label] + rng.normal(size=(2, 4, 32, 32))).astype(np.float32)
            image, mask = (torch.tensor(part) for part in latents)
            torch.save({"latent1": image, "latent2": mask, "label": int(label)}, cache / f"{index}.pt")
    return folder
