from __future__ import annotations

import pandas as pd
import pytest

from coinco_core.distillation.collator import check_rows
from coinco_core.distillation.examples import encode_examples, make_examples, teacher_findings
from coinco_core.engines.encoding import pixel_parts
from coinco_core.errors import InputError
from coinco_core.judgements import Finding
from coinco_core.prompts import student_prompt, teacher_prompt
from coinco_core.samples import Box, Sample
from tiny_models import noise, tiny_model

TABLE = pd.DataFrame(
    {
        "sample_id": ["a", "b", "c", "d"],
        "size": pd.array([True, False, None, True], dtype="boolean"),
        "size_reason": ["It is about right.", "It is far too large.", "It is unclear.", ""],
    }
)
PROMPT = student_prompt("size", "compact")


def samples(names: str) -> list[Sample]:
    return [Sample(n, f"{n}.png", 96, 96, Box(1, 2, 3, 4), "cow", "dog", "train", "demo", True) for n in names]


def test_only_readable_findings_are_taught() -> None:
    assert teacher_findings(TABLE, "size") == {
        "a": Finding(True, "It is about right."),
        "b": Finding(False, "It is far too large."),
    }
    with pytest.raises(InputError, match="no criterion 'location'"):
        teacher_findings(TABLE, "location")


def test_examples_follow_the_samples_and_skip_those_without_a_finding() -> None:
    examples = make_examples(samples("dbca"), teacher_findings(TABLE, "size"), PROMPT)
    assert [(e.sample_id, e.in_context) for e in examples] == [("b", False), ("a", True)]
    assert examples[0].prompt == "Judge the size of the cow."
    assert examples[0].target == "Analysis:\nSize: It is far too large.\n\nSummary:\nFinal decision: Out-of-context"


def test_the_verdict_alone_can_be_taught() -> None:
    [example] = make_examples(samples("a"), teacher_findings(TABLE, "size"), PROMPT, kind="verdict")
    assert example.target == "Final decision: In-context"


def test_the_teachers_prompt_makes_no_student() -> None:
    with pytest.raises(InputError, match="a student needs a prompt for one"):
        make_examples(samples("a"), {}, teacher_prompt("compact"))


def test_encoded_examples_pass_the_checks() -> None:
    _, processor = tiny_model("internvl")
    pixels = {name: pixel_parts(processor, noise(i)) for i, name in enumerate("ab")}
    rows = encode_examples(processor, make_examples(samples("ab"), teacher_findings(TABLE, "size"), PROMPT), pixels)
    assert check_rows(processor, rows)["rows"] == 2
    assert rows[1].pixels is pixels["b"]
