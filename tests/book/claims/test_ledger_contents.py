"""The ledger holds every number that is known of the paper, once, and what is to answer it is really there."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from coinco_book.chapters import published_accuracies as published
from coinco_book.checkout import find_checkout
from coinco_book.claims.claim import Claim
from coinco_book.claims.ledger import load_claims
from coinco_book.runs.notebooks import code_of, load_notebooks
from coinco_core.consensus.report import PUBLISHED_COUNTS
from coinco_core.judgements import CRITERIA
from coinco_core.objects_from_context.network.model import build_network, count_parameters
from coinco_core.released.catalogue import N_IMAGES

LAYOUT = find_checkout()
CLAIMS = load_claims(LAYOUT)
BY_ID = {claim.id: claim for claim in CLAIMS}
NAMES = [criterion.replace("_", "-") for criterion in CRITERIA]
MODELS = ("catnet", "mantranet", "trufor", "psccnet")
REEVALUATED = ("co-occurrence", "location", "size", "max-fusion", "mcp-base", "mcp-compat")

# How many cells each table of the fact sheet has, and the ids that they have here.
TABLES: dict[str, tuple[int, list[str]]] = {
    "the students' accuracies": (
        12,
        [f"student-{c}-{p}-{w}" for c, p, w in product(NAMES, ("coinco", "real"), ("before", "after"))],
    ),
    "their changes": (6, [f"student-{c}-{p}-gain" for c, p in product(NAMES, ("coinco", "real"))]),
    "their averages": (
        6, [f"student-average-{p}-{w}" for p, w in product(("coinco", "real"), ("before", "after", "gain"))]
    ),
    "the re-evaluation": (
        60,
        [f"reevaluation-{row}-{column}" for row, column in product(REEVALUATED, (
            "threshold", "accuracy", "balanced", "macro-f1", "f1-in", "f1-out", "auc",
            "even-accuracy", "even-macro-f1", "even-auc",
        ))],
    ),
    "the first version trained again": (
        12,
        [f"reevaluation-{net}-{column}" for net, column in product(
            ("visual-net", "semantic-net", "visual-semantic-net"), ("accuracy", "balanced", "macro-f1", "auc")
        )],
    ),
    "objects from context": (8, [f"ofc-{level}-top{k}" for level, k in product(("instance", "clique"), (1, 3, 5, 10))]),
    "their counts": (8, [f"ofc-{level}-top{k}-hits" for level, k in product(("instance", "clique"), (1, 3, 5, 10))]),
    "co-occurrence and random": (
        12,
        [f"ofc-{row}-{level}-top{k}" for row, level, k in product(
            ("co-occurrence", "random"), ("instance", "clique"), (1, 3, 5)
        )],
    ),
    "the localisers' chart": (
        48,
        [f"localisation-{m}-{s}-{v}" for m, s, v in product(
            MODELS, ("original", "ours", "oracle"), ("accuracy", "f1", "auc", "ap")
        )],
    ),
    "the localisers' table": (
        16, [f"localisation-table-{m}-{v}" for m, v in product(MODELS, ("accuracy", "f1", "auc", "ap"))]
    ),
    "the sweep": (24, [f"gamma-{v}-{m}-{g}" for v, m, g in product(("f1", "ap"), MODELS, (1, 5, 10))]),
    "the edges of mask area": (11, [f"area-edge-{k}" for k in range(11)]),
    "the chart of mask sizes": (20, [f"mask-{v}-{k}" for v, k in product(("success", "count"), range(1, 11))]),
    "the label tables": (
        6, [f"labels-{s}-{v}" for s, v in product(("train", "validation", "test"), ("in", "out"))]
    ),
    "the supercategories": (12, [claim.id for claim in CLAIMS if re.match("supercategory-", claim.id)]),
    "the network's layers": (4, [f"ofc-layer-{k}" for k in range(1, 5)]),
}  # fmt: skip

# The inconsistencies that were found: each says what, and those that a calculation contradicts are expected to differ.
FOUND = {
    "balanced-consensus", "code-samples", "disagreement-balance", "disagreement-checkpoints", "disagreement-clique",
    "disagreement-co-occurrence", "disagreement-filter", "disagreement-placeholders", "disagreement-precision",
    "disagreement-teachers", "disagreement-test-answers", "disagreement-verification", "disagreement-weights", "gamma",
    "gamma-teaser", "localisation-improves-ap", "localisation-improves-auc", "mask-success-rises",
    "ofc-chance-clique-top1", "ofc-co-occurrence-above-chance", "overview-food",
    "ofc-co-occurrence-instance-top1", "site-mouse-row", "success-by-class", "success-train", "times-smaller-counted",
}  # fmt: skip
CONTRADICTED = {
    "recipe-repetition-penalty",
    "balanced-consensus", "localisation-improves-accuracy", "localisation-improves-ap",
    "localisation-improves-auc-table", "mask-success-rises", "ofc-chance-clique-top1", "ofc-chance-clique-top3",
    "ofc-chance-clique-top5", "ofc-co-occurrence-above-chance", "success-by-class", "success-train",
    "times-smaller-counted",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_there_cell_by_cell(table: str) -> None:
    cells, ids = TABLES[table]
    assert len(set(ids)) == cells
    assert [claim for claim in ids if claim not in BY_ID] == []
    assert [claim for claim in ids if not isinstance(BY_ID[claim].value, int | float)] == []


@pytest.mark.parametrize(("claim", "shown"), [
    ("images", "97,722"), ("unanimous", "73,929"), ("unanimous-out", "64,879"), ("unanimous-in", "9,050"),
    ("human-agreement", "95.10 %"), ("student-location-real-after", "91.4\N{NO-BREAK SPACE}%"),
    ("student-co-occurrence-real-gain", "\N{MINUS SIGN}2.0\N{NO-BREAK SPACE}points"), ("ofc-instance-top5", "42.80 %"),
    ("ofc-random-clique-top3", "25.00 %"), ("lora-parameters", "117,964,800"), ("recipe-learning-rate", "2e-4"),
    ("ofc-parameters", "4,369,360"), ("kruskal-p", "< 0.001"), ("detector-choice", "YOLOv8x above GroundingDINO"),
])  # fmt: skip
def test_values_are_shown_as_the_paper_prints_them(claim: str, shown: str) -> None:
    assert BY_ID[claim].shown == shown


def test_what_is_printed_is_the_value() -> None:
    for claim in CLAIMS:
        number = re.fullmatch(r"(-?[\d.]+)( %| MB)?", claim.printed)
        if number and isinstance(claim.value, int | float):
            assert float(number[1]) == claim.value, claim.id


def test_every_inconsistency_has_a_finding() -> None:
    assert sorted(name for name in FOUND if not BY_ID[name].finding) == []
    assert {claim.id for claim in CLAIMS if claim.expected} == CONTRADICTED
    disagreements = [claim for claim in CLAIMS if claim.group == BY_ID["disagreement-filter"].group]
    assert [claim.id for claim in disagreements if not claim.finding] == []


def test_findings_and_notes_are_sentences() -> None:
    texts = [(claim.id, text) for claim in CLAIMS for text in (claim.finding, claim.note) if text]
    assert [name for name, text in texts if not text.endswith(".") or text[0].islower()] == []


def test_what_no_notebook_covers_has_no_answer() -> None:
    outside = [claim for claim in CLAIMS if "utside the three sections" in claim.note and claim.profile != "none"]
    assert len(outside) > 100
    assert [claim.id for claim in outside if claim.sources] == []


def test_the_package_s_own_constants_are_the_ledger_s() -> None:
    def value(claim: str) -> float:
        return BY_ID[claim].value  # type: ignore[return-value]

    assert (PUBLISHED_COUNTS["in"], PUBLISHED_COUNTS["out"]) == (value("unanimous-in"), value("unanimous-out"))
    assert (value("images"), value("test-images")) == (N_IMAGES, published.SAMPLES)
    assert value("ofc-parameters") == count_parameters(build_network(0))
    log = {0: "ofc-log-first-top1", 17: "ofc-log-best-top1", 40: "ofc-log-epoch40-top1", 119: "ofc-log-last-top1"}
    assert {epoch: value(claim) for epoch, claim in log.items()} == published.LOG_TOP1
    assert value("ofc-log-best-epoch") == max(published.LOG_TOP1, key=lambda e: published.LOG_TOP1[e]) + 1


def test_no_two_claims_of_a_table_say_the_same() -> None:
    counted = Counter((claim.group, claim.text) for claim in CLAIMS)
    assert [pair for pair, n in counted.items() if n > 1] == []


# Keys that a notebook puts together from columns of a table: the parts that its code names, and what they make.
ASSEMBLED = {
    "students.ipynb": (
        ("fidelity", "recall_unmodified", "row.answerer"),
        r"(fidelity|recall_unmodified)_(before|student)",
    ),
    "objects_from_context.ipynb": (
        ("ofc", 'row["method"]', 'row["level"]', 'row["rule"]', "top{row"),
        r"ofc_(network|co_occurrence|chance)_(instance|clique_first)_top(1|3|5|10)",
    ),
}


@cache
def _recorded(notebook: str) -> tuple[str, ...]:
    """Patterns of the keys that the notebook may record: its texts, its f-strings with gaps, and those of ASSEMBLED."""
    source = next(n for n in load_notebooks(LAYOUT) if n.id == notebook).source
    code = code_of(LAYOUT.notebooks / source)
    parts, pattern = ASSEMBLED.get(source, ((), "nothing more"))
    assert [part for part in parts if part not in code] == []
    return (*_patterns(ast.parse(code)), pattern)


def _patterns(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in node.values]
            if re.search("[a-z]{3}", "".join(parts)):  # one of gaps alone would fit anything
                yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)


def _answered() -> list[tuple[Claim, str]]:
    return [(claim, source) for claim in CLAIMS for source in claim.shown_sources if not source.startswith("settled/")]


def test_what_is_to_answer_is_recorded_by_its_notebook() -> None:
    lacking = []
    for claim, source in _answered():
        notebook, key = source.split("/")
        if not any(re.fullmatch(pattern, key) for pattern in _recorded(notebook)):
            lacking.append((claim.id, source))
    assert lacking == []
    assert len(_answered()) > 50


def test_a_claim_that_a_run_answers_says_how_near_it_must_come() -> None:
    judged = [claim for claim, _ in _answered() if claim.sources]
    assert [claim.id for claim in judged if claim.kind == "exact"] == []
    assert [claim.id for claim in judged if not claim.n] == []


# What is recorded without the number of its images cannot be held against a claim that says on how many it stands.
RECORDED_WITH_N = {
    "lvlm_reasoning": ("unanimous_share", "unanimous_out_share", "n_unanimous", "n_unanimous_{verdict}"),
    "objects_from_context": ("ofc_best_epoch", "ofc_{name}_validation_top1", "ofc_{name}_train_loss", "key"),
    "students_size": ("key",),
}


@pytest.mark.parametrize(("notebook", "keys"), RECORDED_WITH_N.items())
def test_what_is_judged_is_recorded_with_its_number_of_images(notebook: str, keys: tuple[str, ...]) -> None:
    source = next(n for n in load_notebooks(LAYOUT) if n.id == notebook).source
    calls = re.findall(r"glue_number\(f?\"?([\w{}]+)\"?, (.*)\)", code_of(LAYOUT.notebooks / source))
    facts = dict(calls)
    assert [key for key in keys if not re.search(r"\bn=|\*\*ends", facts[key])] == []


def test_what_only_stands_beside_says_why() -> None:
    beside = {claim.id for claim in CLAIMS if claim.beside}
    unmodified = {f"student-{c}-real-{when}" for c, when in product(NAMES, ("before", "after"))}
    rows = {f"ofc-co-occurrence-{level}-top{k}" for level, k in product(("instance", "clique"), (1, 3, 5))}
    assert beside == unmodified | rows | {"consensus-share", "human-agreement", "ofc-log-epochs"}


def test_what_this_book_adopts_is_told_from_what_it_calculates() -> None:
    adopted = {claim.id for claim in CLAIMS if claim.adopted}
    assert {"recipe-lora-rank", "recipe-tail", "page-train", "code-test", "lora-layers", "times-smaller"} <= adopted
    assert {"ofc-recipe-epochs", "ofc-latent-factor", "supercategory-animal"} <= adopted
    calculated = {
        "recipe-accumulation",
        "page-samples",
        "code-samples",
        "supercategories-all",
        "lora-parameters",
        "steps",
    }
    assert calculated & adopted == set()
    followed = ("recipe-", "ofc-", "page-", "code-", "decoding-", "supercategory-", "lora-l", "times-smaller")
    assert all(name.startswith(followed) for name in adopted)


def test_what_a_source_does_not_print_is_said_to_be_computed_here() -> None:
    computed = {claim.id for claim in CLAIMS if "computed" in claim.known_from}
    assert {"consensus-share", "always-out", "ofc-instance-top1-hits", "lora-parameters", "success-chart"} <= computed
    assert [claim.id for claim in CLAIMS if claim.id in computed and "computed here" not in claim.known_from] == []


def test_contradicting_sources_are_settled_by_reading() -> None:
    readings = {claim.id for claim in CLAIMS if claim.kind == "reading"}
    assert {claim.id for claim in CLAIMS if claim.id.startswith("disagreement-")} < readings
    assert readings >= {"site-mouse-row", "gamma-second", "gamma-teaser"}
