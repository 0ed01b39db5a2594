"""How many rows a model answers at once: as many as the GPU's memory has room for, and half as many when it has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch

MOST_ROWS = 64
_SHARE = 0.8  # of the free memory; the rest is what an allocator cannot use
Row = TypeVar("Row")
Result = TypeVar("Result")


def row_bytes(config: Any, prompt_tokens: int, new_tokens: int, value_bytes: int) -> int:
    """The bytes of memory that one row takes while it is answered, beside the weights.

    Keys and values of every layer for all tokens, and at the prompt the widest layer's activations: three times the
    MLP's width and six times the hidden size per token. `config` is the language model's. For Qwen2.5-VL-3B in bfloat16
    a prompt of 984 tokens and 512 new ones take 145 MB.
    """
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    kept = 2 * config.num_hidden_layers * config.num_key_value_heads * head * value_bytes
    passing = (3 * config.intermediate_size + 6 * config.hidden_size) * value_bytes
    return int(kept * (prompt_tokens + new_tokens) + passing * prompt_tokens)


def rows_at_once(model: Any, prompt_tokens: int, new_tokens: int, most: int = MOST_ROWS) -> int:
    """How many rows of that length (in tokens) the model answers at once: 1 to `most`, and `most` without a GPU.

    Free is what the driver has to give and what torch holds of it unused: after a first batch most is the latter.
    """
    if model.device.type != "cuda":
        return most
    free, _ = torch.cuda.mem_get_info(model.device)
    free += torch.cuda.memory_reserved(model.device) - torch.cuda.memory_allocated(model.device)
    one = row_bytes(model.config.get_text_config(), prompt_tokens, new_tokens, model.dtype.itemsize)
    return max(1, min(most, int(_SHARE * free) // one))


def halving(work: Callable[[Sequence[Row]], list[Result]], rows: Sequence[Row]) -> list[Result]:
    """What `work` makes of the rows, one result per row; rows too many for the memory are worked on half by half.

    torch.OutOfMemoryError comes through when even one row is too much.
    """
    try:
        return work(rows)
    except torch.OutOfMemoryError:
        if len(rows) == 1:
            raise
    torch.cuda.empty_cache()  # outside the handler, whose traceback keeps what did not fit
    middle = len(rows) // 2
    return halving(work, rows[:middle]) + halving(work, rows[middle:])
