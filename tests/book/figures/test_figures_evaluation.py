"""The plots of the evaluation show what their tables say, and never what does not belong together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from coinco_book import figures
from coinco_book.chapters import seed_table
from coinco_book.figures.style import style_of
from coinco_core.errors import InputError
from coinco_core.evaluation import error_table, fidelity_table, reliability_table, robustness_table

pd = pytest.importorskip("pandas")
mpl = pytest.importorskip("matplotlib")
mpl.use("Agg")

GOLD = {"location": [True, False] * 10, "size": [True, False] * 10}
SAID = {
    "before": {"location": [True] * 20, "size": [False] * 20},
    "student": {"location": [True, False] * 10, "size": [True, False] * 8 + [None] * 4},
}
PUBLISHED = {"criterion": ["location"] * 2, "answerer": ["before", "student"], "value": [0.676, 0.754]}


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def fidelity(metric: str = "accuracy_all") -> Any:
    table = fidelity_table(GOLD, SAID, draws=50)
    return table[(table["metric"] == metric) & table["answerer"].isin(SAID)]


def heights(axes: Any) -> list[float]:
    return [round(bar.get_height(), 6) for bar in axes.patches]


def test_published_bars_have_axes_and_a_title_of_their_own() -> None:
    titles = ("This run (demo numbers)", "The paper")
    figure = figures.before_after_bars(fidelity(), pd.DataFrame(PUBLISHED), label="Agreement (%)", titles=titles)
    run, paper = figure.axes
    assert (run.get_title(), paper.get_title()) == titles
    assert heights(run) == [50, 50, 100, 80] and heights(paper) == [67.6, 75.4]
    assert not run.get_shared_y_axes().joined(run, paper)
    assert [label.get_text() for label in run.get_xticklabels()] == ["Location", "Size"]
    assert len(run.collections) == 2 and not paper.collections  # intervals where there are any
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Before distillation", "Student"]


def test_bars_stand_alone_and_leave_out_what_is_undefined() -> None:
    (axes,) = figures.before_after_bars(fidelity("precision"), label="Precision (%)").axes
    assert heights(axes) == [50, 100, 100]  # who never says in-context has no precision


def test_a_mixture_of_questions_or_metrics_is_refused() -> None:
    with pytest.raises(InputError, match="correctness and fidelity"):
        figures.before_after_bars(pd.concat([fidelity(), fidelity().assign(question="correctness")]), label="%")
    with pytest.raises(InputError, match="one metric"):
        figures.before_after_bars(pd.concat([fidelity(), fidelity("mcc")]), label="%")
    with pytest.raises(InputError, match="none that it names"):
        figures.signal_plot(fidelity().drop(columns="question"))


def test_reliability_panels_show_the_bins_and_their_counts() -> None:
    bins = reliability_table([True, False] * 10, [k / 20 for k in range(20)], bins=5)
    figure = figures.reliability_panels({"student": bins, "student, T = 2": bins})
    above, _, below, _ = figure.axes
    assert above.lines[1].get_xdata().tolist() == bins["probability"].tolist()
    assert above.lines[1].get_ydata().tolist() == bins["share"].tolist()
    assert [line[1][1] for line in below.collections[0].get_segments()] == [4] * 5
    assert figure.axes[1].get_title() == "student, T = 2"


def test_every_seed_is_a_point() -> None:
    rows = [(t, n, s, 0.5 + s / 100) for t in ("reasoning", "verdict") for n in (50, 200) for s in range(3)]
    table = seed_table(pd.DataFrame(rows, columns=["target", "size", "seed", "value"]), ["target", "size"])
    (axes,) = figures.seed_points(table, label="Accuracy (%)", chance=0.5).axes
    points, means = axes.lines[0], axes.lines[1]
    assert len(points.get_xdata()) == 6 and points.get_linestyle() == "None"
    assert sorted(points.get_ydata()) == pytest.approx([50, 50, 51, 51, 52, 52])
    assert means.get_xdata().tolist() == [50, 200] and means.get_ydata().tolist() == pytest.approx([51, 51])
    assert points.get_color() == means.get_color() == style_of("student").colour
    assert axes.lines[2].get_color() == style_of("verdict only").colour
    assert axes.get_legend().get_texts()[0].get_text() == "Reasoning, mean of 3 seeds"


def test_errors_stand_by_their_group_with_their_number() -> None:
    groups = ["food", "animal"] * 10
    tables = {name: error_table(groups, GOLD["size"], said["size"]) for name, said in SAID.items()}
    (axes,) = figures.error_rates(tables).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["food  (n = 10)", "animal  (n = 10)"]
    before, student = (container.lines[0] for container in axes.containers)
    assert before.get_xdata().tolist() == [100, 0] and student.get_xdata().tolist() == [20, 20]
    with pytest.raises(InputError, match="different groups"):
        figures.error_rates({"before": tables["before"], "student": tables["student"][::-1]})


def test_the_signal_plot_has_the_answerers_and_the_corners() -> None:
    plain = {"before": {c: [True] * 5 for c in GOLD}, "student": {c: [True] * 4 + [False] for c in GOLD}}
    figure = figures.signal_plot(robustness_table(GOLD, SAID, plain, draws=50))
    location, size = figure.axes
    assert (location.get_title(), size.get_title()) == ("Location", "Size")
    corners = {line.get_label(): (line.get_xdata()[0], line.get_ydata()[0]) for line in location.lines[1:3]}
    assert corners == {"always in-context": (100, 100), "always out-of-context": (0, 0)}
    before, student = (container.lines[0] for container in location.containers)
    assert (before.get_xdata()[0], before.get_ydata()[0]) == (100, 100)
    assert (student.get_xdata()[0], student.get_ydata()[0]) == (0, 80)
    assert all(container.has_xerr and container.has_yerr for container in location.containers)
