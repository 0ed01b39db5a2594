"""How large the paper's teacher and students are: their own classes, built without a single weight, and counted.

Models stand on torch's meta device, where a tensor has a shape and no numbers, so that 72 billion parameters take no
memory and nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from coinco_core.distillation.adapters import add_adapter, known_warnings_off
from coinco_core.distillation.config import DistillConfig

REAL_VOCABULARY = 151_665  # tokens that the tokenizer of the Qwen2.5 family knows; the rest of each table is padding
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
NAIVE_TARGETS: dict[str, str | Sequence[str]] = {  # what is often written where this project has a pattern
    "q, k, v, o": ATTENTION,
    "q, k, v, o, gate, up, down": (*ATTENTION, "gate_proj", "up_proj", "down_proj"),
    "all-linear": "all-linear",
}


@dataclass(frozen=True)
class QwenSize:
    """The widths and depths by which the models of the Qwen2.5-VL family differ."""

    hub_id: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int  # rows of the embedding table, padding included
    tied: bool  # whether the output layer is the embedding table
    vision_intermediate: int

    def config(self) -> Qwen2_5_VLConfig:
        """The model's configuration as transformers has it."""
        rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}
        text = {
            "hidden_size": self.hidden, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads, "intermediate_size": self.intermediate,
            "vocab_size": self.vocabulary, "tie_word_embeddings": self.tied, "rms_norm_eps": 1e-6,
            "max_position_embeddings": 128_000, "rope_parameters": rope,
        }  # fmt: skip
        vision = {
            "depth": 32, "hidden_size": 1280, "num_heads": 16, "intermediate_size": self.vision_intermediate,
            "out_hidden_size": self.hidden, "patch_size": 14, "temporal_patch_size": 2, "spatial_merge_size": 2,
            "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31], "tokens_per_second": 2,
        }  # fmt: skip
        return Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=self.tied)


# Every value of the student is in copies of the model's config.json in public repositories.
STUDENT = QwenSize("Qwen/Qwen2.5-VL-3B-Instruct", 2048, 36, 16, 2, 11_008, 151_936, True, 3420)
# The teacher's were read in the config.json of Qwen2.5-VL-72B-Instruct-AWQ on the hub, but for `intermediate`: there it
# is 29,696, which the makers padded with zeros for quantisation; 29,568 is that of Qwen2.5-72B, its language model.
TEACHER = QwenSize("Qwen/Qwen2.5-VL-72B-Instruct", 8192, 80, 64, 8, 29_568, 152_064, False, 3456)


def on_meta(config: Qwen2_5_VLConfig) -> Any:
    """The model of a configuration without weights, in bfloat16 on the meta device."""
    with torch.device("meta"):
        return Qwen2_5_VLForConditionalGeneration(config).to(torch.bfloat16)


def student_on_meta(config: Qwen2_5_VLConfig, recipe: DistillConfig | None = None) -> Any:
    """The model of a configuration with this project's adapter (a PeftModel in training mode), on the meta device."""
    return add_adapter(on_meta(config), recipe or DistillConfig()).train()


def parameters(modules: Iterable[Any]) -> int:
    """How many distinct parameters the modules have together; a tied one counts once."""
    return sum({id(p): p.numel() for module in modules for p in module.parameters()}.values())


def trainable_parameters(model: Any) -> int:
    """How many parameters training changes."""
    return sum(int(p.numel()) for p in model.parameters() if p.requires_grad)


def parameter_counts(model: Any) -> dict[str, int]:
    """Parameters by part: language layers, embeddings (with the output layer where it is its own), vision, total."""
    language, vision = model.model.language_model, model.model.visual
    embeddings = [language.embed_tokens, model.lm_head]
    return {
        "language layers": parameters([language]) - parameters([language.embed_tokens]),
        "embeddings": parameters(embeddings),
        "vision tower": parameters([vision]),
        "total": parameters([model]),
    }


def adapted_modules(adapted: Any) -> dict[str, int]:
    """How many modules of a PeftModel carry an adapter, by part: 'language' and 'vision'."""
    names = [name for name, module in adapted.named_modules() if hasattr(module, "lora_A")]
    vision = sum(".visual." in name for name in names)
    return {"language": len(names) - vision, "vision": vision}


def reach(config: Qwen2_5_VLConfig, targets: str | Sequence[str]) -> dict[str, int]:
    """`adapted_modules` of a LoRA whose target_modules are as given, without this project's check of their places."""
    from peft import LoraConfig, get_peft_model

    names = targets if isinstance(targets, str) else list(targets)
    with known_warnings_off():
        return adapted_modules(get_peft_model(on_meta(config), LoraConfig(r=1, target_modules=names)))
