"""The reviewers' pack: by CODECHECK's rules, a whole RO-Crate, never over what somebody else has written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from coinco_book.checkout import Checkout, find_checkout
from coinco_book.review.codecheck import as_yaml, codecheck, open_rules
from coinco_book.review.pack import Pack, write_pack
from coinco_core.cli.app import main
from coinco_core.errors import CheckError, InputError, MissingError
from reviewed_checkout import reviewed_checkout

BY_OTHERS = {"CC-CFG-008", "CC-CFG-011", "CC-CFG-020", "CC-CFG-024", "CC-CFG-025"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return reviewed_checkout(tmp_path_factory.mktemp("review") / "c")


@pytest.fixture(scope="module")
def pack(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COINCO_REPOSITORY", "https://github.com/someone/companion")
        return write_pack(tmp_path_factory.mktemp("out") / "pack", checkout=checkout)


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_pack_holds_sources_results_figures_and_what_describes_them(pack: Pack) -> None:
    runs = {
        f"runs/demo/{n}/{file}" for n in ("facts", "pair_one") for file in ("run.json", "numbers.json", f"{n}.ipynb")
    }
    described = {"codecheck.yml", "ro-crate-metadata.json", "artefact.json", "ARTEFACT.md"}
    figures = {f"figures/{name}-cell-2-1.png" for name in ("facts", "pair_one")}
    sources = {"CITATION.cff", "LICENSE", "book/claims.yml", "notebooks/facts.ipynb", "notebooks/pair.ipynb"}
    assert _files(pack.folder) == {*runs, *described, *figures, *sources, "claims.json", "SHA256SUMS"}
    assert pack.files == len(_files(pack.folder))


def test_nothing_in_the_pack_names_a_folder_of_this_machine(pack: Pack, checkout: Checkout) -> None:
    for name in _files(pack.folder):
        assert checkout.root.as_posix().encode() not in (pack.folder / name).read_bytes()
    assert "runs/demo/facts/facts.ipynb" in (pack.folder / "runs/demo/facts/facts.ipynb").read_text()


def _codecheck_faults(text: str, folder: Path) -> set[str]:
    """The rules of rules-2.0.yml of severity 'error' on the file and the bundle that this text breaks."""
    config = yaml.safe_load(text)
    manifest, paper = config.get("manifest") or [], config.get("paper") or {}
    authors, checkers = paper.get("authors") or [], config.get("codechecker") or []
    listed = [item.get("file", "") for item in manifest]
    holds = {
        "CC-CFG-002": text.startswith("---\n"),
        "CC-CFG-004": isinstance(manifest, list) and bool(manifest),
        "CC-CFG-005": all(listed),
        "CC-CFG-006": not any(Path(file).is_absolute() or ".." in Path(file).parts for file in listed),
        "CC-CFG-008": bool(checkers),
        "CC-CFG-009": all(checker.get("name") for checker in checkers),
        "CC-CFG-011": bool(config.get("report")),
        "CC-CFG-016": bool(paper),
        "CC-CFG-017": bool(paper.get("title")),
        "CC-CFG-018": bool(authors),
        "CC-CFG-019": all(author.get("name") for author in authors),
        "CC-CFG-020": all(re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", author.get("ORCID", "")) for author in authors),
        "CC-CFG-021": bool(paper.get("reference")),
        "CC-CFG-023": not re.search("FIXME|TODO|XXXXX", text),
        "CC-CFG-024": bool(config.get("summary")),
        "CC-CFG-025": bool(config.get("certificate")),
        "CC-CFG-029": isinstance(config.get("reference-other", []), list),
        "CC-BUN-001": all((folder / file).is_file() for file in listed),
    }
    return {rule for rule, met in holds.items() if not met}


def test_codecheck_leaves_open_what_others_have_to_say_and_nothing_else(pack: Pack) -> None:
    text = (pack.folder / "codecheck.yml").read_text()
    assert _codecheck_faults(text, pack.folder) == BY_OTHERS == set(pack.left_open)
    config = yaml.safe_load(text)
    assert config["version"] == "https://codecheck.org.uk/spec/config/2.0"
    assert config["repository"] == "https://github.com/someone/companion"
    assert config["paper"]["reference"].startswith("https://")
    assert all(item["comment"] for item in config["manifest"])
    assert [rule for rule in BY_OTHERS if rule not in text] == []


def test_a_codecheck_file_that_others_have_filled_is_whole(tmp_path: Path) -> None:
    author = {"given-names": "A", "family-names": "B", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    paper = {"title": "T", "authors": [author], "url": "https://example.org", "doi": "10.1/2"}
    made = codecheck({"preferred-citation": paper}, [])
    assert made["paper"]["authors"] == [{"name": "A B", "ORCID": "0000-0002-1825-0097"}]
    assert made["paper"]["reference"] == "https://doi.org/10.1/2"
    assert set(open_rules(made)) == BY_OTHERS - {"CC-CFG-020"}
    filled = {**made, "codechecker": [{"name": "C"}], "report": "x", "summary": "x", "certificate": "2026-001"}
    assert open_rules(filled) == {}
    assert "#" not in as_yaml(filled)
    assert _codecheck_faults(as_yaml(filled), tmp_path) == {"CC-CFG-004"}


def _graph(pack: Pack) -> dict[str, dict[str, Any]]:
    entities = json.loads((pack.folder / "ro-crate-metadata.json").read_text())["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities)
    return {entity["@id"]: entity for entity in entities}


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {value["@id"]} if set(value) == {"@id"} else set().union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


def test_the_crate_describes_every_file_and_refers_to_nothing_else(pack: Pack) -> None:
    graph = _graph(pack)
    assert _references(list(graph.values())) - set(graph) == {"https://w3id.org/ro/crate/1.1"}
    parts = [part["@id"] for part in graph["./"]["hasPart"]]
    assert len(parts) == len(set(parts))
    assert set(parts) == _files(pack.folder) - {"ro-crate-metadata.json"}
    for part in set(parts) - {"SHA256SUMS"}:
        content = (pack.folder / part).read_bytes()
        assert graph[part]["sha256"] == hashlib.sha256(content).hexdigest()
        assert graph[part]["contentSize"] == str(len(content))
        assert "File" in graph[part]["@type"]
    assert {"name", "description", "datePublished", "license"} <= set(graph["./"])
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}


def test_the_list_of_digests_is_that_of_sha256sum(pack: Pack) -> None:
    lines = (pack.folder / "SHA256SUMS").read_text().splitlines()
    digests = {name: hashlib.sha256((pack.folder / name).read_bytes()).hexdigest() for name in _files(pack.folder)}
    del digests["SHA256SUMS"]
    assert sorted(lines) == sorted(f"{digest}  {name}" for name, digest in digests.items())


def test_an_action_says_with_what_and_when_its_results_were_made(pack: Pack) -> None:
    graph = _graph(pack)
    action = graph["#run-pair_one"]
    assert action["@type"] == "CreateAction"
    assert {thing["@id"] for thing in action["instrument"]} == {"notebooks/pair.ipynb", "#coinco_core"}
    assert "SoftwareSourceCode" in graph["notebooks/pair.ipynb"]["@type"]
    assert {"@id": "runs/demo/facts/run.json"} in action["object"]
    assert graph["#run-pair_one-which"]["value"] == "1"
    assert "agent" not in action
    end, start = (datetime.fromisoformat(action[name]) for name in ("endTime", "startTime"))
    assert end == datetime.fromisoformat("2026-01-02T03:04:05+00:00")
    assert (end - start).total_seconds() == pytest.approx(90.5, abs=1)
    results = {thing["@id"] for thing in action["result"]}
    assert results == {name for name in _files(pack.folder) if "pair_one" in name}
    assert graph["./"]["mentions"] == [{"@id": i} for i in ("#coinco_core", "#run-facts", "#run-pair_one")]


def test_the_rocrate_library_reads_the_crate(pack: Pack) -> None:
    from rocrate import rocrate

    crate = rocrate.ROCrate(pack.folder)
    assert crate.name == crate.root_dataset["name"]
    assert {entity.id for entity in crate.data_entities} == _files(pack.folder) - {"ro-crate-metadata.json"}
    actions = [entity for entity in crate.contextual_entities if entity.type == "CreateAction"]
    assert [action["instrument"][1]["name"] for action in actions] == ["coinco_core", "coinco_core"]
    assert crate.root_dataset["license"]["name"] == "Apache-2.0"


def test_facts_are_the_same_for_people_and_for_programs(pack: Pack) -> None:
    facts = json.loads((pack.folder / "artefact.json").read_text())
    text = (pack.folder / "ARTEFACT.md").read_text()
    assert facts["complete"]["seconds"] == 150.5
    assert "| Time to complete | 3 min at profile 'demo'" in text
    assert "- `pair_one`: 90 s" in text


def test_an_untouched_pack_is_renewed(checkout: Checkout, tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "pack", checkout=checkout).folder
    before = {name: (folder / name).read_bytes() for name in _files(folder)}
    write_pack(folder, checkout=checkout)
    assert {name: (folder / name).read_bytes() for name in _files(folder)} == before


SPOILT: dict[str, Callable[[Path], object]] = {
    "filled in": lambda folder: (folder / "codecheck.yml").write_text("---\ncodechecker: [{name: C}]\n"),
    "crate changed": lambda folder: (folder / "ro-crate-metadata.json").write_text("{}"),
    "file added": lambda folder: (folder / "notes.txt").touch(),
    "file gone": lambda folder: (folder / "LICENSE").unlink(),
    "list gone": lambda folder: (folder / "SHA256SUMS").unlink(),
    "link added": lambda folder: (folder / "link").symlink_to(folder / "LICENSE"),
    "folder added": lambda folder: (folder / "notes").mkdir(),
    "list changed": lambda folder: (folder / "SHA256SUMS").write_text("x"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_pack_that_somebody_has_worked_on_is_left_alone(
    checkout: Checkout, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    folder = write_pack(tmp_path / "pack", checkout=checkout).folder
    spoil(folder)
    before = {name: (folder / name).read_bytes() for name in _files(folder)}
    with pytest.raises(InputError, match="not an untouched reviewers' pack"):
        write_pack(folder, checkout=checkout)
    assert {name: (folder / name).read_bytes() for name in _files(folder)} == before


def test_another_list_of_digests_and_a_file_are_not_overwritten(checkout: Checkout, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "data.csv").write_text("1")
    (other / "SHA256SUMS").write_text(f"{hashlib.sha256(b'1').hexdigest()}  data.csv\n")
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "SHA256SUMS").write_text("mine")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "link").symlink_to("nowhere")
    for place in (other, tmp_path / "file", tmp_path / "sums", tmp_path / "links"):
        with pytest.raises(InputError, match="name another folder"):
            write_pack(place, checkout=checkout)
    assert write_pack(tmp_path / "empty", checkout=checkout).files


def test_nothing_is_left_behind_when_writing_fails(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("coinco_book.review.pack.write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        write_pack(tmp_path / "pack", checkout=checkout)
    assert list(tmp_path.iterdir()) == []


def test_runs_of_another_piece_have_no_pack(tmp_path: Path) -> None:
    place = reviewed_checkout(tmp_path / "c")
    record = place.runs("demo") / "facts" / "run.json"
    record.write_text(record.read_text().replace("60.0", "61.0"))
    with pytest.raises(CheckError, match="pair_one was made from an older run of facts"):
        write_pack(tmp_path / "pack", checkout=place)
    assert not (tmp_path / "pack").exists()


def test_what_has_changed_since_a_run_is_said(pack: Pack) -> None:
    facts = json.loads((pack.folder / "artefact.json").read_text())
    assert set(facts["out_of_date"]) == {"facts", "pair_one"}
    assert "notebooks/facts.ipynb" in facts["out_of_date"]["facts"]
    assert "| Out of date | facts (" in (pack.folder / "ARTEFACT.md").read_text()


def test_of_a_runs_folder_only_kinds_that_say_something_are_taken(tmp_path: Path) -> None:
    place = reviewed_checkout(tmp_path / "c")
    for suffix in ("csv", "txt", "parquet", "png", "log", "pt"):
        (place.runs("demo") / "facts" / f"more.{suffix}").write_bytes(b"x")
    folder = write_pack(tmp_path / "pack", checkout=place).folder
    assert {path.suffix for path in folder.rglob("more.*")} == {".csv", ".txt", ".parquet", ".png"}


def test_runs_made_in_another_checkout_do_not_name_it(tmp_path: Path) -> None:
    place = reviewed_checkout(tmp_path / "c")
    path = place.runs("demo") / "facts" / "facts.ipynb"
    executed = json.loads(path.read_text())
    executed["metadata"]["papermill"]["parameters"] = {"run_dir": "/home/somebody/work/runs/demo"}
    executed["cells"][-1]["outputs"] += [
        {"output_type": "stream", "name": "stdout", "text": "a\n/home/somebody/work/x"}
    ]
    path.write_text(json.dumps(executed))
    folder = write_pack(tmp_path / "pack", checkout=place).folder
    assert "somebody" not in (folder / "runs/demo/facts/facts.ipynb").read_text()


def test_a_profile_without_runs_has_no_pack(tmp_path: Path) -> None:
    checkout = reviewed_checkout(tmp_path / "c")
    with pytest.raises(InputError, match="No profile is called 'released'"):
        write_pack(tmp_path / "pack", "released", checkout=checkout)
    (checkout.profiles / "released.yaml").write_text("name: released\n")
    with pytest.raises(MissingError, match="coinco run --profile released"):
        write_pack(tmp_path / "pack", "released", checkout=checkout)


def test_the_command_says_what_is_left_to_others(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("coinco_book.review.pack.find_checkout", lambda: checkout)
    assert main(["review", "--out", str(tmp_path / "pack"), "--json"]) == 0
    out, err = capsys.readouterr()
    assert set(json.loads(out)["open"]) == BY_OTHERS
    assert "Changed since they were run: facts, pair_one" in err
    (tmp_path / "pack" / "mine").touch()
    assert main(["review", "--out", str(tmp_path / "pack")]) == 2
    assert main(["review", "--out", str(tmp_path / "x"), "--profile", "paper"]) == 2
    assert "No profile is called 'paper'" in capsys.readouterr().err


def test_the_citation_has_the_fields_of_its_schema() -> None:
    citation = yaml.safe_load((find_checkout().root / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in ("software", "dataset")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(citation["date-released"]))
    paper = citation["preferred-citation"]
    for reference in (citation, paper):
        assert reference["title"] and reference["authors"]
        for author in reference["authors"]:
            assert set(author) <= {"family-names", "given-names", "orcid", "affiliation"} or set(author) == {"name"}
    assert paper["type"] == "conference-paper" and paper["conference"]["name"]
    assert {i["type"] for i in paper.get("identifiers", [])} <= {"doi", "url", "swh", "other"}
    assert paper["url"].startswith("https://")
