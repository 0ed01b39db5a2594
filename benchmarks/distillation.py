"""Training a student: this package's way beside TRL's SFTTrainer on the same model, rows, batches and steps.

    python -m benchmarks.distillation [--json] [--shape demo] [--rows 480] [--epochs 3] [--repeats 3]

Both train the same LoRA from the same weights on the same token ids and masks in the same order, with the same AdamW,
schedule and clipping (see sft_task and sft_peer); `rows equal` and the largest difference between the losses of a step
say whether they did. TRL may choose: it runs with sdpa, its default, and with eager attention, and its faster one
counts. Runs alternate, each in a process of its own, and medians are shown.

Timed is TRL's trainer.train(). Ours is trainer.train() and all that comes before it: reading images, drawing boxes,
the vision tower's pass that fills the store of features, and tokenising. That is paid once, in the first epoch; TRL
pays for its images in each, and had its boxes drawn and templates filled in before the clock began. Where the time
goes is shown for the run of median length (on a GPU, which then has to wait after each part, for one more run). The aim
is 1.5 times TRL's samples a second on two CPU cores.

    python -m benchmarks.distillation --shape 3b [--rows 128] [--peak-tflops 989]

The same for a model of Qwen2.5-VL-3B's configuration with random weights, on one CUDA GPU in bfloat16, the paper's
recipe and micro-batch, COCO-sized noise and rows of the published length; also the share of the GPU's peak that is
reached, and the hours of the paper's three students. The aim is 1.25. It has not been run on a GPU: none was at hand.
Its code was run on a CPU with a small model (the tests do so).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.sft_task import SHAPES, Task
from coinco_core.errors import CoincoError

PARTS = ("features", "encoding", "batches", "vision", "forward", "backward", "optimiser", "rest")


def measure(task: Task, repeats: int) -> dict[str, Any]:
    """Both sides' speed, memory and parts, whether they did the same, and the ratios after one epoch and after all."""
    with tempfile.TemporaryDirectory() as home:
        task.make(Path(home))
        runs: dict[str, list[dict[str, Any]]] = {"ours": [], **{name: [] for name in attentions(task)}}
        for _ in range(repeats):
            for name, done in runs.items():
                done.append(in_a_process(task, name, home))
        faster = min(list(runs)[1:], key=lambda name: seconds(runs[name]))
        clocked = {
            name: typical(runs[name]) if task.device == "cpu" else in_a_process(task, name, home, "--parts")
            for name in ("ours", faster)
        }
    sides = {"ours": "ours", "trl": faster}
    found = {side: speed(task, runs[name]) | {"seconds": where_it_goes(clocked[name])} for side, name in sides.items()}
    ratios = {str(n): seconds(runs[faster], n) / seconds(runs["ours"], n) for n in sorted({1, task.epochs})}
    trl = {name: task.rows * task.epochs / seconds(runs[name]) for name in list(runs)[1:]}
    return {
        "shape": task.shape, "rows": task.rows, "epochs": task.epochs, "batch": task.batch, "micro_batch": task.micro,
        "repeats": repeats, "trl_attention": faster, "trl_samples_per_second": trl, **found, "ratio": ratios,
        **sameness(runs["ours"][0], runs[faster][0]),
    }  # fmt: skip


def attentions(task: Task) -> list[str]:
    """What TRL may choose from: its default, and what may be faster there."""
    from transformers.utils import is_flash_attn_2_available

    if task.shape == "demo":
        return ["sdpa", "eager"]
    return ["sdpa", "flash_attention_2"] if is_flash_attn_2_available() else ["sdpa"]


def in_a_process(task: Task, side: str, folder: str, *options: str) -> dict[str, Any]:
    """What one training prints in an interpreter of its own; `side` is 'ours' or TRL's attention."""
    sizes = [f"--{name}={getattr(task, name)}" for name in ("shape", "rows", "epochs", "batch", "micro")]
    call = [sys.executable, "-m", "benchmarks.distillation", *sizes, "--side", side, "--folder", folder, *options]
    quiet = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}  # TRL else reports its use
    done = subprocess.run(call, env=quiet, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The training ({side}) failed.\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def one(task: Task, side: str, folder: Path, parts: bool) -> dict[str, Any]:
    """One training, in this process."""
    from benchmarks.consensus import Clock

    clock = Clock() if parts or task.device == "cpu" else None
    if side == "ours":
        from benchmarks import sft_ours

        return sft_ours.ours(task, folder, clock)
    from benchmarks import sft_peer

    return sft_peer.trl(task, folder, clock, side)


def seconds(runs: Sequence[dict[str, Any]], epochs: int = 0) -> float:
    """The median over runs of the seconds until the end of an epoch (0: the last), with all that came before it."""
    return median(sum(run["before"].values()) + run["epochs"][epochs - 1] for run in runs)


def typical(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run of median length."""
    return sorted(runs, key=lambda run: seconds([run]))[len(runs) // 2]


def speed(task: Task, runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Medians of a side: samples and tokens (of prompts, images and answers) a second over all epochs, and memory."""
    took = seconds(runs)
    return {
        "samples_per_second": task.rows * task.epochs / took,
        "tokens_per_second": runs[0]["all_tokens"] * task.epochs / took,
        "peak_mb": median(run["peak_mb"] for run in runs),
    }


def where_it_goes(run: dict[str, Any]) -> dict[str, float]:
    """The seconds of one run by part; 'rest' is what Trainer does besides."""
    parts = dict.fromkeys(PARTS, 0.0) | run["before"] | run["parts"]
    whole = parts.pop("whole")
    parts["rest"] = whole - sum(run["parts"][name] for name in ("batches", "forward", "backward", "optimiser"))
    parts["forward"] -= parts["vision"]
    return parts


def sameness(ours: dict[str, Any], trl: dict[str, Any]) -> dict[str, Any]:
    """Whether both were trained on the same ids and masks, and how far their losses of a step are apart at most."""
    apart = max(abs(a - b) for a, b in zip(ours["losses"], trl["losses"], strict=True))
    counts = {name: [ours[name], trl[name]] for name in ("all_tokens", "supervised_tokens")}
    same = {"rows_equal": ours["rows"] == trl["rows"]}
    return same | counts | {"steps": len(ours["losses"]), "largest_loss_difference": apart}


def table(found: dict[str, Any]) -> str:
    """The measurement as a small table."""
    sides, name = (found["ours"], found["trl"]), f"TRL ({found['trl_attention']})"
    lines = [f"{'':24}{'ours':>10}{name:>20}"]
    for key, unit in (("samples_per_second", ""), ("tokens_per_second", ""), ("peak_mb", "  MB")):
        words = key.removesuffix("_mb").replace("_", " ").replace("per", "a")
        lines.append(f"{words:24}" + f"{sides[0][key]:10,.0f}{sides[1][key]:20,.0f}{unit}")
    for part in PARTS:
        lines.append(f"  {part:22}" + f"{sides[0]['seconds'][part]:10.2f}{sides[1]['seconds'][part]:20.2f}  s")
    ratios = ", ".join(f"{ratio:.2f} after {n} epoch{'s' * (n != '1')}" for n, ratio in found["ratio"].items())
    same = "the same ids and masks" if found["rows_equal"] else "DIFFERENT ids or masks"
    apart = f"losses of a step at most {found['largest_loss_difference']:.1e} apart over {found['steps']} steps"
    return "\n".join([*lines, f"ratio: {ratios}", f"both saw {same}; {apart}"])


def main() -> None:
    """The command line; exits with the code of a problem that the user can act on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--shape", choices=SHAPES, default="demo", help="3b needs a CUDA GPU; 3b-small is its test")
    for name, meaning in {"rows": "samples", "batch": "rows of a step", "micro": "rows at once"}.items():
        parser.add_argument(f"--{name}", type=int, help=f"{meaning}; by default as suits the shape")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peak-tflops", type=float, help="of the GPU, dense bfloat16, 10^12 operations a second")
    for hidden in ("--side", "--folder"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--parts", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = {name: getattr(given, name) or usual for name, usual in SHAPES[given.shape].items()}
    task = Task(given.shape, epochs=given.epochs, **sizes)
    if given.side:
        print(json.dumps(one(task, given.side, Path(given.folder), given.parts)))
        return
    try:
        report(task, given)
    except CoincoError as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(problem.exit_code) from None


def report(task: Task, given: argparse.Namespace) -> None:
    """Measures and prints."""
    from benchmarks import sft_scale

    peak = None if task.shape == "demo" else sft_scale.peak_tflops(task, given.peak_tflops)
    found = measure(task, given.repeats)
    if peak is not None:
        found["scale"] = sft_scale.at_scale(task, found, peak)
    if given.json:
        print(json.dumps(found))
        return
    print(table(found))
    if peak is not None:
        print(sft_scale.words(task, found["scale"]))


if __name__ == "__main__":
    main()
