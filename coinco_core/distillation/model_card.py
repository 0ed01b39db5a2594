"""What a student is, for whoever finds its folder: a model card as the hub shows it (README.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.cards import in_cell
from coinco_core.judgements import CRITERION_TITLES

if TYPE_CHECKING:
    import pandas as pd

_TEXT = """# A student for {title}: {base}

A LoRA adapter that judges one criterion of context: does the object in the red box have a {criterion} that is usual in
its scene? It was distilled from the reasons of a larger model, as in section 5.1 of *Common Inpainted Objects In-N-Out
of Context* (COinCO, CVPR 2026), and answers with a reason and a verdict.

## What it learned

| | |
|---|---|
| base | {base} (weights {weights}) |
| prompt | {prompt}, SHA-256 {prompt_sha256} |
| training samples | {train_rows:,}, of which the digest is {train_digest} |
| validation samples | {validation_rows:,} |
| best step | {best_step}, by validation loss |
| validation loss there | {loss} nats per token |
| verdicts there that are the label's | {agreed} |
| seed | {seed} |
| code | coinco_core {code_version} |

The recipe:

```json
{recipe}
```

## Limits

The labels are verdicts of models, not of people, and the scores above are agreement with such labels on validation
samples by which this very adapter was chosen. Ask it with the prompt above, the object's box drawn in red, on the base
above: it means nothing on another. One criterion says nothing of the other two; any one violation makes an object out
of context.

## How to use it

```python
from coinco_core import ContextClassifier

students = {{"location": "FOLDER", "co_occurrence": "FOLDER", "size": "FOLDER"}}
verdict = ContextClassifier.from_pretrained(students)(image, "cow", box=(40, 30, 120, 90))
```

## Licence

That of the base, of which the adapter is a derived work, together with that of the data it was trained on.
"""


def student_card(record: Mapping[str, Any], curve: pd.DataFrame) -> str:
    """The model card of a student, Markdown with the hub's metadata, from its training.json and its curve.

    `curve` has one row per logged step, with the columns of `trainer.curve_table`.
    """
    from huggingface_hub import ModelCardData

    criterion, base = str(record["criterion"]), record["base"]
    on_the_hub = "/" in base["name"] and not Path(base["name"]).exists()
    name = base["name"] if on_the_hub else Path(base["name"]).name  # a card is published: no path of this machine
    best = curve[curve["step"] == record["best_step"]].dropna(subset=["validation_loss"]).tail(1)
    scores = best.iloc[0] if len(best) else None
    metadata = ModelCardData(
        base_model=name if on_the_hub else None,
        library_name="peft",
        license="other",
        license_name="that-of-the-base",
        pipeline_tag="image-text-to-text",
        language="en",
        tags=["coinco", "context-reasoning", criterion.replace("_", "-"), "lora"],
    )
    body = _TEXT.format(
        title=CRITERION_TITLES[criterion].lower(),
        criterion=CRITERION_TITLES[criterion].lower(),
        base=in_cell(name),
        weights=str(base["weights"])[:12],
        prompt=in_cell(record["prompt"]["name"]),
        prompt_sha256=record["prompt"]["sha256"],
        train_rows=record["rows"]["train"]["rows"],
        validation_rows=record["rows"]["validation"]["rows"],
        train_digest=record["inputs"]["train"][:12],
        best_step=record["best_step"],
        loss="not known" if scores is None else f"{scores['validation_loss']:.4f}",
        agreed="not known" if scores is None else _percent(scores["verdict_accuracy"]),
        seed=record["seed"],
        code_version=record["code_version"],
        recipe=json.dumps(record["config"], indent=2),
    )
    return f"---\n{metadata.to_yaml()}\n---\n\n{body}"


def _percent(share: float) -> str:
    return "not known" if share != share else f"{100 * share:.1f} %"
