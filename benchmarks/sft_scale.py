"""What benchmarks.distillation says of a GPU: the share of its peak that training reaches, and the paper's hours."""

from __future__ import annotations

from typing import Any

from benchmarks.sft_task import Task, random_config
from coinco_book.cost.model_sizes import student_on_meta
from coinco_book.cost.training_work import image_grid, row_work, tower_work
from coinco_core.errors import InputError, MissingError

PEAKS = {  # dense bfloat16 by the data sheets, in 10^12 operations a second; the longer names come first
    "H100 PCIe": 756, "H100 NVL": 835, "H100": 989, "H200": 989, "A100": 312,
}  # fmt: skip
STUDENTS, SAMPLES = 3, 20_000  # of the paper: one student for each criterion, and what each is trained on


def peak_tflops(task: Task, given: float | None) -> float:
    """The peak of the GPU at hand in 10^12 operations a second: what was given, else by its name.

    Raises MissingError without a CUDA GPU where the task needs one, InputError for one whose peak is not known.
    """
    import torch

    if task.device == "cuda" and not torch.cuda.is_available():
        raise MissingError(f"--shape {task.shape} needs a CUDA GPU, and torch finds none on this machine.")
    name = torch.cuda.get_device_name() if task.device == "cuda" else "the CPU"
    known = given or next((peak for short, peak in PEAKS.items() if short in name), None)
    if known is None:
        raise InputError(f"The peak of {name} is not known here; give its data sheet's dense one with --peak-tflops.")
    return known


def at_scale(task: Task, found: dict[str, Any], peak: float) -> dict[str, Any]:
    """For each side the share of the peak, and the hours of one GPU for the paper's three students at this speed.

    The share is of what each side had to compute: ours passes an image through the vision tower once, TRL's once an
    epoch; padding and logits that nobody needs count as nothing. Hours are for as many epochs as were run.
    """
    length, answer = (round(found[f"{kind}_tokens"][0] / task.rows) for kind in ("all", "supervised"))
    student = student_on_meta(random_config(task.shape), task.recipe)
    vision = tower_work(student.get_base_model().model.visual, image_grid(*task.image))
    work = row_work(student, length, answer + 1, vision)
    result: dict[str, Any] = {"peak_tflops": peak, "tokens_a_row": length}
    for side in ("ours", "trl"):
        speed = found[side]["samples_per_second"]
        operations = work.of_a_run(task.rows, task.epochs, cached=side == "ours") / (task.rows * task.epochs)
        hours = STUDENTS * SAMPLES * task.epochs / speed / 3600
        result[side] = {"utilisation": operations * speed / (peak * 1e12), "gpu_hours": hours}
    return result


def words(task: Task, scale: dict[str, Any]) -> str:
    """The same in lines."""
    lines = [f"rows of {scale['tokens_a_row']} tokens; peak {scale['peak_tflops']:g} x 10^12 operations a second"]
    for side, name in (("ours", "ours"), ("trl", "TRL")):
        share, hours = scale[side]["utilisation"], scale[side]["gpu_hours"]
        lines.append(
            f"{name}: {share:.1%} of the peak; {STUDENTS} students of {SAMPLES:,} samples x {task.epochs} epochs: "
            f"{hours:.1f} GPU-hours, or {hours / STUDENTS:.1f} hours with a GPU for each student"
        )
    return "\n".join(lines)
