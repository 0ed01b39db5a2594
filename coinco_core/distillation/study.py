"""The experiment of section 5.1 in steps: a pool that the teacher judged, balanced examples, students, their answers.

At the demo scale the pool is drawn and the shipped teacher is asked; at other scales a folder with samples.parquet and
the teacher's findings.parquet (as `coinco label` writes it) takes its place.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.distillation.answering import answer_questions
from coinco_core.distillation.base import DEMO, Base
from coinco_core.distillation.collator import Row
from coinco_core.distillation.config import DistillConfig
from coinco_core.distillation.examples import encode_examples, make_examples, teacher_findings
from coinco_core.distillation.features import feature_store
from coinco_core.engines import load_engine
from coinco_core.engines.encoding import Pixels
from coinco_core.errors import MissingError
from coinco_core.files import digest, read_table
from coinco_core.judgements import CRITERIA
from coinco_core.labelling import label
from coinco_core.prompts import Prompt, teacher_prompt
from coinco_core.provenance import package_versions, source_digest
from coinco_core.responses import parse_student_response
from coinco_core.samples import Sample, read_samples
from coinco_core.splits import Recipe, split_labels
from coinco_core.world import dataset

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
POOL_SEED, PLAIN_SEED = 7_000, 8_000  # far from the worlds on which the demo models were trained


@dataclass(frozen=True)
class Pool:
    """Samples and what the teacher says of them; `truth` is None where nobody knows it."""

    folder: Path
    samples: dict[str, Sample]
    findings: pd.DataFrame  # as labelling.findings_table writes it
    truth: pd.DataFrame | None  # indexed by sample_id


def judged_pool(
    run_dir: str | Path, data: str, n: int, seed: int, prompt_version: str, report: Callable[[str], None] = log.info
) -> Pool:
    """A pool of samples judged by the teacher (the Qwen role).

    For `data` "demo", n drawn scenes and the shipped teacher's answers, kept in `run_dir`/teacher for the other
    criteria; else the first n altered samples of a folder with samples.parquet and findings.parquet (MissingError).
    """
    if data != "demo":
        return _given_pool(Path(data), n)
    key = digest([source_digest(), package_versions(), prompt_version, n, seed])[:12]
    folder = Path(run_dir) / "teacher" / key
    _remove_others(folder)
    samples = dataset.make_world(folder, n=n, seed=POOL_SEED + seed)
    engine = load_engine("qwen", batch_size=128, max_new_tokens=512)
    home = folder / f"answers-{digest(engine.record['identity'])[:12]}"
    label(samples, folder, engine, teacher_prompt(prompt_version), home, report=report)
    return _pool_of(folder, samples, read_table(home / "findings.parquet"), dataset.read_truth(folder))


def _given_pool(folder: Path, n: int) -> Pool:
    """The pool of a folder; the teacher must have answered: the demo's own would be no teacher for photographs."""
    findings = folder / "findings.parquet"
    if not findings.is_file():
        raise MissingError(f"'{folder}' has no findings.parquet; `coinco label` makes it from the teacher's answers.")
    samples = [sample for sample in read_samples(folder) if sample.modified][:n]
    return _pool_of(folder, samples, read_table(findings), None)


def _pool_of(folder: Path, samples: Sequence[Sample], findings: pd.DataFrame, truth: pd.DataFrame | None) -> Pool:
    by_id = {sample.sample_id: sample for sample in samples}
    return Pool(folder, by_id, findings[findings["sample_id"].isin(list(by_id))], truth)


def pool_digest(pool: Pool) -> str:
    """A digest of the pool's samples and of what the teacher said of them."""
    return digest([[asdict(s) for s in pool.samples.values()], pool.findings.to_csv(index=False)])


def unmodified_scenes(folder: Path, data: str, n: int, seed: int) -> tuple[Path, list[Sample]]:
    """Scenes that nobody changed, all in context, for the shortcut check: where they lie, and the first n of them."""
    if data != "demo":
        return Path(data), [sample for sample in read_samples(data) if not sample.modified][:n]
    return folder, dataset.make_world(folder, n=n, seed=PLAIN_SEED + seed, fractions={"test": 1.0}, unmodified=True)


def _remove_others(folder: Path) -> None:
    """Deletes pools that were drawn by other code or at another size: only one is ever of use."""
    for other in folder.parent.glob("*"):
        if other.is_dir() and other != folder:
            shutil.rmtree(other)


def balanced_split(pool: Pool, criterion: str, settings: Mapping[str, Any], seed: int) -> pd.DataFrame:
    """The student's samples: sample_id, in_context (the teacher's word) and split, each split half in context.

    No picture is in two splits, whichever criterion is asked for, and a verdict without a reason does not count: there
    is nothing to learn from it. `settings` gives n_train, n_validation and n_test.
    """
    labels = reasoned_verdicts(pool).rename(columns={c: f"qwen_{c}" for c in CRITERIA})
    sizes = (settings["n_train"], settings["n_validation"], settings["n_test"])
    return split_labels(labels, criterion, Recipe("demo", "teacher", *sizes), seed)


def reasoned_verdicts(pool: Pool) -> pd.DataFrame:
    """The teacher's verdicts that come with a reason, a row a sample: sample_id, image and a column a criterion."""
    verdicts = pool.findings[["sample_id"]].copy()
    verdicts["image"] = [pool.samples[name].image for name in verdicts["sample_id"]]
    for c in CRITERIA:
        reasoned = pool.findings[f"{c}_reason"].fillna("").str.strip() != ""
        verdicts[c] = pool.findings[c].where(reasoned).astype("boolean")
    return verdicts


def boxed_pixels(base: Base, folder: Path, samples: Sequence[Sample], store: str | Path) -> dict[str, Pixels]:
    """Each boxed picture as the base's vision tower sees it, by sample_id; kept in `store`, which students share.

    A picture that cannot be read has no entry and is named in the log.
    """
    features = feature_store(store, base.model, base.processor)
    seen = features.of(samples, folder, log.info)
    for sample_id, reason in features.failures.items():
        log.warning("%s is left out. %s", sample_id, reason)
    return seen


def part_samples(pool: Pool, split: pd.DataFrame, part: str, pixels: Mapping[str, Pixels]) -> list[Sample]:
    """The samples of one part of the split whose pictures could be read."""
    chosen = [pool.samples[i] for i in split.loc[split["split"] == part, "sample_id"]]
    return [sample for sample in chosen if sample.sample_id in pixels]


def training_rows(
    base: Base, pool: Pool, split: pd.DataFrame, pixels: Mapping[str, Pixels], prompt: Prompt, kind: str
) -> dict[str, list[Row]]:
    """The encoded examples of the splits train and validation; `kind` is 'reasoning' or 'verdict'."""
    findings = teacher_findings(pool.findings, str(prompt.criterion))
    rows = {}
    for name in ("train", "validation"):
        samples = [pool.samples[i] for i in split.loc[split["split"] == name, "sample_id"]]
        rows[name] = encode_examples(base.processor, make_examples(samples, findings, prompt, kind), pixels)
    return rows


def student_config(settings: Mapping[str, Any], seed: int) -> DistillConfig:
    """A profile's settings as a config; the demo base is evaluated six times, as often as in the authors' 750 steps."""
    batch = int(settings["batch_size"])
    steps = max(1, int(settings["epochs"] * settings["n_train"] / batch))
    small = settings["base_model"] == DEMO
    return DistillConfig(
        lora_rank=settings["lora_rank"],
        lora_alpha=settings["lora_alpha"],
        lora_dropout=settings["lora_dropout"],
        learning_rate=settings["learning_rate"],
        batch_size=batch,
        micro_batch=batch if small else 4,
        epochs=settings["epochs"],
        eval_steps=max(1, steps // 6) if small else DistillConfig.eval_steps,
        gradient_checkpointing=settings["gradient_checkpointing"],
        answer_tokens=128 if small else 512,
        seed=42 + seed,
    )


def student_answers(
    model: Any, base: Base, samples: Sequence[Sample], pixels: Mapping[str, Pixels], prompt: Prompt, limit: int = 512
) -> pd.DataFrame:
    """A model's answers to a student's prompt, a row a sample: sample_id, text, in_context, reason, probability."""
    import pandas as pd

    questions = [(prompt.render(s.object, s.place), pixels[s.sample_id]) for s in samples]
    replies = answer_questions(model, base.processor, questions, max_new_tokens=limit)
    found = [parse_student_response(reply.text, str(prompt.criterion)) for reply in replies]
    columns = {
        "sample_id": [s.sample_id for s in samples],
        "text": [reply.text for reply in replies],
        "in_context": pd.array([finding.in_context for finding in found], dtype="boolean"),
        "reason": [finding.reason for finding in found],
        "probability": [reply.probability for reply in replies],
        "finished": [reply.finished for reply in replies],
    }
    return pd.DataFrame(columns)
