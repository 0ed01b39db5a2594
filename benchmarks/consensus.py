"""Three models' answers -> labels -> a student's splits: this package beside the published approach in plain pandas.

    python -m benchmarks.consensus [--json] [--rows 97722]

Both read the same made-up files in the released layout (coco_index, response), 97,722 answers a model and 800 to 1,000
characters each, a tenth of them irregular: bold, without a summary, cut off, or oddly capitalised. Each runs in a
process of its own, so that its memory is its own. The aim is parsing, consensus and split in 3 s and 1 GB on two cores.

The peer is written from the description of the authors' notebooks: four first-match searches an answer, the section
texts of Qwen's, an inner join, comparison with the two spellings, down-sampling with seed 42, the first N, and a
stratified split. As there, it knows no states, agreement or soft labels, and no dealing by image.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coinco_book.rehearsal.answers import MODELS, write_answers

ALL = 97_722
CRITERIA = ("location", "co_occurrence", "size")


class Clock:
    """Seconds by name of step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds the time of a block to a step."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def sizes(rows: int) -> dict[str, int]:
    """The page's 20,000 / 2,000 / 2,000 of 97,722, or as large a part of fewer rows; even numbers."""
    return {name: 2 * (n * rows // ALL // 2) for name, n in (("train", 20_000), ("validation", 2_000), ("test", 2_000))}


def ours(folder: Path, rows: int) -> dict[str, Any]:
    """This package's way, and how many answers it read in full."""
    clock, ballots = Clock(), []
    with clock.step("import"):
        import pandas  # noqa: F401
        import pyarrow.compute  # noqa: F401
        import scipy.optimize  # noqa: F401

        from coinco_core import consensus, released, splits
    for model in MODELS:  # one after another, so that one model's texts are in memory at a time
        with clock.step("read"):
            answers = released.read_answers(folder / f"context_reasoning_{model}.csv", model).table
        with clock.step("parse"):
            ballots.append(consensus.ballot(model, answers))
        del answers
    with clock.step("consensus"):
        votes = consensus.gather(ballots)
        report, labels = consensus.consensus_report(votes), consensus.labels_table(votes)
    with clock.step("split"):
        recipe = splits.recipe("page", **sizes(rows))
        drawn = {criterion: splits.split_labels(labels, criterion, recipe) for criterion in CRITERIA}
    read = sum(reading["read"] for reading in report["reading"].values())
    return {"seconds": clock.seconds, "read_in_full": read, "drawn": {c: len(split) for c, split in drawn.items()}}


KEYS = {"location": "Location", "co_occurrence": "Co-occurrence", "size": "Size", "in_context": "Final decision"}


def first_matches(text: str) -> dict[str, str | None]:
    """The published parser: for each key the first verdict straight after it, as it is written."""
    found = {q: re.search(rf"{key}:\s*(In-context|Out-of-context)", text, re.IGNORECASE) for q, key in KEYS.items()}
    return {question: match.group(1) if match else None for question, match in found.items()}


def section(text: str, criterion: str) -> str | None:
    """The published way to a criterion's analysis; None where the notebook would stop with an error."""
    stops = "|".join([*(KEYS[c] for c in CRITERIA if c != criterion), "Summary"])
    found = re.search(rf"(?:\*\*)?{KEYS[criterion]}:?(.*?)(?:\n(?:\*\*)?(?:{stops})|\Z)", text, re.DOTALL)
    return found.group(1).strip() if found else None


def published(folder: Path, rows: int) -> dict[str, Any]:
    """The published approach, and how many answers have all four verdicts in one of the two spellings it compares."""
    clock, merged, read = Clock(), None, 0
    with clock.step("import"):
        import pandas as pd
        import sklearn.model_selection  # noqa: F401
    for model in MODELS:
        with clock.step("read"):
            table = pd.read_csv(folder / f"context_reasoning_{model}.csv")
        with clock.step("parse"):
            parsed = pd.DataFrame([first_matches(text) for text in table["response"]])
            if model == "qwen":
                for criterion in CRITERIA:
                    parsed[f"{criterion}_section"] = [section(text, criterion) for text in table["response"]]
        read += int(parsed[list(KEYS)].isin(["In-context", "Out-of-context"]).all(axis=1).sum())
        with clock.step("consensus"):
            own = parsed.add_prefix(f"{model}_").assign(coco_index=table["coco_index"])
            merged = own if merged is None else merged.merge(own, on="coco_index", how="inner")
    with clock.step("split"):
        drawn = {criterion: student(merged, criterion, sizes(rows)) for criterion in CRITERIA}
    return {"seconds": clock.seconds, "read_in_full": read, "drawn": {c: len(split) for c, split in drawn.items()}}


def student(merged: Any, criterion: str, parts: Mapping[str, int]) -> Any:
    """One criterion's samples: what all three call the same, balanced, shuffled, cut to N, and split by row."""
    import pandas as pd
    from sklearn.model_selection import train_test_split

    said = [merged[f"{model}_{criterion}"] for model in MODELS]
    classes = [merged[(said[0] == v) & (said[1] == v) & (said[2] == v)] for v in ("In-context", "Out-of-context")]
    fewest = min(len(rows) for rows in classes)
    both = pd.concat([rows.sample(n=fewest, random_state=42) for rows in classes])
    first = both.sample(frac=1, random_state=42).head(sum(parts.values()))
    label, held_out = f"qwen_{criterion}", parts["validation"] + parts["test"]
    train, rest = train_test_split(first, test_size=held_out, stratify=first[label], random_state=42)
    validation, test = train_test_split(rest, test_size=0.5, stratify=rest[label], random_state=42)
    return pd.concat([train, validation, test])


WAYS = {"ours": ours, "published": published}
STEPS = {"make": write_answers, **WAYS}


def in_a_process(step: str, folder: Path, rows: int, sampled: bool = False) -> dict[str, Any]:
    """What one step prints in an interpreter of its own, with the most memory that its processes held where `sampled`.

    Looking at memory slows a process down, so what is sampled is not what is timed.
    """
    call = [sys.executable, "-m", "benchmarks.consensus", "--step", step, "--folder", str(folder), "--rows", str(rows)]
    peak = 0.0
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        while sampled and process.poll() is None:
            peak = max(peak, tree_mb(process.pid))
            time.sleep(0.1)
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"The step {step} failed.")
    result: dict[str, Any] = json.loads(printed.splitlines()[-1])
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return result | ({"peak_mb": peak or largest} if sampled else {})


def tree_mb(pid: int) -> float:
    """The memory of a process and its descendants now, in MB, what they share counted once; 0 where Linux is not."""
    try:
        held = re.search(r"Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    return (int(held[1]) / 1024 if held else 0.0) + sum(tree_mb(int(child)) for child in children)


def measure(rows: int) -> dict[str, Any]:
    """Both ways over the same files: seconds by step and from parse to split, memory, answers read; and the ratio."""
    with tempfile.TemporaryDirectory() as home:
        made = in_a_process("make", Path(home), rows)
        memory = {way: in_a_process(way, Path(home), rows, sampled=True)["peak_mb"] for way in WAYS}
        found = {way: in_a_process(way, Path(home), rows) | {"peak_mb": memory[way]} for way in WAYS}
    for result in found.values():
        result["total"] = sum(result["seconds"].values())
        result["parse_to_split"] = sum(result["seconds"][step] for step in ("parse", "consensus", "split"))
    ratio = found["published"]["parse_to_split"] / found["ours"]["parse_to_split"]
    return {"rows": rows, "mean_characters": made["mean_characters"], **found, "published_over_ours": ratio}


def table(result: Mapping[str, Any]) -> str:
    """The measurement as a small table."""
    steps = list(result["ours"]["seconds"])
    lines = [f"{'':20}{'ours':>10}{'published':>12}"]
    for name in (*steps, "parse_to_split", "total"):
        values = [result[way]["seconds"].get(name, result[way].get(name)) for way in WAYS]
        lines.append(f"{name.replace('_', ' '):20}{values[0]:10.2f}{values[1]:12.2f}  s")
    lines.append(f"{'peak memory':20}{result['ours']['peak_mb']:10.0f}{result['published']['peak_mb']:12.0f}  MB")
    read = [result[way]["read_in_full"] for way in WAYS]
    lines.append(f"{'answers read in full':20}{read[0]:10}{read[1]:12}  of {len(MODELS) * result['rows']}")
    return "\n".join([*lines, f"ratio from parse to split: {result['published_over_ours']:.1f}"])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rows", type=int, default=ALL, help="answers a model")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    result = STEPS[given.step](given.folder, given.rows) if given.step else measure(given.rows)
    print(json.dumps(result) if given.json or given.step else table(result))


if __name__ == "__main__":
    main()
