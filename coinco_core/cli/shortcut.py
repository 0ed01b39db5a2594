"""`coinco shortcut`: the three students on real images that nobody changed, and both sides of what that says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinco_core.cli.output import Json, answer, columns, say, standard_output_kept_for_json
from coinco_core.demo import DEMO
from coinco_core.errors import CheckError
from coinco_core.judgements import CRITERIA, CRITERION_TITLES

if TYPE_CHECKING:
    import pandas

ONE_SIDE = (
    "Whoever always says in-context gets 100 % here: read this only together with how often the same students say "
    "out-of-context of altered images (`coinco verdicts`)."
)


def add_commands(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("shortcut")(shortcut)


def shortcut(
    annotations: Annotated[Path, typer.Argument(help="COCO's instances_*.json.")],
    images: Annotated[Path, typer.Argument(help="The folder with the images.")],
    out: Annotated[Path, typer.Option(help="The folder for the table of samples and the verdicts; resumable.")],
    model: Annotated[str, typer.Option(help="'demo', 'released' (the authors'), a folder, or a hub id.")] = DEMO,
    n: Annotated[int, typer.Option("-n", "--samples", min=1, help="How many; the paper has 2,000.")] = 200,
    seed: Annotated[int, typer.Option(help="Decides which objects.")] = 0,
    json: Json = False,
) -> None:
    """Ask the students about real objects where they belong: how many do they call in-context? (section 5.1)"""
    from coinco_core.evaluation import unmodified_samples

    with standard_output_kept_for_json(json):
        chosen = unmodified_samples(annotations, images, n=n, seed=seed)
        say("Left out: " + ", ".join(f"{count} for {reason}" for reason, count in chosen.left_out.items() if count))
        from coinco_core.distillation.classifier import ContextClassifier
        from coinco_core.distillation.classifier.bulk import RUN, classify_samples, job_of
        from coinco_core.store.folder import check_job

        classifier = ContextClassifier.from_pretrained(model)
        check_job(out / "verdicts" / RUN, job_of(classifier, chosen.samples))  # before the samples there are replaced
        chosen.write(out)
        table = classify_samples(classifier, chosen.samples, out, out / "verdicts", report=say)
    content = {
        "out": str(out),
        "model": model,
        "samples": len(chosen.samples),
        "says_in_context": in_context_shares(table),
        "unreadable": int((~table["readable"].dropna().astype(bool)).sum()),
        "left_out": chosen.left_out,
        "note": ONE_SIDE,
        "warning": classifier.warning(chosen.samples[0].source),
    }
    answer(content, json, _as_text)
    if table["error"].notna().any():
        raise CheckError(f"{table['error'].notna().sum()} verdicts are missing; the column `error` says why.")


def in_context_shares(table: pandas.DataFrame) -> dict[str, dict[str, float | int | None]]:
    """By criterion the share of in-context answers with Wilson's interval (0..1), over the samples judged.

    `table` is that of `classify_samples`; its columns criterion, in_context and readable are used. An unreadable answer
    is wrong here, as in `evaluation.shortcut_table`, and counts in n.
    """
    from coinco_core.evaluation import share

    shares = {}
    for criterion in CRITERIA:
        judged = table[(table["criterion"] == criterion) & table["in_context"].notna()]
        says = judged["in_context"].astype(bool) & judged["readable"].astype(bool)
        found = share(criterion, int(says.sum()), len(says))
        shares[criterion] = {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
    return shares


def _as_text(found: Mapping[str, Any]) -> str:
    rows = [
        (CRITERION_TITLES[c], f"{s['value']:.1%}", f"({s['low']:.1%} to {s['high']:.1%}, n = {s['n']})")
        for c, s in found["says_in_context"].items()
        if s["value"] is not None
    ]
    lines = ["Says in-context of objects that nobody changed:", columns(rows)]
    lines += [f"{found['unreadable']} answers were not readable, which is wrong here", f"Note: {found['note']}"]
    return "\n".join([*lines, *([f"Note: {found['warning']}"] if found["warning"] else [])])
