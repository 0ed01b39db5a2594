"""What a student learns from: the teacher's finding for one criterion, as the prompt and the answer of one example.

The paper's text trains on samples of which all three LVLMs say the same; the authors' notebooks filter by Qwen's
verdict alone. Both come in here as a table of findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coinco_core.distillation.collator import StudentRows, TrainingRow, encode_row
from coinco_core.distillation.judged import JudgedSamples
from coinco_core.engines.encoding import Pixels
from coinco_core.errors import InputError
from coinco_core.judgements import CRITERIA, Finding
from coinco_core.prompts import Prompt, student_target
from coinco_core.samples import Sample

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("reasoning", "verdict")  # what the answer holds: the teacher's reason and verdict, or the verdict alone


@dataclass(frozen=True)
class Example:
    """One sample as a training text: `prompt` goes with the boxed image, `target` is the answer to learn."""

    sample_id: str
    prompt: str
    target: str
    in_context: bool


def teacher_findings(table: pd.DataFrame, criterion: str) -> dict[str, Finding]:
    """The teacher's readable findings by sample_id, from the columns `<criterion>` and `<criterion>_reason` of a table.

    Samples without a verdict or without a reason are left out: a student cannot learn from them.
    """
    import pandas as pd

    if criterion not in CRITERIA or f"{criterion}_reason" not in table:
        raise InputError(f"The table of findings has no criterion '{criterion}'; it is one of {', '.join(CRITERIA)}.")
    found = {}
    for name, verdict, reason in zip(table["sample_id"], table[criterion], table[f"{criterion}_reason"], strict=True):
        if not pd.isna(verdict) and isinstance(reason, str) and reason.strip():
            found[str(name)] = Finding(bool(verdict), reason)
    return found


def make_examples(
    samples: Iterable[Sample], findings: Mapping[str, Finding], prompt: Prompt, kind: str = "reasoning"
) -> list[Example]:
    """One example per sample that has a finding, in the samples' order; `kind` is 'reasoning' or 'verdict'."""
    if prompt.criterion is None:
        raise InputError(f"'{prompt.name}' asks for all criteria; a student needs a prompt for one.")
    examples = []
    for sample in samples:
        finding = findings.get(sample.sample_id)
        if finding is not None and finding.in_context is not None:
            target = student_target(prompt.criterion, finding, kind)
            question = prompt.render(sample.object, sample.place)
            examples.append(Example(sample.sample_id, question, target, finding.in_context))
    return examples


def encode_examples(processor: Any, examples: Sequence[Example], pixels: Mapping[str, Pixels]) -> list[TrainingRow]:
    """The examples as training rows; `pixels` holds `Pixels` by sample_id, and an example without them is left out."""
    return [encode_row(processor, pixels[e.sample_id], e.prompt, e.target) for e in examples if e.sample_id in pixels]


def training_rows(
    processor: Any, pool: JudgedSamples, split: pd.DataFrame, pixels: Mapping[str, Pixels], prompt: Prompt, kind: str
) -> StudentRows:
    """The encoded examples of the parts 'train' and 'validation' of a `balanced_split`, with the prompt they ask.

    Of `split` the columns sample_id and split are used. `pixels` holds `Pixels` by sample_id; samples without them are
    left out. `kind` is 'reasoning' or 'verdict'.
    """
    findings = teacher_findings(pool.findings, str(prompt.criterion))
    rows = {}
    for part in ("train", "validation"):
        samples = part_samples(pool, split, part, pixels)
        rows[part] = encode_examples(processor, make_examples(samples, findings, prompt, kind), pixels)
    return StudentRows(prompt, **rows)


def part_samples(pool: JudgedSamples, split: pd.DataFrame, part: str, pixels: Mapping[str, Pixels]) -> list[Sample]:
    """The samples of one part of a `balanced_split` (columns sample_id, split) that have `Pixels`, in its order."""
    chosen = [pool.samples[i] for i in split.loc[split["split"] == part, "sample_id"]]
    return [sample for sample in chosen if sample.sample_id in pixels]
