"""`coinco distill`: one student trained on a teacher's reasons, from the tables that the other commands write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from coinco_core.cli.output import Json, answer, say, standard_output_kept_for_json
from coinco_core.cli.parameters import read_parameters
from coinco_core.demo import DEMO
from coinco_core.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas

    from coinco_core.distillation.base_model import Base
    from coinco_core.distillation.collator import StudentRows
    from coinco_core.distillation.config import DistillConfig
    from coinco_core.distillation.examples import Example
    from coinco_core.prompts import Prompt
    from coinco_core.samples import Sample

FEATURES = "features"  # beside the students, who share it: what the vision tower made of the images


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("distill")(distill)


def distill(
    samples: Annotated[Path, typer.Argument(help="A folder with samples.parquet, or that table.")],
    criterion: Annotated[str, typer.Option(help="location, co_occurrence or size.")],
    findings: Annotated[Path, typer.Option(help="The teacher's findings.parquet, from `coinco label`.")],
    split: Annotated[Path, typer.Option(help="The student's samples, from `coinco split`.")],
    out: Annotated[Path, typer.Option(help="The folder for the adapter, its record and the training curve.")],
    base: Annotated[str, typer.Option(help="'demo', a folder, or a hub id.")] = DEMO,
    kind: Annotated[
        str, typer.Option(help="Learn from 'reasoning' and verdict, or the 'verdict' alone.")
    ] = "reasoning",
    prompt: Annotated[
        str | None, typer.Option(help="full, published, compact or placed; placed for the demo base.")
    ] = None,
    features: Annotated[
        Path | None, typer.Option(help="Where images seen by the vision tower are kept (default: beside OUT).")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("-p", "--setting", help="name=value of the recipe, such as epochs=1.")
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option("--set", help="name=value of TrainingArguments, such as report_to=tensorboard.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace another student that OUT holds.")] = False,
    push_to_hub: Annotated[
        str | None, typer.Option(help="A repository of yours, OWNER/NAME: uploaded there, private, with its card.")
    ] = None,
    json: Json = False,
) -> None:
    """Train one student (LoRA on the base) on its balanced samples."""
    from coinco_core.distillation.base_model import load_base
    from coinco_core.distillation.examples import KINDS
    from coinco_core.prompts import student_prompt
    from coinco_core.samples import read_samples

    config, more = _config(read_parameters(setting or [])), _arguments(read_parameters(field or []), out)
    question = student_prompt(criterion, prompt or ("placed" if base == DEMO else "full"))
    if kind not in KINDS:
        raise InputError(f"'{kind}' is not a kind of answer to learn.{did_you_mean(kind, KINDS)}")
    rows = read_samples(samples)
    examples = _examples(rows, findings, split, question, kind)
    with standard_output_kept_for_json(json):
        from coinco_core.distillation.training import train_student

        seen = features or out.parent / FEATURES
        model = load_base(base)
        taught = _rows(rows, samples, examples, model, question, seen)
        student = train_student(model, taught, out, config, overwrite=overwrite, arguments=more, say=say)
    from accelerate import PartialState

    if not PartialState().is_main_process:  # of several processes one speaks
        return
    counts = {name: len(part) for name, part in examples.items()}
    content = {"out": str(out), "criterion": criterion, **counts, "seconds": student.record["seconds"]}
    content |= _uploaded(out, push_to_hub)
    answer(content, json, lambda made: f"A student for {criterion} in {made['out']}, {made['seconds']:.0f} s")


def _arguments(given: dict[str, Any], out: Path) -> dict[str, Any]:
    """The fields of TrainingArguments; TensorBoard's curves are kept beside the student."""
    from coinco_core.distillation.arguments import checked_arguments

    more = checked_arguments(given)
    if "tensorboard" in more.get("report_to", ()):
        os.environ.setdefault("TENSORBOARD_LOGGING_DIR", str(out / "tensorboard"))
    return more


def _uploaded(out: Path, repository: str | None) -> dict[str, str]:
    from coinco_core.released.hub import upload

    return {"hub": upload(out, repository)} if repository else {}


def _config(values: dict[str, Any]) -> DistillConfig:
    """The paper's recipe with the given settings changed."""
    from coinco_core.distillation.config import DistillConfig

    kinds = get_type_hints(DistillConfig)
    for name, value in values.items():
        if name not in kinds:
            raise InputError(f"The recipe has no setting '{name}'.{did_you_mean(name, kinds)}")
        wanted = (int, float) if kinds[name] is float else kinds[name]
        if not isinstance(value, wanted) or (isinstance(value, bool) and kinds[name] is not bool):
            what = {int: "a whole number", float: "a number", bool: "true or false"}.get(kinds[name], "a text")
            raise InputError(f"The setting '{name}' is {value!r}; it must be {what}.")
    return DistillConfig(**values)


def _examples(samples: list[Sample], findings: Path, split: Path, prompt: Any, kind: str) -> dict[str, list[Example]]:
    """The training and validation examples: the split's samples that the teacher judges so, and gives a reason for."""
    from coinco_core.distillation.examples import make_examples, teacher_findings
    from coinco_core.files import read_table

    found = teacher_findings(read_table(findings), prompt.criterion)
    table = _split_table(read_table(split), split)
    examples = {}
    for part in ("train", "validation"):
        own = table[table["split"] == part]
        labels = dict(zip(own["sample_id"], own["in_context"].astype(bool), strict=True))
        agreed = {name: finding for name, finding in found.items() if labels.get(name) == finding.in_context}
        examples[part] = make_examples(samples, agreed, prompt, kind)
        if not examples[part]:
            raise InputError(
                f"No sample of the {part} part has the teacher's reason; are the tables of the same samples?"
            )
    return examples


def _split_table(table: pandas.DataFrame, path: Path) -> pandas.DataFrame:
    lacking = [name for name in ("sample_id", "in_context", "split") if name not in table.columns]
    if lacking:
        raise InputError(f"{path} is not a table that `coinco split` wrote; it lacks {', '.join(lacking)}.")
    return table.assign(sample_id=table["sample_id"].astype(str))


def _rows(
    samples: list[Sample], folder: Path, examples: dict[str, list[Example]], base: Base, prompt: Prompt, features: Path
) -> StudentRows:
    """The examples, encoded; with several processes (`accelerate launch`) each sees its share of the images first.

    Each also reads its share for their digests, which are then remembered for all: none reads every image.
    """
    from accelerate import PartialState

    from coinco_core.distillation.collator import StudentRows
    from coinco_core.distillation.examples import encode_examples
    from coinco_core.distillation.features import feature_store
    from coinco_core.samples import image_path
    from coinco_core.store.file_digests import file_digests

    state = PartialState(cpu=base.model.device.type == "cpu")
    needed = {example.sample_id for part in examples.values() for example in part}
    chosen = [sample for sample in samples if sample.sample_id in needed]
    images = sorted({image_path(folder, sample) for sample in chosen})
    file_digests(images[state.process_index :: state.num_processes])
    state.wait_for_everyone()
    store = feature_store(features, base.model, base.processor)
    store.of(chosen, folder, say, (state.process_index, state.num_processes))
    state.wait_for_everyone()
    pixels = store.of(chosen, folder)
    for sample_id, reason in store.failures.items():
        say(f"{sample_id} is left out. {reason}")
    rows = {part: encode_examples(base.processor, own, pixels) for part, own in examples.items()}
    return StudentRows(prompt, **rows)
