"""TRL's side of benchmarks.distillation: SFTTrainer on the same task.

It is used as its documentation has it for images: columns image, prompt and completion, its own collator, our
processor, an adapted model. The prompt is a text in the model's chat template and the completion ends in the end token:
given as messages, TRL would have the loss fall on the template's line break after it too. Neither side checkpoints
activations (as in the paper, though by default TRL does), evaluates, saves, or loads data in other processes; all that
Trainer knows is set alike. Our order of samples is TRL's too, so that it also gains from rows of like length together.

One thing is set right for TRL, at no cost in time. Qwen2.5-VL's class says that it takes no arguments for a loss, so
SFTTrainer 1.16 is not told how many tokens a step has, and takes the mean of its micro-batches' means: with more than
one of them a step, the loss and the gradient depend on how the batch was cut. Ours are means over all tokens of a step.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import PrinterCallback
from trl import SFTConfig, SFTTrainer

from benchmarks.consensus import Clock
from benchmarks.sft_clock import trained, warm_up
from benchmarks.sft_ours import of_rows, plain_arguments
from benchmarks.sft_task import Task
from coinco_core.distillation.adapters import add_adapter, known_warnings_off
from coinco_core.distillation.batching import StepSampler
from coinco_core.distillation.examples import Example
from coinco_core.engines.encoding import prompt_text
from coinco_core.samples import Sample, boxed_image

SHARED = (  # what SFTConfig takes over from our arguments
    "per_device_train_batch_size", "gradient_accumulation_steps", "num_train_epochs", "learning_rate", "warmup_steps",
    "lr_scheduler_type", "weight_decay", "max_grad_norm", "bf16", "use_cpu", "seed", "data_seed", "eval_strategy",
    "save_strategy", "logging_steps", "dataloader_pin_memory", "disable_tqdm", "report_to",
)  # fmt: skip


def trl(task: Task, folder: Path, clock: Clock | None, attention: str) -> dict[str, Any]:
    """TRL's side: what SFTTrainer.train() took with an attention of transformers ('sdpa', 'eager', ...)."""
    base = task.base()
    base.model.set_attn_implementation(attention)
    dataset = peer_dataset(base.processor, folder, *task.given(folder, base.processor))
    with tempfile.TemporaryDirectory() as home, known_warnings_off():
        warm_up(base.model)
        shared = {name: getattr(plain_arguments(task, Path(home)), name) for name in SHARED}
        arguments = SFTConfig(output_dir=home, gradient_checkpointing=False, max_length=None, **shared)
        adapted = add_adapter(base.model, task.recipe)
        trainer = SameOrder(adapted, arguments, train_dataset=dataset, processing_class=base.processor)
        rows = [_alone(trainer.data_collator, row) for row in dataset]
        trainer.order = StepSampler([len(ids) for ids, _ in rows], task.batch, arguments.seed)
        trainer.model_accepts_loss_kwargs = True  # a mean over all tokens of a step, see above
        trainer.remove_callback(PrinterCallback)
        found = trained(trainer, clock)
    return found | {"before": {}} | of_rows(rows)


class SameOrder(SFTTrainer):
    """SFTTrainer with its samples in our order."""

    order: StepSampler

    def _get_train_sampler(self, train_dataset: Any = None) -> StepSampler:
        return self.order


def peer_dataset(processor: Any, folder: Path, samples: Sequence[Sample], examples: Sequence[Example]) -> Dataset:
    """The examples as TRL takes them: boxed images, prompts and completions in columns."""
    by_id, end = {sample.sample_id: sample for sample in samples}, processor.tokenizer.eos_token
    columns = {
        "image": [boxed_image(folder, by_id[e.sample_id]) for e in examples],
        "prompt": [prompt_text(processor, e.prompt) for e in examples],
        "completion": [e.target + end for e in examples],
    }
    return Dataset.from_dict(columns)


def _alone(collator: Any, row: dict[str, Any]) -> tuple[list[int], list[int]]:
    """The token ids and labels that TRL's collator makes of a row, without padding because it is by itself."""
    batch = collator([row])
    return batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
