"""Three models' judgements -> unanimous labels, and how far the models agree (section 3.2 of the paper).

A *question* is one of the three criteria or the final decision. For each sample and question the models are unanimous
(`in` or `out`), divided (`split`), or one of them gave no readable verdict (`incomplete`); the four counts add up to
the number of samples. Only unanimous verdicts become labels.

    answers, n_repeated = read_answers("context_reasoning_qwen.csv")
    labels = labels_table(judgement_table({"molmo": ..., "qwen": answers, "internvl": ...}))
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.agreement import cohen_kappa, fleiss_kappa
from coinco_core.errors import InputError
from coinco_core.files import read_table
from coinco_core.judgements import CRITERIA
from coinco_core.responses import contradictions, parse_response

if TYPE_CHECKING:
    import pandas as pd

FINAL = "in_context"  # the final decision's column, as in the tables of findings and of the truth
QUESTIONS = (*CRITERIA, FINAL)
STATES = ("in", "out", "split", "incomplete")


def read_answers(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, int]:
    """One model's answers (sample_id, text) or findings from a file, and how many rows repeated a sample.

    CSV or Parquet, in the released layout (coco_index, response), as `coinco label` writes it (sample_id, text), or
    already parsed (sample_id and the four verdicts). The first row of a sample counts, as the paper's files need.
    """
    source = Path(path)
    table = read_table(source).rename(columns={"coco_index": "sample_id", "response": "text"})
    if "sample_id" not in table or not ("text" in table or set(QUESTIONS) <= set(table)):
        raise InputError(f"'{source}' holds no answers: it needs the columns coco_index and response.")
    if table.empty:
        raise InputError(f"'{source}' holds no rows.")
    if table["sample_id"].isna().any():
        raise InputError(f"'{source}' has a row without a sample; remove it or give it its coco_index.")
    first = table.drop_duplicates("sample_id").reset_index(drop=True)
    return first.assign(sample_id=first["sample_id"].astype(str)), len(table) - len(first)


def model_name(path: str | os.PathLike[str]) -> str:
    """The model that a file of answers is about: 'qwen' for context_reasoning_qwen.csv or runs/qwen/answers.parquet."""
    source = Path(path)
    stem = source.parent.name if source.stem in ("answers", "findings") else source.stem
    return stem.removeprefix("context_reasoning_")


def judgement_table(answers_by_model: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every verdict: one row per model, sample and question, with the columns model, sample_id, question, verdict.

    `verdict` is True (in-context), False or missing. A sample that a model has no row for is missing, not dropped.
    Raises InputError for fewer than two models or a sample that occurs twice in one model's table.
    """
    import pandas as pd

    if len(answers_by_model) < 2:
        raise InputError("A consensus needs the answers of two models or more; three in the paper.")
    ids = list(dict.fromkeys(name for table in answers_by_model.values() for name in table["sample_id"]))
    parts = []
    for model, answers in answers_by_model.items():
        if answers["sample_id"].duplicated().any():
            raise InputError(f"The answers of '{model}' hold a sample twice; keep one row of each.")
        verdicts = findings(answers).set_index("sample_id")[list(QUESTIONS)].reindex(ids).astype("boolean")
        verdicts = verdicts.rename_axis("sample_id").reset_index()
        parts.append(verdicts.melt("sample_id", var_name="question", value_name="verdict").assign(model=model))
    return pd.concat(parts, ignore_index=True)[["model", "sample_id", "question", "verdict"]]


def findings(answers: pd.DataFrame) -> pd.DataFrame:
    """The four verdicts of each answer (sample_id, location, co_occurrence, size, in_context), read where need be.

    Tables that hold the verdicts already come back with these columns alone; a missing text gives missing verdicts.
    """
    import pandas as pd

    if set(QUESTIONS) <= set(answers.columns):
        return answers[["sample_id", *QUESTIONS]].astype(dict.fromkeys(QUESTIONS, "boolean"))
    judgements = [parse_response(text if isinstance(text, str) else "") for text in answers["text"]]
    columns: dict[str, Any] = {c: [j.finding(c).in_context for j in judgements] for c in CRITERIA}
    columns[FINAL] = [j.in_context for j in judgements]
    verdicts = {question: pd.array(values, dtype="boolean") for question, values in columns.items()}
    return pd.DataFrame({"sample_id": answers["sample_id"].to_numpy(), **verdicts})


def reading_table(answers_by_model: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How well each model's answers could be read: one row a model, counts of answers.

    Columns: model, answers, read (all four verdicts), partly (one to three), unread (none), contradictory (the decision
    or a summary verdict at odds with the rest of the answer). The tables need the column text.
    """
    import pandas as pd

    rows = []
    for model, answers in answers_by_model.items():
        n_read = findings(answers)[list(QUESTIONS)].notna().sum(axis=1)
        counts = {
            "read": n_read == len(QUESTIONS),
            "partly": n_read.between(1, len(QUESTIONS) - 1),
            "unread": n_read == 0,
        }
        odd = sum(bool(contradictions(text)) for text in answers["text"] if isinstance(text, str))
        row = {"model": model, "answers": len(answers), **{name: int(mask.sum()) for name, mask in counts.items()}}
        rows.append(row | {"contradictory": odd})
    return pd.DataFrame(rows)


def unanimous(table: pd.DataFrame) -> pd.DataFrame:
    """The state of every sample and question: columns sample_id, question, state, n_in, n_out, n_missing, dissenter.

    `table` is a judgement_table. `dissenter` is the model that alone differs from all others, '' where there is none.
    """
    import numpy as np

    models = list(dict.fromkeys(table["model"]))
    one = table.loc[table["model"] == models[0], ["sample_id", "question"]]
    keyed = table.set_index(["model", "sample_id", "question"])["verdict"]
    verdicts = [keyed.loc[model].reindex(one.apply(tuple, axis=1)) for model in models]
    yes = np.stack([v.fillna(False).to_numpy(bool) for v in verdicts], axis=1)
    no = np.stack([(~v).fillna(False).to_numpy(bool) for v in verdicts], axis=1)
    n_in, n_out, n = yes.sum(axis=1), no.sum(axis=1), len(models)
    state = np.select([n_in == n, n_out == n, n_in + n_out == n], STATES[:3], STATES[3])
    alone = np.select(
        [(n_in == 1) & (n_out == n - 1), (n_out == 1) & (n_in == n - 1)], [yes.argmax(1), no.argmax(1)], n
    )
    dissenter = np.array([*models, ""], dtype=object)[alone if n > 2 else np.full(len(alone), n)]
    counts = {"n_in": n_in, "n_out": n_out, "n_missing": n - n_in - n_out}
    return one.reset_index(drop=True).assign(state=state, **counts, dissenter=dissenter)


def labels_table(table: pd.DataFrame) -> pd.DataFrame:
    """One row a sample: per question the unanimous verdict (missing without one), its state, and each model's verdict.

    Columns: sample_id (coco_index too, where the ids are such), then `<question>`, `<question>_state`, and
    `<model>_<question>`. This is what the splits are made of.
    """
    import pandas as pd

    states = unanimous(table)
    ids = list(dict.fromkeys(states["sample_id"]))
    result = pd.DataFrame({"sample_id": ids})
    if ids and all(str(name).isdecimal() for name in ids):
        result["coco_index"] = [int(name) for name in ids]
    for question in QUESTIONS:
        own = states[states["question"] == question].set_index("sample_id").loc[ids, "state"]
        result[question] = pd.array([{"in": True, "out": False}.get(state) for state in own], dtype="boolean")
        result[f"{question}_state"] = own.to_numpy()
    by_model = table.pivot(index="sample_id", columns=["model", "question"], values="verdict").loc[ids]
    for column in by_model.columns:
        result["_".join(column)] = by_model[column].astype("boolean").array
    return result


def agreement(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """For each question how far the models agree, where all of them gave a verdict.

    `n` such samples, the share on which all agree, Fleiss' kappa, and for each pair 'a & b' the share and Cohen's
    kappa. A kappa is None where it is not defined: without samples, or when nobody ever uses the second verdict.
    """
    result = {}
    for question in QUESTIONS:
        own = table[table["question"] == question].pivot(index="sample_id", columns="model", values="verdict")
        own = own[list(dict.fromkeys(table["model"]))].dropna().astype(bool)
        same = own.nunique(axis=1) == 1
        pairs = {f"{a} & {b}": _pair(own[a].tolist(), own[b].tolist()) for a, b in combinations(own.columns, 2)}
        raw = float(same.mean()) if len(own) else None
        fleiss = fleiss_kappa(own.to_numpy(bool).tolist())
        result[question] = {"n": len(own), "all_agree": raw, "fleiss_kappa": fleiss, "pairs": pairs}
    return result


def _pair(first: list[bool], second: list[bool]) -> dict[str, float | None]:
    same = sum(a == b for a, b in zip(first, second, strict=True))
    return {"agree": same / len(first) if first else None, "cohen_kappa": cohen_kappa(first, second)}


def consensus_report(
    answers_by_model: Mapping[str, pd.DataFrame], duplicates: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """All counts and agreement figures in plain Python values, for people and for `--json`.

    `duplicates` is how many repeated rows were dropped from each model's file, as `read_answers` counts them.
    """
    table = judgement_table(answers_by_model)
    states = unanimous(table)
    counts = {q: states.loc[states["question"] == q, "state"].value_counts() for q in QUESTIONS}
    dissent = {q: states.loc[states["question"] == q, "dissenter"].value_counts() for q in QUESTIONS}
    unread = table[table["verdict"].isna()].groupby(["model", "question"]).size()
    models = list(answers_by_model)
    return {
        "models": models,
        "n_samples": int(states["sample_id"].nunique()),
        "n_answers": {model: len(answers) for model, answers in answers_by_model.items()},
        "n_duplicates": {model: int((duplicates or {}).get(model, 0)) for model in models},
        "n_unread": {m: {q: int(unread.get((m, q), 0)) for q in QUESTIONS} for m in models},
        "states": {q: {state: int(counts[q].get(state, 0)) for state in STATES} for q in QUESTIONS},
        "dissent": {q: {model: int(dissent[q].get(model, 0)) for model in models} for q in QUESTIONS},
        "agreement": agreement(table),
    }
