"""What answering takes in a GPU's memory, beside what is there already: the evaluations during and after a training.

Counted by the formula with which the rows of a batch are chosen (coinco_core.engines.memory). Not counted: what an
allocator cannot use, CUDA itself (about half a gigabyte), and the vision tower's own pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coinco_core.engines.memory import MOST_ROWS, row_bytes

if TYPE_CHECKING:
    import pandas as pd

BFLOAT16 = 2  # bytes


def answering_table(
    config: Any,
    fixed: Mapping[str, int],
    prompt_tokens: int,
    new_tokens: int,
    rows: Sequence[int] = (1, 16, 32, MOST_ROWS),
) -> pd.DataFrame:
    """What answering takes on one GPU, in bytes, for each number of rows that are answered at once.

    `config` is the whole model's; `fixed` is what the GPU holds anyway, as `parameter_bytes` names it (during a
    training all of it, afterwards the weights and the adapter). A row has a prompt of `prompt_tokens`, the image's
    included, and writes up to `new_tokens`. Index rows; columns those of `fixed`, answering, and total.
    """
    import pandas as pd

    one = row_bytes(config.get_text_config(), prompt_tokens, new_tokens, BFLOAT16)
    lines = [{"rows": n, **fixed, "answering": n * one, "total": sum(fixed.values()) + n * one} for n in rows]
    return pd.DataFrame(lines).set_index("rows")
