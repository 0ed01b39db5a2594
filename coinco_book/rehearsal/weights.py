"""A stand-in for the students' base: the demo's, of the paper's class, with words and images of other sizes.

Its tokenizer is trained on the prompts and answers of the rehearsal, so that questions are as long as real ones in
tokens; an image takes up to 64 of them, a sixth of what it takes the real model. What it answers means nothing.
"""

from __future__ import annotations

from pathlib import Path

from coinco_book.rehearsal.answers import judged
from coinco_core.demo import demo_world
from coinco_core.engines.processors import load_processor
from coinco_core.files import atomic_folder, read_json, write_json
from coinco_core.judgements import CRITERIA
from coinco_core.prompts import student_prompt

IMAGE_AREA = {"shortest_edge": 56 * 56, "longest_edge": 64 * 28 * 28}  # pixels
CONTEXT = 4096  # tokens
_ANSWERS = 500  # from which the tokenizer learns its words


def write_base(folder: Path, prompt: str) -> Path:
    """The stand-in for the base in a folder that `coinco distill --base` takes; `prompt` is the version it is asked."""
    from transformers import AutoModelForImageTextToText

    source = demo_world("weights").demo_weights("student") / "base"
    model = AutoModelForImageTextToText.from_pretrained(str(source), local_files_only=True)
    model.config.text_config.max_position_embeddings = CONTEXT
    processor = load_processor(source)[0]
    questions = [student_prompt(criterion, prompt).render("dog", "left") for criterion in CRITERIA]
    texts = [*questions * 3, *(judged("qwen", str(i)) for i in range(_ANSWERS))]
    processor.tokenizer = processor.tokenizer.train_new_from_iterator(texts, len(processor.tokenizer))
    processor.tokenizer.model_max_length = CONTEXT
    with atomic_folder(folder) as made:
        model.save_pretrained(made)
        processor.save_pretrained(made)
        settings = read_json(made / "processor_config.json")
        settings["image_processor"]["size"] = IMAGE_AREA
        write_json(made / "processor_config.json", settings)
    return folder
