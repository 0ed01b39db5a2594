"""What training a student takes in a GPU's memory, counted on the meta device.

Counted: the weights, what Adam keeps of the adapter, and the tensors that one forward pass of the language model saves
for the way back. Not counted: what a step needs for a moment (a layer's gradients, a kernel's workspace), memory that
lies between tensors unused, CUDA itself (about half a gigabyte), and the vision tower's own pass, which is frozen,
saves nothing, and is over before the language model begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    import pandas as pd

FUSED = "coinco_fused"  # the name under which transformers knows the attention below
BYTES_A_LOGIT = 2 + 4 + 4  # in bfloat16, as float32, and its log-probability; on the way back their gradients instead


def parameter_bytes(adapted: Any) -> dict[str, int]:
    """What the parameters of a PeftModel take: weights, adapter, gradients, optimiser (Adam's two moments), in bytes.

    peft holds the adapter of a bfloat16 model in float32 (its `autocast_adapter_dtype`), and gradients and moments have
    their parameter's dtype. Autocast multiplies with a bfloat16 copy, which counts with the adapter.
    """
    trained = [p for p in adapted.parameters() if p.requires_grad]
    own = sum(p.numel() * p.element_size() for p in trained)
    copies = sum(p.numel() * 2 for p in trained if p.dtype == torch.float32)
    frozen = sum(p.numel() * p.element_size() for p in adapted.parameters() if not p.requires_grad)
    return {"weights": frozen, "adapter": own + copies, "gradients": own, "optimiser": 2 * own}


def as_on_a_gpu(adapted: Any) -> Any:
    """The PeftModel with what a GPU does under bfloat16 autocast, so that its saved tensors can be counted elsewhere.

    Adapters multiply in bfloat16, attention is fused (it keeps no square of the length), and dropout keeps a byte an
    element. The model is changed in place, and is good for counting only.
    """
    from transformers import AttentionInterface

    for module in adapted.modules():
        if hasattr(module, "lora_dropout"):
            own = {name: _GpuDropout(d.p) for name, d in module.lora_dropout.items() if isinstance(d, nn.Dropout)}
            module.lora_dropout.update(own)
    for parameter in adapted.parameters():
        parameter.data = parameter.data.to(torch.bfloat16)
    AttentionInterface.register(FUSED, _fused_attention)
    adapted.get_base_model().set_attn_implementation(FUSED)
    return adapted


class _GpuDropout(nn.Module):  # type: ignore[misc]
    """Dropout with the operator that CUDA uses: it saves a mask of bytes, where a CPU's would save floats."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.native_dropout(x, self.p, self.training)[0]


def _fused_attention(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, scaling: float, **_: Any
) -> tuple[torch.Tensor, None]:
    """Causal attention by torch's fused operator for the CPU, which the meta device knows; it saves what CUDA's do.

    Keys and values are spread over all heads first, as transformers does for a padded batch; FlashAttention 2, where it
    is installed, keeps them as they are.
    """
    key, value = (part.repeat_interleave(module.num_key_value_groups, dim=1) for part in (key, value))
    fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    return fused(query, key, value, 0.0, True, scale=scaling)[0].transpose(1, 2).contiguous(), None


def saved_bytes(forward: Callable[[], Any], without: Iterable[torch.Tensor] = ()) -> int:
    """The bytes that a forward pass keeps for the way back: each storage once, those of `without` (weights) never."""
    known = {_storage(tensor) for tensor in without}
    kept: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept.setdefault(_storage(tensor), tensor)  # held, so that its place is not given to another
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        forward()
    return sum(tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in known)


def _storage(tensor: torch.Tensor) -> int:
    place: int = tensor.untyped_storage()._cdata  # data_ptr() is 0 for every tensor on the meta device
    return place


def activation_bytes(adapted: Any, rows: int, length: int) -> int:
    """What the language model saves for the way back in one pass over `rows` rows of `length` tokens, in bytes."""
    language, hidden, positions = _language_inputs(adapted, rows, length)
    run = {"inputs_embeds": hidden, "position_ids": positions, "use_cache": False}
    return saved_bytes(lambda: language(**run), adapted.parameters())


def checkpointed_bytes(adapted: Any, rows: int, length: int) -> int:
    """The same with gradient checkpointing: each layer's input, and all of the one layer that is being recomputed."""
    language, hidden, positions = _language_inputs(adapted, rows, length)
    turns, hidden = language.rotary_emb(hidden, positions), hidden.requires_grad_()
    layer = saved_bytes(lambda: language.layers[0](hidden, position_embeddings=turns), adapted.parameters())
    return len(language.layers) * hidden.numel() * hidden.element_size() + layer


def _language_inputs(adapted: Any, rows: int, length: int) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """The language model, embedded tokens (rows, length, hidden size), and their places (3, rows, length)."""
    language, place = adapted.get_base_model().model.language_model, next(adapted.parameters()).device
    hidden = torch.zeros(rows, length, language.config.hidden_size, dtype=torch.bfloat16, device=place)
    return language, hidden, torch.arange(length, device=place).expand(3, rows, length)


def memory_table(
    adapted: Any, length: int, logits: Mapping[str, int], rows: Sequence[int] = (1, 2, 4, 8, 16)
) -> pd.DataFrame:
    """What training takes on one GPU, in bytes, for each number of rows that it takes at once.

    `length` is a row's tokens, padding included; `logits` names how many of them have logits. Index (rows, where,
    checkpointing); columns those of `parameter_bytes`, activations, logits, and total. With checkpointing the total is
    a little high, as the layer that is recomputed and the logits are not needed at once. Counting changes the model:
    it is of no further use.
    """
    import pandas as pd

    fixed = parameter_bytes(adapted)
    vocabulary = adapted.get_base_model().config.text_config.vocab_size
    counted, lines = as_on_a_gpu(adapted), []
    for n in rows:
        saved = {False: activation_bytes(counted, n, length), True: checkpointed_bytes(counted, n, length)}
        for (where, positions), (checkpointing, activations) in product(logits.items(), saved.items()):
            sizes = {"activations": activations, "logits": n * positions * vocabulary * BYTES_A_LOGIT}
            key = {"rows": n, "where": where, "checkpointing": checkpointing}
            lines.append(key | fixed | sizes | {"total": sum((fixed | sizes).values())})
    return pd.DataFrame(lines).set_index(["rows", "where", "checkpointing"])
