"""Every figure carries an alt text computed from what it draws: short, with the values, in the figures' words."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from checkout_root import ROOT
from coinco_book import figures
from coinco_book.chapters import seed_table
from coinco_book.figures import latents, tour, wording
from coinco_book.figures import objects_evaluation as measured
from coinco_book.figures import paper as published
from coinco_core.categories import SUPERCATEGORIES
from coinco_core.judgements import CRITERIA, QUESTIONS
from coinco_core.samples import Sample
from coinco_world.compose import compose, replace_object

pd = pytest.importorskip("pandas")
mpl = pytest.importorskip("matplotlib")
mpl.use("Agg")

RED = Image.new("RGB", (40, 20), (255, 0, 0))
ANSWERERS = ("before", "student", "verdict only")
METHODS = ("network", "majority", "co-occurrence", "mask alone", "forest on the box", "forest and names")
BINS = pd.DataFrame({"n": [30, 10], "probability": [0.2, 0.9], "share": [0.1, 0.5]})
COLUMNS = re.compile(r"\b[a-z0-9]+_[a-z0-9_]+\b")  # as tables name what figures give a title


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def table(columns: str, *rows: tuple[Any, ...]) -> Any:
    return pd.DataFrame(list(rows), columns=columns.split())


def scores(metric: str = "accuracy_all") -> Any:
    """One value for each criterion and answerer; the largest, 91 %, is the student's on size."""
    return table(
        "question metric criterion answerer value low high",
        *(
            ("fidelity", metric, c, a, 0.91 if (c, a) == ("size", "student") else 0.1 + i / 10, 0.1, 0.99)
            for c in CRITERIA
            for i, a in enumerate(ANSWERERS)
        ),
    )


def share_bars() -> Any:
    return figures.share_bars({"location": (0.25, 0.2, 0.3), "size": (0.75, 0.7, 0.8)}, label="Wrong (%)")


def accuracy_bars() -> Any:
    rows = ((q, r, 0.93 if r == "consensus" else 0.5, 0.4, 1.0) for q in QUESTIONS for r in ("qwen", "consensus"))
    long = table("question answerer value low high", *rows)
    return figures.accuracy_bars(long, group="question", by="answerer", chance=0.5)


def counts_bars() -> Any:
    now = {name: 10 * k for k, name in enumerate(SUPERCATEGORIES)}
    return figures.counts_bars({"what stood there": dict.fromkeys(SUPERCATEGORIES, 7), "what stands there now": now})


def curves() -> Any:
    curve = table("step training_loss validation_loss", (1, 3.0, 3.1), (20, 2.0, 1.44), (30, 1.05, 2.0))
    return figures.curves(curve, x="step", ys=["training_loss", "validation_loss"], label="Loss")


def heatmap() -> Any:
    kappas = pd.DataFrame(
        {"Location": {"a and b": 0.72, "a and c": float("nan")}, "Size": {"a and b": 0.1, "a and c": 0}}
    )
    return figures.agreement_heatmap(kappas, label="Cohen's kappa")


def top_k_bars() -> Any:
    return figures.top_k_bars(
        table("method top-1 top-3 top-5 top-10", ("chance", 1, 3, 6, 12), ("model", 5, 9, 20, 47))
    )


def before_after_bars() -> Any:
    both = scores()[scores()["answerer"] != "verdict only"]
    return figures.before_after_bars(
        scores(), both, label="Agrees (%)", titles=("This run (demo numbers)", "The paper")
    )


def seed_points() -> Any:
    rows = ((t, n, s, 0.5 + s / 50) for t in ("reasoning", "verdict") for n in (50, 1000) for s in range(3))
    points = seed_table(table("target size seed value", *rows), ["target", "size"])
    return figures.seed_points(points, label="Accuracy (%)", chance=0.5)


def error_rates() -> Any:
    groups = [f"{c}, {third} third" for c in CRITERIA for third in ("smallest", "middle", "largest")]
    errors = pd.DataFrame({"group": groups, "n": 20, "value": np.linspace(0, 0.96, 9), "low": 0.0, "high": 1.0})
    errors["group"] = errors["group"].str.replace("_", "-")
    return figures.error_rates({"before": errors, "student": errors})


def signal_plot() -> Any:
    rates = pd.concat([scores("hit_rate"), scores("false_alarm_rate").assign(value=0.31)])
    return figures.signal_plot(rates)


def memory_bars() -> Any:
    index = pd.MultiIndex.from_product(
        [[1, 2], ["everywhere", "at the answer"], [False, True]], names=["rows", "where", "checkpointing"]
    )
    memory = pd.DataFrame({"weights": 15.0, "logits": np.arange(8.0)}, index=index)
    return figures.memory_bars(memory.assign(total=memory.sum(axis=1)), ["weights", "logits"], limit=80)


def training_curves() -> Any:
    e = np.arange(60)
    losses = {"train_loss": 4 * np.exp(-e / 40), "validation_loss": 3 + abs(e - 20) / 50}
    top1 = {"train_top1": e / 60, "validation_top1": 0.2 - abs(e - 30) / 1000}
    history = pd.DataFrame({"epoch": e, **losses, **top1})
    return latents.training_curves(history, best=30, steps=40, published={0: 11.37, 119: 15.48})


def confusion() -> Any:
    counts = pd.DataFrame(1, index=list(SUPERCATEGORIES), columns=list(SUPERCATEGORIES))
    counts.loc["animal", "animal"] = 29
    return latents.clique_confusion(counts)


def latent_strip() -> Any:
    return latents.latent_strip(
        [RED, RED], np.zeros((2, 4, 32, 32)), [RED, Image.new("RGB", (40, 20))], ["image", "mask"]
    )


def top_k_panels() -> Any:
    readings = (("instance", ""), ("clique", "first"), ("clique", "sum"))
    rows = ((m, *r, k, 0.01 * k * (i + 1), 0, 1) for i, m in enumerate(METHODS) for r in readings for k in (1, 10))
    return measured.top_k_panels(table("method level rule k value low high", *rows))


def category_dots() -> Any:
    rows = table(
        "category supercategory n top5 top5_low top5_high",
        ("cow", "animal", 9, 0.88, 0, 1),
        ("car", "vehicle", 4, 0, 0, 1),
    )
    return measured.category_dots(rows)


def size_points() -> Any:
    rows = (
        (m, g, 60, 0.1 * i + 0.3 * j, 0, 1) for i, m in enumerate(METHODS[:3]) for j, g in enumerate(("small", "large"))
    )
    return measured.size_points(table("method group n value low high", *rows))


def variant_points() -> Any:
    points = table("variant seed value", ("published", 0, 0.2), ("published", 1, 0.3), ("weight decay", 0, 0.4))
    return measured.variant_points(seed_table(points, ["variant"]), label="Top-1 accuracy (%)", reference="published")


def before_and_after() -> Any:
    rows = (
        (panel, where, c, a, v, v - 0.02, v + 0.02)
        for panel in ("The paper", "This run (demo numbers)")
        for where in ("replaced objects", "unmodified scenes")
        for c in CRITERIA
        for a, v in (("before", 0.55), ("student", 0.834))
    )
    return published.before_and_after(table("panel where criterion answerer value low high", *rows))


def top_k_lines() -> Any:
    rows = (
        (level, panel, method, k, 4.9 * k)
        for level in ("80 categories", "12 supercategories")
        for panel in ("The paper", "This run (demo numbers)")
        for method in ("The network", "Co-occurrence", "Chance, as printed", "Chance, by this rule")
        for k in (1, 10)
        if "paper" in panel or "printed" not in method
    )
    return published.top_k_lines(table("level panel method k value", *rows))


def sweep_lines() -> Any:
    rows = ((m, model, g, 0.08 * g) for m in ("F1", "AP") for model in ("CAT-Net", "TruFor") for g in (1, 5, 10))
    return published.sweep_lines(table("measure model factor value", *rows), label="Factor")


def step_strip() -> Any:
    rng = np.random.default_rng(0)
    before = compose(rng, "office")
    after, index = replace_object(before, rng)
    return tour.step_strip(before, after, index)


def scenes(draw: Callable[[list[Any]], Any]) -> Any:
    rng = np.random.default_rng(0)
    return draw([compose(rng, kind) for kind in ("kitchen", "beach")])


SHOWN: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "share_bars": (share_bars, ["Wrong, in percent: Location 25; Size 75"]),
    "accuracy_bars": (accuracy_bars, ["Qwen2.5-VL, Consensus: Location 50, 93", "chance, 50"]),
    "counts_bars": (counts_bars, ["what stood there, what stands there now: person 7, 0", "indoor 7, 110"]),
    "curves": (curves, ["step 1 to 30", "training loss falls from 3.00 to 1.05", "lowest 1.44 at 20"]),
    "agreement_heatmap": (heatmap, ["Cohen's kappa", "a and b 0.72, 0.10", "a and c not defined, 0.00"]),
    "reliability": (lambda: figures.reliability({"student": BINS}), ["Student rises from 10 to 50"]),
    "top_k_bars": (top_k_bars, ["model 5, 9, 20, 47"]),
    "before_after_bars": (before_after_bars, ["(demo numbers), in the order Before distillation", "Size 10, 91"]),
    "reliability_panels": (
        lambda: figures.reliability_panels({"Size, as answered": BINS}),
        ["Size, as answered: 2 bins, on average 17.5 points from the diagonal, mostly below it"],
    ),
    "seed_points": (seed_points, ["verdict, 1,000 samples: mean 52, 50 to 54", "chance, 50"]),
    "error_rates": (error_rates, ["in the order Before distillation, Student", "size, largest third (of 20) 96, 96"]),
    "signal_plot": (signal_plot, ["Of unmodified objects", "Size 10, 91, 30", "Location 31, 31, 31"]),
    "memory_bars": (memory_bars, ["at 80 GB", "logits at the answer, recomputed layer by layer 18, 22"]),
    "training_curves": (training_curves, ["epoch 21, 3.00", "20.0 % in epoch 31, which was kept", "epoch 120 15.48 %"]),
    "clique_confusion": (confusion, ["23 % of the images", "highest: animal (of 40) 72"]),
    "latent_strip": (latent_strip, ["image and mask", "4 latent channels of 32 by 32", "image 0.0; mask 85.0"]),
    "top_k_panels": (top_k_panels, ["80 categories; 12 cliques, first;", "forest and names 6.0, 6.0, 6.0"]),
    "first_answer_reliability": (
        lambda: measured.first_answer_reliability({"network": BINS}),
        ["network: 2 bins, on average 17.5 points"],
    ),
    "category_dots": (category_dots, ["2 categories", "cow (of 9) 88", "1 of them are at 0"]),
    "size_points": (size_points, ["small, large: network 0, 30", "co-occurrence 20, 50"]),
    "variant_points": (variant_points, ["published 25.0; weight decay 40.0", "20.0 to 40.0"]),
    "before_and_after": (before_and_after, ["This run (demo numbers), unmodified scenes: Location 55.0 to 83.4"]),
    "top_k_lines": (top_k_lines, ["The paper, 80 categories: The network 4.9", "Chance, as printed 4.9"]),
    "sweep_lines": (sweep_lines, ["F1, in the order 1, 5, 10: CAT-Net 0.08, 0.40, 0.80"]),
    "image_grid": (lambda: figures.image_grid([RED] * 2, ["cow\ncow 4 %", "b"]), ["2 images: cow, cow 4 %; b."]),
    "contact_sheet": (lambda: figures.contact_sheet([RED] * 3), ["3 images."]),
    "step_strip": (step_strip, ["An office in four images"]),
    "scene_sheet": (lambda: scenes(tour.scene_sheet), ["2 drawn scenes: kitchen; beach"]),
    "zones_image": (lambda: scenes(lambda found: tour.zones_image(found[1])), ["the sea (water)"]),
    "zones_sheet": (lambda: scenes(tour.zones_sheet), ["2 scenes with the places outlined", "the sea (water)"]),
    "category_sheet": (lambda: tour.category_sheet(0), ["All 80 categories", "from person to toothbrush"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_the_text_holds_what_is_drawn(name: str) -> None:
    draw, words = SHOWN[name]
    text = figures.alt_of(draw())
    assert [word for word in words if word not in text] == [], text
    assert len(text) <= wording.LONGEST and text.endswith(".")
    assert not COLUMNS.findall(text) and "nan" not in re.findall(r"[a-z]+", text)


def test_no_figure_function_is_left_out() -> None:
    shown = set()
    for path in (ROOT / "coinco_book" / "figures").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            returns = ast.unparse(node.returns) if isinstance(node, ast.FunctionDef) and node.returns else ""
            if returns in ("Figure", "Image", "Image.Image") and not node.name.startswith("_"):
                shown.add(node.name)
    assert shown - {"tile_sheet", "boxed_grid"} == set(SHOWN)  # those two are made for others, and have a test below


def test_a_grid_of_boxed_images_says_that_they_are_boxed(tmp_path: Path) -> None:
    samples = [boxed(tmp_path, name) for name in ("cow", "car")]
    assert figures.alt_of(figures.boxed_grid(tmp_path, samples)) == "2 images, each with a red box: cow; car."
    assert "cards" not in figures.boxed_cards(tmp_path, samples, [{"Student": "In."}] * 2)
    html = figures.boxed_cards(tmp_path, samples, [{"Student": "In."}] * 2, headings=["first", "second"])
    assert 'alt="A scene with the object to judge in a red box: car"' in html and "<strong>second</strong>" in html


def boxed(folder: Path, name: str) -> Sample:
    from coinco_core.images import Box

    RED.save(folder / f"{name}.png")
    return Sample(name, f"{name}.png", 40, 20, Box(5, 5, 10, 10), name, name, "test", "demo", False)


def test_long_tables_are_told_by_their_ends_and_long_captions_cut() -> None:
    many = {f"row {k}": {"one": k / 2, "two": float(k)} for k in range(60)}
    text = wording.by_row(many)
    assert text.startswith("120 values; highest: row 59, two 59") and "lowest: row 0, two 0; row 0, one 0" in text
    sheet = figures.image_grid([RED] * 40, ["a caption of some length"] * 40)
    assert len(figures.alt_of(sheet)) <= wording.LONGEST and "; and 2" in figures.alt_of(sheet)


@pytest.mark.parametrize(("values", "said"), [
    ([1, 2, 3], "rises from 1.00 to 3.00"), ([3, 1, 2], "falls from 3.00 to 2.00, lowest 1.00 at 20"),
    ([2, 3, 2], "stays at 2.00, highest 3.00 at 20"), ([], "no points"),
])  # fmt: skip
def test_the_course_of_a_line(values: list[float], said: str) -> None:
    assert wording.course([10, 20, 30][: len(values)], values) == said


def test_a_single_panel_says_which_intervals_overlap() -> None:
    rows = [
        ("The paper", "replaced objects", "size", a, v, v - 0.1, v + 0.1)
        for a, v in (("before", 0.5), ("student", 0.6))
    ]
    found = table("panel where criterion answerer value low high", *rows)
    assert "Overlapping intervals: Size, replaced objects." in figures.alt_of(published.before_and_after(found))
    found.loc[1, ["value", "low", "high"]] = (0.9, 0.8, 1.0)
    assert "Overlapping intervals: none." in figures.alt_of(published.before_and_after(found))


def test_what_a_run_does_not_know_is_called_so() -> None:
    rows = [("This run", "replaced objects", "size", a, v, None, None) for a, v in (("before", 0.5), ("student", None))]
    found = table("panel where criterion answerer value low high", *rows)
    assert "Size 50.0 to not defined" in figures.alt_of(published.before_and_after(found))


def test_the_text_is_not_in_the_file(tmp_path: Path) -> None:
    """The text goes to the page once, as its alt text; neither kind of figure writes it into its PNG."""
    figures.described(RED.copy(), "secret").save(tmp_path / "image.png")
    share_bars().savefig(tmp_path / "figure.png")
    assert b"secret" not in (tmp_path / "image.png").read_bytes()
    assert b"Wrong" not in (tmp_path / "figure.png").read_bytes()
