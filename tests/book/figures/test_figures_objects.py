"""The plots of Objects-from-Context show what their tables say, and never published numbers on axes of this run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coinco_book.chapters import seed_table
from coinco_book.chapters.published_accuracies import LOG_TOP1
from coinco_book.figures import latents as plots
from coinco_book.figures import objects_evaluation as measured
from coinco_core.evaluation.objects_calibration import first_answer_reliability
from coinco_core.evaluation.objects_groups import category_table, clique_confusion, size_table
from coinco_core.evaluation.top_k import accuracy_table

pd = pytest.importorskip("pandas")
mpl = pytest.importorskip("matplotlib")
mpl.use("Agg")

RNG = np.random.default_rng(0)
GOLD = RNG.integers(0, 80, 300)
SCORES: Any = RNG.dirichlet(np.full(80, 0.3), 300) * 0.7 + 0.3 * np.eye(80)[GOLD]
METHODS = {"network": SCORES, "shuffled": SCORES[::-1]}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def history(epochs: int = 90, turn: int = 20) -> Any:
    e = np.arange(epochs)
    away = np.abs(e - turn)
    return pd.DataFrame({
        "epoch": e,
        "train_loss": 4 * np.exp(-e / 40),
        "validation_loss": 3 + away / 50,
        "train_top1": 1 - np.exp(-e / 40),
        "validation_top1": 0.2 - away / 1000,
    })  # fmt: skip


def texts(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_the_curves_show_where_over_fitting_begins_and_what_was_kept() -> None:
    figure = plots.training_curves(history(), best=20, steps=40)
    loss, top1 = figure.axes
    assert texts(loss) == ["epoch 21: 3.00"] and texts(top1) == ["epoch 21: 20.0 %"]
    (grey,) = [p for p in loss.patches if p.get_label() == "validation loss above its lowest"]
    assert (grey.get_x(), grey.get_x() + grey.get_width()) == (21, 90)
    steps = [line.get_xdata()[0] for line in top1.lines if line.get_linestyle() == ":"]
    assert steps == [40.5, 80.5]
    validation = next(line for line in top1.lines if line.get_label() == "validation")
    np.testing.assert_allclose(validation.get_ydata(), 100 * history()["validation_top1"])


def test_without_over_fitting_nothing_is_grey() -> None:
    for axes in plots.training_curves(history(30, turn=29), best=29, steps=40).axes:
        assert not axes.patches and len(axes.lines) == 3


def test_the_authors_log_has_axes_of_its_own_and_only_when_asked() -> None:
    figure = plots.training_curves(history(), best=20, steps=40, published=LOG_TOP1)
    loss, top1, log = figure.axes
    assert "COinCO" in log.get_title() and texts(log) == ["11.37", "16.77", "16.75", "15.48"]
    assert log.lines[0].get_xdata().tolist() == [1, 18, 41, 120] and log.lines[0].get_linestyle() == "None"
    shared = log.get_shared_y_axes()
    assert not shared.joined(log, top1) and not shared.joined(log, loss)


def test_top_k_has_a_panel_a_reading_and_intervals_for_all_but_chance() -> None:
    table = accuracy_table(METHODS, GOLD)
    figure = measured.top_k_panels(table)
    assert [axes.get_title() for axes in figure.axes] == ["80 categories", "12 cliques, first", "12 cliques, sum"]
    axes = figure.axes[0]
    rows = table[(table["level"] == "instance") & (table["method"] == "network")]
    (_, caps, (bars,)) = axes.containers[0]
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, 100 * rows[["low", "high"]].to_numpy())
    assert len(axes.containers) == 2 and caps
    chance = next(line for line in axes.lines if line.get_label() == "chance")
    np.testing.assert_allclose(chance.get_ydata(), [1.25, 3.75, 6.25, 12.5])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["chance", "network", "shuffled"]


def test_only_the_readings_that_are_there_have_a_panel() -> None:
    table = accuracy_table(METHODS, GOLD)
    assert len(measured.top_k_panels(table[table["rule"] != "sum"]).axes) == 2


def test_the_reliability_is_that_of_the_first_answer() -> None:
    table = first_answer_reliability(SCORES, GOLD)
    figure = measured.first_answer_reliability({"network": table, "other": table})
    above, _, below, _ = figure.axes
    np.testing.assert_allclose(above.lines[1].get_xdata(), 100 * table["probability"])
    np.testing.assert_allclose(above.lines[1].get_ydata(), 100 * table["share"])
    assert len(below.collections[0].get_segments()) == len(table)
    assert "first answer" in below.get_xlabel()


@pytest.mark.parametrize("n", [300, 1])
def test_categories_are_sorted_with_their_numbers(n: int) -> None:
    table = category_table(SCORES[:n], GOLD[:n])
    figure = measured.category_dots(table, chance=5 / 80)
    names = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    assert sorted(names) == sorted(f"{c} ({k})" for c, k in zip(table["category"], table["n"], strict=True))
    points = [c.lines[0].get_xdata()[0] for axes in figure.axes for c in axes.containers]
    assert points == sorted(points, reverse=True)
    best = table.sort_values(["top5", "n"], ascending=False, kind="stable").iloc[0]
    assert names[0] == f"{best['category']} ({best['n']})"


def test_sizes_have_a_point_a_method_and_bin() -> None:
    table = size_table(METHODS, GOLD, RNG.uniform(0.01, 0.9, 300))
    figure = measured.size_points(table)
    (axes,) = figure.axes
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert len(ticks) == 5 and all(tick.endswith("n = 60") for tick in ticks)
    drawn = [c.lines[0].get_ydata().tolist() for c in axes.containers]
    assert drawn == [(100 * table[table["method"] == m]["value"]).tolist() for m in METHODS]


def test_every_training_of_a_study_is_a_point_beside_its_mean() -> None:
    points = pd.DataFrame({
        "variant": ["published"] * 3 + ["decay"] * 2, "seed": [0, 1, 2, 0, 1], "value": [0.1, 0.2, 0.3, 0.4, 0.6],
    })  # fmt: skip
    table = seed_table(points, ["variant"])
    figure = measured.variant_points(table, label="Top-1 (%)", order=["published"], reference="published")
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_yticklabels()] == ["published  (3 seeds)", "decay  (2 seeds)"]
    assert sorted(axes.lines[0].get_xdata().tolist()) == pytest.approx([10, 20, 30])
    means = [segment[0][0] for bars in axes.collections for segment in bars.get_segments()]
    assert means == pytest.approx([20, 50])
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["mean of 'published'"]


def test_the_confusion_holds_the_counts() -> None:
    counts = clique_confusion(SCORES, GOLD)
    axes = plots.clique_confusion(counts).axes[0]
    assert texts(axes) == [str(count) for count in counts.to_numpy().ravel()]


def test_a_strip_shows_image_channels_and_what_is_decoded() -> None:
    image = Image.new("RGB", (40, 20), "red")
    figure = plots.latent_strip([image] * 2, np.zeros((2, 4, 32, 32)), [image] * 2, ["a", "b"])
    titles = ["channel 1", "channel 2", "channel 3", "channel 4", "decoded"]
    assert [axes.get_title() for axes in figure.axes] == ["a", *titles, "b", *titles]
