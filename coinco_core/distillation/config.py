"""How a student is trained: the paper's recipe (section 5.1) as the authors' training script has it."""

from __future__ import annotations

from dataclasses import dataclass

from coinco_core.engines.base import ANSWER_TOKENS
from coinco_core.errors import InputError

LANGUAGE_MODEL = r".*language_model.*\.(q|k|v|o)_proj"  # no module of a vision tower; see Family.lora_targets


@dataclass(frozen=True)
class DistillConfig:
    """How a student is trained; the defaults are the paper's, from the authors' training script."""

    lora_rank: int = 256  # train_multi_gpu.py
    lora_alpha: int = 512  # train_multi_gpu.py
    lora_dropout: float = 0.1  # train_multi_gpu.py
    target_modules: str = LANGUAGE_MODEL  # train_multi_gpu.py: q, k, v and o, which only the language model has
    learning_rate: float = 2e-4  # train_multi_gpu.py, AdamW
    warmup_ratio: float = 0.1  # train_multi_gpu.py; then linear to zero (Trainer's default)
    weight_decay: float = 0.0  # Trainer's default
    max_grad_norm: float = 1.0  # Trainer's default
    batch_size: int = 64  # train_multi_gpu.py: 4 a GPU x 4 steps x 4 GPUs
    micro_batch: int = 4  # train_multi_gpu.py: what one device takes at once
    epochs: float = 3  # train_multi_gpu.py
    max_length: int = 2048  # train_multi_gpu.py; longer rows are left out here with a count, not cut
    eval_steps: int = 125  # train_multi_gpu.py
    patience: int = 3  # evaluations without progress; train_multi_gpu.py
    min_progress: float = 0.001  # of the validation loss; train_multi_gpu.py
    seed: int = 42  # train_multi_gpu.py
    gradient_checkpointing: bool = False  # train_multi_gpu.py: none; True takes less memory and more time
    answer_tokens: int = ANSWER_TOKENS  # limit of a validation answer
    repetition_penalty: float = 1.0  # of these answers; Qwen's own file, and with it the authors' evaluation, has 1.05
    answered: int = 200  # validation samples that the student answers at each evaluation

    def __post_init__(self) -> None:
        if min(self.micro_batch, self.batch_size, self.eval_steps, self.answered) < 1:
            raise InputError("Batches, evaluation steps and answered samples must each be at least 1.")
        if self.batch_size % self.micro_batch:
            raise InputError(f"A batch of {self.batch_size} cannot be cut into parts of {self.micro_batch}.")
