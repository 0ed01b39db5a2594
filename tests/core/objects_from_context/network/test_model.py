"""The network is the published one, and so are the two tables of its size."""

from __future__ import annotations

import pytest
import torch

from coinco_book.chapters.network_tables import network_layers, network_memory
from coinco_core.errors import InputError
from coinco_core.objects_from_context.network.heads import CONVOLUTIONAL, HEADS, PUBLISHED_HEAD, build_head
from coinco_core.objects_from_context.network.model import build_network, count_parameters

PARAMETERS = 4_369_360  # the authors' page of training details


def test_the_parameters_are_the_published_number() -> None:
    assert count_parameters(build_network(0)) == PARAMETERS
    table = network_layers()
    assert table.query("parameters > 0")["parameters"].tolist() == [4_194_816, 131_328, 32_896, 10_320]
    assert table["parameters"].sum() == PARAMETERS


def test_the_memory_table_is_the_published_one() -> None:
    found = network_memory().set_index("quantity")["value"]
    assert found["parameters, all trained"] == PARAMETERS
    shown = [f"{value:.2f}" for value in found.drop("parameters, all trained")]
    assert shown == ["2.24", "16.78", "4.00", "17.48", "38.25"]  # the authors' page, at a batch of 512


def test_sizes_are_what_the_tensors_take() -> None:
    network, outputs = build_network(0), []
    for layer in network:
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_hook(lambda module, args, out: outputs.append(out.nbytes))
    x = torch.zeros(64, 8192)
    network(x)
    found = network_memory(64).set_index("quantity")["value"]
    assert found["input"] == pytest.approx(x.nbytes / 1e6)
    assert found["activations, forward and backward"] == pytest.approx(2 * sum(outputs) / 1e6)
    assert found["weights"] == pytest.approx(sum(p.nbytes for p in network.parameters()) / 1e6)


def test_each_hidden_layer_is_followed_by_relu_and_dropout() -> None:
    kinds = [type(layer).__name__ for layer in build_network(0)]
    assert kinds == ["Linear", "ReLU", "Dropout"] * 3 + ["Linear"]
    assert {layer.p for layer in build_network(0) if isinstance(layer, torch.nn.Dropout)} == {0.3}
    assert network_layers()["output"].tolist()[0::3] == [f"(batch, {n})" for n in (512, 256, 128, 80)]


@pytest.mark.parametrize("head", HEADS)
def test_logits_come_out_and_the_seed_alone_decides_the_weights(head: str) -> None:
    before = torch.get_rng_state()
    one, same, other = build_head(head, 3), build_head(head, 3), build_head(head, 4)
    assert torch.equal(torch.get_rng_state(), before)
    assert one.eval()(torch.zeros(2, 8192)).shape == (2, 80)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_convolutional_head_knows_what_lies_where() -> None:
    """A pattern moved by eight cells moves through all layers up to the last, unlike in the flattened network."""
    head = build_head(CONVOLUTIONAL, 0).eval()
    assert count_parameters(head) == 139_760
    maps = torch.zeros(2, 8, 32, 32)
    maps[0, :, 8:12, 8:12] = 1
    maps[1, :, 16:20, 16:20] = 1
    seen = head[:-3](maps.flatten(1))  # what the last layer flattens, (2, 64, 4, 4)
    torch.testing.assert_close(seen[0, :, 1, 1], seen[1, :, 2, 2])


def test_a_head_is_asked_for_by_name_and_with_inputs_that_fit_it() -> None:
    with pytest.raises(InputError, match="Did you mean 'convolutional'"):
        build_head("convolutionl", 0)
    with pytest.raises(InputError, match="8192 numbers, not 100"):
        build_head(CONVOLUTIONAL, 0, 100)
    assert build_head(PUBLISHED_HEAD, 0, 100)[0].in_features == 100
