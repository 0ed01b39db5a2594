"""Three students over images: sharing base, vision pass and batch, against the way of the published scripts.

    python -m benchmarks.classifier [--json] [--samples 64] [--batch 16]

The published way: each student merged into a model of its own, one after the other over all images, one image at a
time. Here: three adapters on one base, each image seen once, all criteria of several images in one batch. The same
shipped students, images, prompts and limit, greedy, in float32 on the CPU; ours also gives the probabilities. The aim
is 3 times the images a second.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image

from coinco_core import ContextClassifier
from coinco_core.distillation.adapters import load_adapter
from coinco_core.engines import encoding
from coinco_core.engines.decoding import Sampling
from coinco_core.images import with_red_box
from coinco_core.judgements import CRITERIA
from coinco_core.responses import parse_student_response
from coinco_core.samples import Sample, sample_image
from coinco_world.dataset import make_world
from coinco_world.training.models import load_model
from coinco_world.weights import demo_weights

Pair = tuple[Sample, Image.Image]
Texts = dict[tuple[str, str], str]  # (sample_id, criterion) -> the student's answer


def merged_models() -> dict[str, Any]:
    """Each student as a whole model: its adapter merged into a base of its own."""
    folder = demo_weights("student")
    bases = {criterion: load_model(folder / "base")[0] for criterion in CRITERIA}
    return {c: load_adapter(base, folder / c).merge_and_unload().eval() for c, base in bases.items()}


@torch.inference_mode()
def published(models: dict[str, Any], classifier: ContextClassifier, pairs: list[Pair]) -> Texts:
    """One student after the other, one image at a time, each looking at it anew."""
    processor = classifier.processor
    config = Sampling(max_new_tokens=classifier.max_new_tokens).config(processor.tokenizer)
    texts: Texts = {}
    for criterion, model in models.items():
        for sample, image in pairs:
            pixels = encoding.pixel_parts(processor, with_red_box(image, sample.box))
            prompt = classifier.prompts[criterion].render(sample.object, sample.place)
            inputs = encoding.stack(processor, [encoding.prompt_ids(processor, prompt, pixels)], [pixels])
            output = model.generate(**inputs, generation_config=config)
            new = output[0, inputs["input_ids"].shape[1] :]
            texts[sample.sample_id, criterion] = processor.tokenizer.decode(new, skip_special_tokens=True).strip()
    return texts


def shared(classifier: ContextClassifier, pairs: list[Pair], batch: int) -> Texts:
    """All three in one batch over several images, each seen once."""
    texts: Texts = {}
    for start in range(0, len(pairs), batch):
        part = pairs[start : start + batch]
        boxed = [classifier.look(image, sample.object, sample.box, sample.source) for sample, image in part]
        for (sample, _), verdict in zip(part, classifier.judge(boxed, batch_size=len(CRITERIA) * batch), strict=True):
            texts |= {(sample.sample_id, c): verdict.criterion(c).text for c in CRITERIA}
    return texts


def timed(way: Callable[[list[Pair]], Texts], pairs: list[Pair], warm_up: int) -> tuple[Texts, float]:
    """The texts and the seconds they took, after some images that are not counted."""
    way(pairs[:warm_up])
    start = time.perf_counter()
    texts = way(pairs)
    return texts, time.perf_counter() - start


def measure(samples: int, batch: int) -> dict[str, Any]:
    """Images a second either way, their ratio, and how many verdicts and texts differ."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(s, sample_image(folder, s)) for s in make_world(folder, n=samples, seed=9_700)]
    classifier, models = ContextClassifier.from_pretrained("demo", device="cpu"), merged_models()
    peer, peer_s = timed(lambda some: published(models, classifier, some), pairs, 2)
    ours, ours_s = timed(lambda some: shared(classifier, some, batch), pairs, batch)
    verdicts = [{k: parse_student_response(t, k[1]).in_context for k, t in texts.items()} for texts in (peer, ours)]
    return {
        "samples": samples, "batch": batch, "answers": len(ours),
        "published": samples / peer_s, "shared": samples / ours_s, "ratio": peer_s / ours_s,
        "verdicts_that_differ": sum(verdicts[0][key] != verdicts[1][key] for key in ours),
        "texts_that_differ": sum(peer[key] != ours[key] for key in ours),
    }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16, help="images at once")
    given = parser.parse_args()
    found = measure(given.samples, given.batch)
    if given.json:
        print(json.dumps(found))
        return
    print(f"three models, one image at a time    {found['published']:7.1f} images a second")
    print(f"three adapters, {given.batch:3} images at once   {found['shared']:7.1f} images a second")
    differ = f"{found['verdicts_that_differ']} verdicts and {found['texts_that_differ']} texts"
    print(f"ratio                                  {found['ratio']:7.1f}, {differ} of {found['answers']} differ")


if __name__ == "__main__":
    main()
