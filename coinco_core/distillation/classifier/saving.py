"""The three students as one folder that `ContextClassifier.from_pretrained` reads back, with a card."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coinco_core.cards import CARD, check_free, in_cell
from coinco_core.distillation.classifier.finding import SETTINGS, Found, is_adapter, training_record
from coinco_core.files import atomic_folder, write_json, write_text
from coinco_core.judgements import CRITERIA, CRITERION_TITLES

# hidden files, unfinished work, and weights in formats that can run code and are not read here
_RUNNABLE = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle")
_LEFT_BEHIND = shutil.ignore_patterns(".*", "checkpoint-*", "tensorboard", *_RUNNABLE)
_CARD = """---
library_name: peft
pipeline_tag: image-text-to-text
language: en
license: other
license_name: that-of-the-base
tags: [coinco, context-reasoning, lora]
---

# A context classifier: three students on {base}

For an object in a box it says by location, by co-occurrence and by size whether it is in context, with a reason each;
any one violation makes it out of context. The students were distilled as in section 5.1 of *Common Inpainted Objects
In-N-Out of Context* (COinCO, CVPR 2026).

| criterion | training samples | best step | seed | weights |
|---|---|---|---|---|
{rows}

Prompts: version `{prompt}`. Longest answer: {tokens} tokens. The folder of each student has a card and a record of its
own where it was trained with coinco_core.

## Limits

{limits}

## How to use it

```python
from coinco_core import ContextClassifier

verdict = ContextClassifier.from_pretrained("THIS FOLDER OR REPOSITORY")(image, "cow", box=(40, 30, 120, 90))
```

## Licence

That of the base, of which the students are derived works, together with that of the data they were trained on.
"""
LIMITS = (
    "The students learned verdicts of models, not of people, on inpainted images of COCO. A probability is the model's "
    "own and is calibrated only where somebody has calibrated it."
)


def save_students(found: Found, settings: Mapping[str, Any], limits: str, folder: Path, *, overwrite: bool) -> Path:
    """The folder, which now holds copies of the students, their settings, and the base unless it lies on the hub.

    `settings` goes into classifier.json; `limits` into the card. Raises InputError when the folder is not empty, unless
    it holds a classifier that may be overwritten.
    """
    check_free(folder, SETTINGS, "classifier", overwrite)
    base = Path(found.base) if found.base else None
    local = base is not None and base.is_dir()
    with atomic_folder(folder) as made:
        for criterion, source in found.folders.items():
            shutil.copytree(source, made / criterion, ignore=_LEFT_BEHIND)
        if base is not None and local:
            shutil.copytree(base, made / "base", ignore=_LEFT_BEHIND)
        more = {} if local or not found.base else {"base": found.base}
        write_json(made / SETTINGS, {**settings, **more})
        write_text(made / CARD, _card(found, settings, limits))
    return folder


def _card(found: Found, settings: Mapping[str, Any], limits: str) -> str:
    rows = "\n".join(_row(criterion, found.folders[criterion]) for criterion in CRITERIA)
    base = Path(found.base).name if Path(found.base).is_dir() else found.base or "their own weights"
    return _CARD.format(
        base=in_cell(base), rows=rows, limits=limits, prompt=in_cell(settings["prompt_version"]),
        tokens=settings["max_new_tokens"],
    )  # fmt: skip


def _row(criterion: str, folder: Path) -> str:
    """One student's line; what its record does not say is not known."""
    record = training_record(folder)
    rows = record.get("rows", {}).get("train", {}).get("rows")
    facts = [rows, record.get("best_step"), record.get("seed")]
    weights = "adapter" if is_adapter(folder) else "whole model"
    told = [CRITERION_TITLES[criterion], *("not known" if fact is None else fact for fact in facts), weights]
    return f"| {' | '.join(map(in_cell, told))} |"
