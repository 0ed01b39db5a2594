"""Students behind a server: probabilities from its tokens, the probe against their base, tables that resume."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from coinco_book.rehearsal.chat_server import ChatServer, Fault, completion
from coinco_core.cli.app import main
from coinco_core.distillation.classifier.bulk import classify_samples
from coinco_core.distillation.classifier.served import ServedClassifier, Unanswered
from coinco_core.distillation.classifier.token_chances import largest_change, next_chance, stated_chance, undecided
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.judgements import CRITERIA
from coinco_core.samples import Box, Sample, write_samples

pytest.importorskip("openai")
TITLES = {"location": "Location", "co_occurrence": "Co-occurrence", "size": "Size"}
BASE = "base-3b"


def entry(token: str, **others: float) -> dict[str, Any]:
    """A token that was written with probability 0.6, beside others by name."""
    tops = [{"token": token, "logprob": math.log(0.6)}, *({"token": t, "logprob": p} for t, p in others.items())]
    return {"token": token, "logprob": math.log(0.6), "top_logprobs": tops}


def tokens(text: str, chance_in: float) -> list[dict[str, Any]]:
    """An answer's tokens, a word each; where a verdict begins, that of the other one beside it."""
    words = [w for part in text.split(" ") for w in (" ", part)][1:]
    return [_token(word, chance_in) for word in words if word]


def _token(word: str, chance_in: float) -> dict[str, Any]:
    if not word.startswith(("In-", "Out-")):
        return entry(word)
    pair = {"In": math.log(chance_in), "Out": math.log(1 - chance_in)}
    stated = "In" if word.startswith("In-") else "Out"
    tops = [{"token": t, "logprob": p} for t, p in pair.items()]
    return {"token": stated, "logprob": pair[stated], "top_logprobs": tops}


class StudentServer(ChatServer):
    """A server of a base and three LoRA modules; a student in `broken` answers as the base does.

    A sample's answer says in-context with the probability that its prompt's object decides.
    """

    def __init__(self, broken: tuple[str, ...] = (), with_logprobs: bool = True, **options: Any) -> None:
        names = (BASE, *CRITERIA)
        models = [{"id": n, "root": f"/{n}", **({"parent": BASE} if n != BASE else {})} for n in names]
        super().__init__(models=models, version="0.32", **options)
        self.broken, self.with_logprobs, self.continued = broken, with_logprobs, 0

    def reply(self, body: dict[str, Any], answer: str, fault: Fault) -> dict[str, Any]:
        model = str(body["model"])
        assert body["logprobs"] is True and body["top_logprobs"] == 20
        shift = 0.0 if model == BASE or model in self.broken else 0.1 * (1 + CRITERIA.index(model))
        if body["messages"]:
            self.continued += 1
            assert body["messages"][0]["content"].endswith("Final decision:") and body["continue_final_message"]
            text, found = "Out", tokens("Out-", 0.25)
        else:
            title = TITLES.get(model, "Location")
            verdict = "In-context" if shift < 0.25 else "nothing"
            text = f"Analysis:\n{title}: as usual. Final decision: {verdict}"
            found = [entry("first", other=math.log(0.4 - shift)), *tokens(text, 0.7 + shift)]
        reply = completion(body, text, fault)
        if self.with_logprobs and reply["choices"]:
            reply["choices"][0]["logprobs"] = {"content": found}
        return reply


@pytest.fixture
def server() -> Iterator[StudentServer]:
    with StudentServer() as running:
        yield running


def connected(server: ChatServer, **options: Any) -> ServedClassifier:
    return ServedClassifier.connect(server.url, BASE, **{"prompt_version": "compact", "wait_s": 0.01, **options})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six samples of noise."""
    rng = np.random.default_rng(0)
    for i in range(6):
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    box = Box(4, 4, 9, 9)
    samples = [Sample(f"s{i}", f"{i}.png", 24, 24, box, "cow", "dog", "train", "coco", True) for i in range(6)]
    write_samples(tmp_path, samples)
    return tmp_path


def test_the_chance_is_the_softmax_of_the_two_verdicts_where_one_is_stated() -> None:
    said = "Final decision: Out-of-context is wrong. Final decision: In-context"
    assert stated_chance(tokens(said, 0.8)) == pytest.approx(0.8)
    assert next_chance(tokens(" In-context", 0.3)) == pytest.approx(0.3)


@pytest.mark.parametrize("said", ["no verdict", "Final decision:", "Final decision: maybe In-context"])
def test_without_a_verdict_in_its_place_there_is_no_chance(said: str) -> None:
    assert stated_chance(tokens(said, 0.8)) is None


def test_a_heading_inside_of_a_token_is_found_and_its_rest_is_no_verdict() -> None:
    pieces = ["The Final dec", "ision", ": ", "Out"]
    found = [entry(piece) for piece in pieces[:3]] + tokens("Out-", 0.1)
    assert stated_chance(found) == pytest.approx(0.1)


def test_one_verdict_alone_is_no_chance() -> None:
    assert next_chance([entry("Out", maybe=-1.0)]) is None
    assert next_chance([entry(":"), entry("Out", In=math.log(0.2))]) == pytest.approx(0.25)


def test_an_answer_is_taken_up_before_its_decision() -> None:
    assert undecided("Size: small. Final decision: perhaps") == "Size: small. Final decision:"
    assert undecided("Size: small.") == "Size: small.\nFinal decision:" and undecided("") == "Final decision:"


def test_predictions_differ_by_their_largest_change() -> None:
    one, other = entry("a", b=-2.0), entry("a", b=-2.5)
    assert largest_change(one, other) == pytest.approx(0.5) and largest_change(one, one) == 0
    assert largest_change(entry("a", b=-9.0), entry("a", c=-3.0)) >= 6


def test_verdicts_have_reasons_and_probabilities(server: StudentServer) -> None:
    verdict = connected(server)(Image.new("RGB", (40, 30)), "cow", (3, 3, 9, 9))
    assert verdict.location.in_context and verdict.location.probability == pytest.approx(0.8)
    assert verdict.location.reason == "as usual." and verdict.co_occurrence.probability == pytest.approx(0.9)
    assert not verdict.size.readable and verdict.size.probability == pytest.approx(0.25)
    assert server.continued == 1 and not verdict.in_context


@pytest.mark.parametrize("broken", [("size",), ("location", "co_occurrence", "size")])
def test_a_student_that_is_its_base_is_refused(broken: tuple[str, ...]) -> None:
    with StudentServer(broken) as server, pytest.raises(CheckError, match="answers as the base does"):
        connected(server)


def test_one_module_under_two_names_is_refused(server: StudentServer) -> None:
    with pytest.raises(CheckError, match="Size, 'location' on the server, answers as the student for Location does"):
        connected(server, students={"size": "location"})


def test_a_server_without_log_probabilities_is_refused() -> None:
    with StudentServer(with_logprobs=False) as server, pytest.raises(CheckError, match="no log-probabilities"):
        connected(server)


def test_a_model_that_is_not_served_and_a_server_that_is_not_there(server: StudentServer) -> None:
    with pytest.raises(InputError, match="has no model 'sise'"):
        connected(server, students={"size": "sise"})
    with pytest.raises(MissingError, match="No server answers"):
        ServedClassifier.connect("http://127.0.0.1:9/v1", BASE, prompt_version="compact")


def test_a_table_is_written_resumed_and_tied_to_what_answered(folder: Path, server: StudentServer) -> None:
    from coinco_core.samples import read_samples

    rows = read_samples(folder)
    table = classify_samples(connected(server), rows, folder, folder / "out", batch_size=3, part_samples=3)
    assert len(table) == 18 and table["error"].isna().all()
    assert table[table["criterion"] == "location"]["probability"].round(6).eq(0.8).all()
    asked = server.asked
    again = classify_samples(connected(server), rows, folder, folder / "out", batch_size=3, part_samples=3)
    assert server.asked == asked + 4 and again.equals(table)  # the probe alone
    with pytest.raises(InputError, match="another job"):
        other = connected(server, declared={"revision": "abc"})
        classify_samples(other, rows, folder, folder / "out", batch_size=3, part_samples=3)


def test_what_a_server_did_not_answer_is_asked_again(folder: Path) -> None:
    from coinco_core.samples import read_samples

    down = {"now": True}
    with StudentServer(fault=lambda text, n: 400 if down["now"] and "size" in text else None) as server:
        students = connected(server, retries=0)
        rows = read_samples(folder)[:2]
        said = students.judge([students.look(Image.new("RGB", (24, 24)), "cow", (3, 3, 9, 9))])
        assert isinstance(said[0], Unanswered)
        table = classify_samples(students, rows, folder, folder / "out")
        assert table["error"].notna().all() and table["error"].str.contains("400").all()
        down["now"] = False
        assert classify_samples(students, rows, folder, folder / "out")["error"].isna().all()


def test_the_command(folder: Path, server: StudentServer, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["verdicts", str(folder), "--server", server.url, "--prompt", "compact", "--out", str(folder / "out")]
    assert main(call) == 2 and "--base" in capsys.readouterr().err
    assert main([*call, "--base", BASE, "--nf4"]) == 2 and "--nf4 is about students in this" in capsys.readouterr().err
    assert main([*call, "--base", BASE, "--model", "released"]) == 2 and "--model is about" in capsys.readouterr().err
    local = ["verdicts", str(folder), "--out", str(folder / "out"), "--prompt", "full"]
    assert main(local) == 2 and "--prompt is about students behind a server" in capsys.readouterr().err
    call += ["--base", BASE]
    assert main([*call, "--served", "sise=size"]) == 2 and "Did you mean 'size'" in capsys.readouterr().err
    assert main([*call, "--revision", "abc", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unreadable"] == 6
    assert len(pd.read_parquet(folder / "out/verdicts.parquet")) == 18
    assert json.loads((folder / "out/run.json").read_text())["job"]["classifier"]["declared"] == {"revision": "abc"}
