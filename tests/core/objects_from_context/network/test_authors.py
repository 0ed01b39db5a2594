"""The authors' checkpoint by file: the same logits as a network written like theirs, and nothing else is let in."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from coinco_core.errors import InputError, MissingError
from coinco_core.images import Box
from coinco_core.objects_from_context.latents import mirrors
from coinco_core.objects_from_context.latents.encoder import Encoder
from coinco_core.objects_from_context.network.authors import load_authors_network
from coinco_core.objects_from_context.use import pretrained
from coinco_core.objects_from_context.use.predictor import ObjectsFromContext

Weights = dict[str, torch.Tensor]


class Theirs(torch.nn.Module):
    """Four linear layers fc1..fc4 with ReLU and dropout between them, as the paper describes its network."""

    def __init__(self, widths: tuple[int, ...] = (8192, 512, 256, 128, 80)) -> None:
        super().__init__()
        for n, (wide, narrow) in enumerate(zip(widths, widths[1:], strict=False), 1):
            setattr(self, f"fc{n}", torch.nn.Linear(wide, narrow))
        self.dropout, self.depth = torch.nn.Dropout(0.3), len(widths) - 1

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        for n in range(1, self.depth):
            inputs = self.dropout(getattr(self, f"fc{n}")(inputs).relu())
        return getattr(self, f"fc{self.depth}")(inputs)


@pytest.fixture(scope="module")
def theirs() -> Theirs:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return Theirs().eval()


def saved(content: Any, path: Path) -> Path:
    torch.save(content, path)
    return path


def as_trained(weights: Weights, **beside: Any) -> dict[str, Any]:
    """What a training script keeps: the weights among epoch, optimizer, schedule and metrics."""
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 40, 0.1)
    state = {"optimizer_state_dict": optimizer.state_dict(), "scheduler_state_dict": schedule.state_dict()}
    return {"epoch": 17, "model_state_dict": weights, **state, **beside}


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod."])
@pytest.mark.parametrize("whole", [True, False], ids=["checkpoint", "weights alone"])
def test_the_logits_are_theirs(prefix: str, whole: bool, theirs: Theirs, tmp_path: Path) -> None:
    weights = {prefix + name: value for name, value in theirs.state_dict().items()}
    network, facts = load_authors_network(saved(as_trained(weights) if whole else weights, tmp_path / "best.pth"))
    inputs = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 8192)).astype(np.float32))
    with torch.inference_mode():
        assert torch.equal(network(inputs), theirs(inputs))
    assert not network.training
    assert facts == ({"epoch": 17} if whole else {})


def test_names_and_order_do_not_matter(theirs: Theirs, tmp_path: Path) -> None:
    names = {"fc1": "net.0", "fc2": "net.3", "fc3": "net.6", "fc4": "head"}
    renamed = {f"{names[name[:3]]}{name[3:]}": value for name, value in reversed(theirs.state_dict().items())}
    network, _ = load_authors_network(saved(OrderedDict(renamed), tmp_path / "net.pt"))
    inputs = torch.ones(2, 8192)
    with torch.inference_mode():
        assert torch.equal(network(inputs), theirs(inputs))


def test_half_precision_is_read_as_float32(theirs: Theirs, tmp_path: Path) -> None:
    half = {name: value.half() for name, value in theirs.state_dict().items()}
    network, _ = load_authors_network(saved(half, tmp_path / "half.pth"))
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert torch.equal(network[0].weight, half["fc1.weight"].float())


def test_what_stands_beside_the_weights_is_kept(theirs: Theirs, tmp_path: Path) -> None:
    metrics = {"accuracy": np.float64(16.77), "recall": np.float32(0.5), "loss": torch.tensor(2.5), "f1": float("nan")}
    content = as_trained(theirs.state_dict(), metrics=metrics, best_acc=np.float64(16.77), note="best", history=[1, 2])
    _, facts = load_authors_network(saved(content, tmp_path / "best.pth"))
    assert facts == {
        "epoch": 17,
        "metrics": {"accuracy": pytest.approx(16.77), "recall": 0.5, "loss": 2.5},
        "best_acc": pytest.approx(16.77),
        "note": "best",
    }
    assert all(type(value) is float for value in facts["metrics"].values())


def test_a_number_of_an_older_numpy_is_read(theirs: Theirs, tmp_path: Path) -> None:
    """NumPy 1 wrote its numbers under a name that NumPy 2 has moved."""
    path = saved(as_trained(theirs.state_dict(), best_acc=np.float64(16.77)), tmp_path / "best.pth")
    old, new = b"cnumpy.core.multiarray\nscalar", b"cnumpy._core.multiarray\nscalar"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert sum(new in content for content in files.values()) == 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content.replace(new, old))
    assert load_authors_network(path)[1]["best_acc"] == pytest.approx(16.77)


def without_bias(w: Weights) -> Weights:
    return {name: value for name, value in w.items() if name != "fc2.bias"}


def with_more(w: Weights) -> Weights:
    return {**w, "fc5.weight": torch.zeros(80, 80)}


def with_short_bias(w: Weights) -> Weights:
    return {**w, "fc2.bias": torch.zeros(3)}


def not_finite(w: Weights) -> Weights:
    return {**w, "fc4.bias": torch.full((80,), float("nan"))}


BAD: list[tuple[Callable[[Weights], Any], str]] = [
    (without_bias, "another network than that of section 5.2, whose layers are 8192-512-256-128-80"),
    (with_more, "another network"),
    (with_short_bias, "another network"),
    (not_finite, "not finite"),
    (lambda w: {}, "another network"),
    (lambda w: {"model_state_dict": [1, 2]}, "holds no weights of a network"),
    (lambda w: {"epoch": 3}, "holds no weights of a network"),
    (lambda w: list(w.values()), "holds no weights of a network"),
    (lambda w: dict(enumerate(w.values())), "holds no weights of a network"),
    (lambda w: w["fc1.weight"], "holds no weights of a network"),
    (lambda w: Theirs((8192, 512, 256, 128, 1)).state_dict(), "context classifier of the paper's first version"),
    (lambda w: Theirs((1536, 512, 256, 128, 1)).state_dict(), "context classifier of the paper's first version"),
    (lambda w: Theirs((16384, 512, 256, 128, 80)).state_dict(), "another network"),
]


@pytest.mark.parametrize(("make", "says"), BAD)
def test_other_networks_are_refused(make: Callable[[Weights], Any], says: str, theirs: Theirs, tmp_path: Path) -> None:
    path = saved(make(theirs.state_dict()), tmp_path / "best.pth")
    with pytest.raises(InputError, match=says) as caught:
        load_authors_network(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("where", ["weights", "beside", "plain pickle", "whole model"])
def test_nothing_in_a_hostile_file_runs(where: str, theirs: Theirs, tmp_path: Path) -> None:
    trap, path = tmp_path / "trap", tmp_path / "best.pth"
    if where == "plain pickle":
        path.write_bytes(pickle.dumps(Hostile(trap)))
    elif where == "whole model":
        saved(theirs, path)
    else:
        hostile = {"fc1.weight": Hostile(trap)} if where == "weights" else as_trained({}, note=Hostile(trap))
        saved(hostile, path)
    with pytest.raises(InputError, match="is not run; it is refused") as caught:
        load_authors_network(path)
    assert not trap.exists() and "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0, 10, 1000, 100_000, -1])
def test_a_file_cut_short_is_one_sentence(keep: int, theirs: Theirs, tmp_path: Path) -> None:
    path = saved(theirs.state_dict(), tmp_path / "best.pth")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="damaged|refused") as caught:
        load_authors_network(path)
    assert "\n" not in str(caught.value)


def test_no_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="There is no file"):
        load_authors_network(tmp_path / "best.pth")


def test_the_predictor_takes_the_file(
    encoder: Encoder, theirs: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(as_trained(theirs.state_dict()), tmp_path / "best.pth")
    encoder.vae.save_pretrained(tmp_path / "vae")
    predictor = ObjectsFromContext.from_pretrained(path, vae=tmp_path / "vae", device="cpu")
    assert predictor.origin == f"the authors' network of epoch 17 in {path}"
    image = Image.new("RGB", (64, 48), "gray")
    answer = predictor(image, (5, 5, 20, 20))
    assert "not known to be" in answer.warning
    with torch.inference_mode():
        expected = theirs(torch.from_numpy(encoder.inputs(image, Box(5, 5, 20, 20)))).softmax(1).max()
    assert answer.objects[0].probability == pytest.approx(float(expected), abs=1e-6)

    asked: list[Any] = []

    def load_encoder(source: Any, device: str | None) -> Encoder:
        asked.append(source)
        return Encoder(encoder.vae, "cpu", "sd-2.1", mirrors.SD21_DIGEST)

    monkeypatch.setattr(pretrained, "load_encoder", load_encoder)
    assert ObjectsFromContext.from_pretrained(path).warning == ""
    assert asked == ["sd-2.1"]
