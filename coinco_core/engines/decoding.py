"""How the next token is chosen: greedily here, or as the authors' scripts did it (sections 3.2 and 5.1).

Their scripts name a limit and `do_sample`, and leave the rest to the model's own generation settings: Qwen2.5-VL's set
a repetition penalty of 1.05 and a temperature of 1e-6, which `generate` applies to teacher and students alike.
InternVL's file was not seen; transformers' defaults (temperature 1, the 50 likeliest tokens) stand in for it. No seed
is set, so their sampled answers cannot be repeated.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from coinco_core.engines.base import ANSWER_TOKENS
from coinco_core.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from transformers import GenerationConfig

QWEN_PENALTY = 1.05  # generation_config.json of Qwen2.5-VL


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen; temperature, top_p, top_k and seed count only where `do_sample` is True.

    `top_k` 0 keeps every token.
    """

    max_new_tokens: int = ANSWER_TOKENS
    repetition_penalty: float = 1.0
    do_sample: bool = False
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0

    def config(self, tokenizer: Any) -> GenerationConfig:
        """These settings as transformers takes them, ending at the tokenizer's end token."""
        from transformers import GenerationConfig

        fields = {name: value for name, value in asdict(self).items() if name != "seed"}
        if not self.do_sample:
            fields |= {"temperature": None, "top_p": None, "top_k": None}
        return GenerationConfig(**fields, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)

    def served(self) -> dict[str, Any]:
        """These settings as fields of `ServerSettings`, where temperature 0 is greedy."""
        fields = {name: value for name, value in asdict(self).items() if name != "do_sample"}
        return fields if self.do_sample else fields | {"temperature": 0.0, "top_p": 1.0, "top_k": 0}


PUBLISHED = {
    "molmo": Sampling(),  # context_reasoning_Molmo_Part1.py, lines 77 to 79
    "qwen": Sampling(do_sample=True, temperature=1e-6, top_k=50, repetition_penalty=QWEN_PENALTY),  # Qwen_Part1, 130
    "internvl": Sampling(max_new_tokens=1024, do_sample=True, top_k=50),  # context_reasoning_InternVL_Part1.py, line 42
    "student": Sampling(repetition_penalty=QWEN_PENALTY),  # the evaluation scripts: do_sample=False, 512 tokens
}
GREEDY = {role: Sampling(max_new_tokens=theirs.max_new_tokens) for role, theirs in PUBLISHED.items()}
DECODINGS = {"greedy": GREEDY, "published": PUBLISHED}


def named_decoding(text: str, max_new_tokens: int | None = None) -> Sampling:
    """The decoding 'greedy', or 'published-ROLE' for a role of PUBLISHED; with another limit of tokens if one is given.

    Raises InputError for another name.
    """
    named = {"greedy": Sampling()} | {f"published-{role}": theirs for role, theirs in PUBLISHED.items()}
    if text not in named:
        hint = did_you_mean(text, named)
        raise InputError(f"'{text}' is not a decoding; there are {', '.join(named)}.{hint}")
    return named[text] if max_new_tokens is None else replace(named[text], max_new_tokens=max_new_tokens)


def decoding(name: str, role: str) -> Sampling:
    """The decoding 'greedy' or 'published' of a role: 'molmo', 'qwen', 'internvl' or 'student'.

    Both have the authors' limit of tokens. Raises InputError for another name or role.
    """
    if name not in DECODINGS:
        raise InputError(f"'{name}' is not a decoding; it is 'greedy' or 'published'.{did_you_mean(name, DECODINGS)}")
    if role not in PUBLISHED:
        raise InputError(f"'{role}' is not a role; there are {', '.join(PUBLISHED)}.{did_you_mean(role, PUBLISHED)}")
    return DECODINGS[name][role]
