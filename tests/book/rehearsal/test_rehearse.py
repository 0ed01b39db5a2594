"""A rehearsal of the paper's profile on few images: clients and a server are killed, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coinco_book.checkout import find_checkout
from coinco_book.rehearsal import rehearse as module
from coinco_book.rehearsal.released_files import Counts
from coinco_book.rehearsal.scene import Scene, shown
from coinco_book.rehearsal.stages import stages
from coinco_core.errors import CheckError, InputError
from coinco_core.files import read_json, write_json

COUNTS = Counts(train=200, validation=50, testing=10, val2017=10)
SHORT = ("data check", "samples, training", "samples, testing", "labels of three teachers, training", "consensus",
         "splits")  # fmt: skip


class Served:
    url, counts, bounce = "http://localhost:1/v1", {"calls": 0}, None


STANDING: Any = dict.fromkeys(("molmo", "qwen", "internvl"), Served())


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("rehearsal"), "paper", COUNTS, "full")


@pytest.fixture(scope="module")
def record(scene: Scene) -> dict[str, Any]:
    """The stages that need no model."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "stages", lambda *given: [s for s in stages(*given) if s.name in SHORT])
        return module.rehearse(scene, find_checkout(), said.append)


def test_killed_clients_and_a_killed_server_lose_nothing(record: dict[str, Any]) -> None:
    by_name = {stage["stage"]: stage for stage in record["stages"]}
    labelled = by_name["labels of three teachers, training"]
    assert labelled["kills"] == labelled["planned"] == 2 and labelled["peak"] > 0
    assert labelled["found"] == {f"answers of {role}": [250, 250] for role in ("molmo", "qwen", "internvl")}
    assert 750 <= labelled["requests"] <= 750 + 4 * 64 + labelled["repeated"]
    assert all(wanted == there for stage in by_name.values() for wanted, there in stage["found"].values())


def test_the_record_says_what_was_typed_and_where(record: dict[str, Any], scene: Scene) -> None:
    assert record["stages"][1]["commands"][0].startswith("coinco data samples data/released/dataset/images/")
    assert str(scene.home) not in (scene.home / module.RECORD).read_text()
    assert record["profile"] == "paper" and record["machine"]["cores"] >= 1 and record["packages"]
    assert read_json(scene.home / module.RECORD) == record and record["left"] == []


def test_the_checkout_that_it_was_copied_from_stays_as_it_is(record: dict[str, Any], scene: Scene) -> None:
    assert not (find_checkout().root / "labels.parquet").exists() and (scene.root / "labels.parquet").is_file()
    assert "stand-in" not in (find_checkout().profiles / "paper.yaml").read_text()


def test_stages_that_are_done_are_not_done_again_and_the_rest_is(
    record: dict[str, Any], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(scene.home / module.RECORD, record | {"stages": record["stages"][:-1]})
    monkeypatch.setattr(module, "stages", lambda *given: [s for s in stages(*given) if s.name in SHORT])
    said: list[str] = []
    again = module.rehearse(scene, find_checkout(), said.append)
    assert (
        again["stages"][:-1] == record["stages"][:-1] and again["stages"][-1]["found"] == record["stages"][-1]["found"]
    )
    assert sum("split" in line for line in said) == 1 and not any("data check" in line for line in said)


def test_a_stage_begins_without_what_an_interrupted_attempt_left(
    record: dict[str, Any], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = scene.root / "left/old.txt"
    left.parent.mkdir()
    left.write_text("of a killed attempt")
    check = stages(scene, STANDING)[0]
    stage = module.Stage("begun before", check.commands, [left.parent], lambda: {"old": (0, int(left.exists()))})
    monkeypatch.setattr(module, "stages", lambda *_: [stage])
    row = module.rehearse(scene, find_checkout(), print)["stages"][-1]
    assert (row["stage"], row["files"], row["written"], row["found"]) == ("begun before", 0, 0, {"old": [0, 0]})
    write_json(scene.home / module.RECORD, record)


def test_what_is_lost_ends_it(record: dict[str, Any], scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(*given: Any) -> list[module.Stage]:
        check = stages(*given)[0]
        return [module.Stage("losing", check.commands, [], lambda: {"answers": (500, 499)})]

    monkeypatch.setattr(module, "stages", losing)
    with pytest.raises(CheckError, match=r"'losing' lost something: .*\[500, 499\]"):
        module.rehearse(scene, find_checkout(), print)
    with pytest.raises(CheckError, match="lost something"):  # and nobody takes it for done
        module.rehearse(scene, find_checkout(), print)
    write_json(scene.home / module.RECORD, record)


def test_a_command_that_fails_is_named_with_its_log(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = module.Stage("broken", {"broken": scene.coinco("no-such-command")}, [], lambda: {})
    monkeypatch.setattr(module, "stages", lambda *_: [broken])
    with pytest.raises(CheckError, match=r"'broken' failed; broken.log in .* says why"):
        module.rehearse(scene, find_checkout(), print)
    assert "No such command" in (scene.home / "logs/broken.log").read_text()


def test_another_rehearsal_in_the_folder_is_refused(record: dict[str, Any], scene: Scene) -> None:
    other = Scene(scene.home, "released", COUNTS, "full")
    with pytest.raises(InputError, match="holds another job"):
        module.rehearse(other, find_checkout(), print)


@pytest.mark.parametrize("profile", ["paper", "released"])
def test_every_command_is_one_that_the_page_names(profile: str) -> None:
    scene = Scene(Path("/nowhere"), profile, COUNTS, "full")
    servers = STANDING if profile == "paper" else {}
    page = (find_checkout().book / "full_size.md").read_text()
    for stage in stages(scene, servers):
        for command in stage.commands.values():
            words = shown(command).split()
            name = " ".join(words[: 3 if words[1] in ("data", "latents") else 2])
            assert name in page or name.replace("coinco", "coinco_core.cli") in page, name
