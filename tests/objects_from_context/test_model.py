"""The network is the published one."""

from __future__ import annotations

import torch

from coinco_core.objects_from_context.model import PARAMETERS, build_network, count_parameters, layer_table


def test_the_parameters_are_the_published_number() -> None:
    assert count_parameters(build_network(0)) == PARAMETERS == 4_369_360
    linear = layer_table().query("parameters > 0")
    assert linear["parameters"].tolist() == [4_194_816, 131_328, 32_896, 10_320]
    # the authors' page: 2.24 G multiplications and additions for a batch of 512
    assert round(linear["multiplications"].sum() * 512 / 1e9, 2) == 2.24


def test_each_hidden_layer_is_followed_by_relu_and_dropout() -> None:
    kinds = [type(layer).__name__ for layer in build_network(0)]
    assert kinds == ["Linear", "ReLU", "Dropout"] * 3 + ["Linear"]
    assert {layer.p for layer in build_network(0) if isinstance(layer, torch.nn.Dropout)} == {0.3}
    assert layer_table()["output"].tolist()[0::3] == [f"(batch, {n})" for n in (512, 256, 128, 80)]


def test_logits_come_out_and_the_seed_alone_decides_the_weights() -> None:
    before = torch.get_rng_state()
    one, same, other = build_network(3), build_network(3), build_network(4)
    assert torch.equal(torch.get_rng_state(), before)
    assert one.eval()(torch.zeros(2, 8192)).shape == (2, 80)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one[0].weight, other[0].weight)
