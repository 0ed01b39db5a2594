"""Whether the published counts can be what they are said to be: sums, shares, samples, steps, success.

`paper` holds the paper's values by claim id (see `page.paper_values`); shares come back in percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

from coinco_core.errors import CheckError
from coinco_core.samples import SPLITS

Paper = Mapping[str, Any]
BINS = range(1, 11)  # of the chart of success by mask size
UNUSED_SIZE = 10_000  # `dataset_size` in the authors' train_multi_gpu.py, which nothing reads


def dataset(paper: Paper) -> dict[str, float]:
    """The set's sums and shares, and the 80:20 split of Objects-from-Context."""
    images = paper["train-images"] + paper["test-images"]
    unanimous = paper["unanimous-in"] + paper["unanimous-out"]
    train, validation = parts(paper["train-images"], (4, 1))
    return {
        "images": images,
        "unanimous": unanimous,
        "consensus_share": percent(unanimous, images),
        "consensus_share_training": percent(unanimous, paper["train-images"]),
        "unanimous_out_share": percent(paper["unanimous-out"], unanimous),
        "unanimous_in_share": percent(paper["unanimous-in"], unanimous),
        "ofc_train": train,
        "ofc_validation": validation,
    }


def labels(paper: Paper) -> dict[str, float]:
    """The sums of the released label tables, and what always answering out-of-context scores on the test images."""
    table = {(s, v): paper[f"labels-{s}-{v}"] for s in SPLITS for v in ("in", "out")}
    of_split = {f"labels_{s}": table[s, "in"] + table[s, "out"] for s in SPLITS}
    of_verdict = {f"labels_{v}": sum(n for (_, verdict), n in table.items() if verdict == v) for v in ("in", "out")}
    share = percent(of_verdict["labels_in"], sum(of_verdict.values()))
    always_out = percent(table["test", "out"], of_split["labels_test"])
    return {**of_split, **of_verdict, "labels_in_share": share, "always_out": always_out}


def samples(paper: Paper) -> dict[str, float]:
    """The students' samples by the page and by the code, the largest 1:1 sample of the consensus, and the steps."""
    sums = {f"{source}_samples": sum(paper[f"{source}-{split}"] for split in SPLITS) for source in ("page", "code")}
    per_epoch = ceil(paper["code-train"] / paper["recipe-batch"])
    steps = per_epoch * paper["recipe-epochs"]
    unused_train, *_ = parts(UNUSED_SIZE, (8, 1, 1))
    return {
        **sums,
        "largest_balanced": 2 * min(paper["unanimous-in"], paper["unanimous-out"]),
        "accumulation": paper["recipe-batch"] / (paper["recipe-micro-batch"] * paper["recipe-gpus"]),
        "steps_per_epoch": per_epoch,
        "steps": steps,
        "evaluations": steps // paper["recipe-eval-steps"],
        "saves": steps // paper["recipe-save-steps"],
        "unused_size_steps": unused_train / paper["recipe-batch"],
    }


def success(paper: Paper) -> dict[str, float]:
    """How often inpainting succeeds: by the images that were kept, and by the chart of mask sizes."""
    shares, counts = ([paper[f"mask-{what}-{k}"] for k in BINS] for what in ("success", "count"))
    chart = sum(share * n for share, n in zip(shares, counts, strict=True)) / sum(counts)
    kept = {part: paper[f"{part}-images"] for part in ("train", "test")}
    return {
        **{f"success_{part}": percent(n, paper[f"annotated-{part}"]) for part, n in kept.items()},
        "success_chart": 100 * chart,
        "success_rises": sum(later > earlier for earlier, later in pairwise(shares)),
        "unexplained": kept["train"] - chart * paper["annotated-train"],
    }


def percent(part: float, whole: float) -> float:
    """The share of a part in the whole, in percent."""
    return 100 * part / whole


def parts(total: int, shares: Sequence[int]) -> tuple[int, ...]:
    """A number dealt in whole shares such as 80:20; raises CheckError where they do not come out even."""
    if total % sum(shares):
        raise CheckError(f"{total} cannot be dealt evenly as {':'.join(map(str, shares))}.")
    return tuple(share * total // sum(shares) for share in shares)
