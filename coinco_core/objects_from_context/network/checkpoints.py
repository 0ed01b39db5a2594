"""A training's files: the state it can go on from, and the weights of its best epoch with a record beside them.

Both are safetensors, so reading them runs no code. The state carries its record in the file's own header: the two can
never disagree, however the run ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from coinco_core import provenance
from coinco_core.errors import CheckError, InputError, MissingError
from coinco_core.files import atomic_path, read_json, sha256_file, write_json, write_table
from coinco_core.objects_from_context.network.heads import PUBLISHED_HEAD, build_head
from coinco_core.objects_from_context.network.model import INPUTS

if TYPE_CHECKING:
    import pandas as pd

STATE, BEST, LAST = "state.safetensors", "best.safetensors", "last"
RECORD, HISTORY = "record.json", "history.parquet"
FORWARD_ROWS = 4096  # rows of inputs that the network is given together outside training
Weights = dict[str, torch.Tensor]


@dataclass(frozen=True)
class State:
    """A training between two epochs: `key` is a digest of its data, seed, head and recipe.

    `weights` and `best_weights` are the network's tensors by name, such as `0.weight` (512, 8192); `optimizer` is
    Adam's state by the parameter's position: step (a scalar), exp_avg and exp_avg_sq (of its shape). `history` has one
    entry per epoch.
    """

    key: str
    weights: Weights
    optimizer: dict[int, dict[str, torch.Tensor]]
    best_weights: Weights
    history: list[dict[str, float]]


def write_state(folder: Path, state: State) -> Path:
    """The path of the file that now holds the state."""
    from safetensors.torch import save_file

    tensors = {f"weights/{name}": value for name, value in state.weights.items()}
    tensors |= {f"best/{name}": value for name, value in state.best_weights.items()}
    for i, moments in state.optimizer.items():
        tensors |= {f"adam/{i}/{name}": value for name, value in moments.items()}
    header = {"key": state.key, "history": json.dumps(state.history, allow_nan=False)}
    with atomic_path(folder / STATE) as temporary:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary, header)
    return folder / STATE


def read_state(folder: Path) -> State | None:
    """The state in a folder with its tensors on the CPU; None when there is none, InputError when it is unreadable."""
    from safetensors import SafetensorError, safe_open

    if not (folder / STATE).is_file():
        return None
    try:
        with safe_open(folder / STATE, "pt") as file:
            header, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise InputError(f"{folder / STATE} cannot be read ({error}); delete it to begin anew.") from None
    adam: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in _below("adam", tensors).items():
        i, moment = name.split("/")
        adam.setdefault(int(i), {})[moment] = value
    history: list[dict[str, float]] = json.loads(header["history"])
    return State(header["key"], _below("weights", tensors), adam, _below("best", tensors), history)


def _below(prefix: str, tensors: Weights) -> Weights:
    return {name.removeprefix(f"{prefix}/"): value for name, value in tensors.items() if name.startswith(f"{prefix}/")}


def write_checkpoint(folder: Path, weights: Weights, facts: dict[str, Any], history: pd.DataFrame) -> Path:
    """The folder, which now holds the best epoch's weights, the history and the record of what made them.

    `weights` are tensors by name as in `State`, `history` has the columns of `fitting.COLUMNS`, one row per epoch.
    """
    from safetensors.torch import save_file

    with atomic_path(folder / BEST) as temporary:
        save_file(weights, temporary)
    write_table(folder / HISTORY, history)
    made = provenance.record(profile=None, seed=facts.get("seed"))
    write_json(folder / RECORD, {**facts, "sha256": sha256_file(folder / BEST), "made_by": made})
    return folder


def check_same(folder: Path, key: str, overwrite: bool) -> None:
    """Raises InputError when a folder holds the finished network of another key, which nobody said may be replaced."""
    if overwrite or not ((folder / RECORD).is_file() and (folder / BEST).is_file()):
        return
    if read_record(folder).get("data", key) != key:
        told = f"'{folder}' holds another finished network"
        raise InputError(f"{told}; choose another folder, or let it be replaced by overwrite=True.")


def read_record(folder: Path | str) -> dict[str, Any]:
    """What a checkpoint was made from: recipe, epochs, seed, best_epoch, head, inputs, autoencoder, and versions."""
    record: dict[str, Any] = read_json(Path(folder) / RECORD)
    return record


def load_network(folder: Path | str, which: str = "best") -> torch.nn.Sequential:
    """The trained network of a folder in evaluation mode; `which` epoch: 'best' (by validation) or 'last'.

    It maps float32 inputs (n, 8192), or as many as its record says, to logits (n, 80). Raises MissingError when the
    folder holds none, CheckError when the weights are not those of its record, InputError when they do not fit the
    network that it names.
    """
    from safetensors.torch import load_file

    folder = Path(folder)
    if which not in ("best", LAST):
        raise InputError(f"'{which}' is not an epoch that is kept; ask for 'best' or 'last'.")
    if not (folder / (BEST if which == "best" else STATE)).is_file():
        raise MissingError(f"There is no trained Objects-from-Context network in {folder}.")
    record = read_record(folder) if (folder / RECORD).is_file() else {}
    if which == "best" and record.get("sha256", "") not in ("", sha256_file(folder / BEST)):
        raise CheckError(f"{folder / BEST} is not the file of its record; train again to have both written.")
    state = read_state(folder) if which == LAST else None
    if state is not None and record.get("data", state.key) != state.key:
        raise CheckError(f"The last epoch in {folder} is of another training than its record; finish that one first.")
    weights = state.weights if state is not None else load_file(folder / BEST)
    head = str(record.get("head", PUBLISHED_HEAD))
    network = build_head(head, 0, int(record.get("inputs", INPUTS)))
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        raise InputError(f"The weights in {folder} do not fit the {head} network of their record.") from None
    return network.eval()


def probabilities(network: torch.nn.Sequential, inputs: Any) -> Any:
    """The network's probability of each category, an array (n, 80) float64, for an array of inputs (n, 8192) float32.

    Each row sums to 1. Inputs are processed on the network's device, 4,096 rows at a time.
    """
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode():
        rows = torch.from_numpy(inputs).split(FORWARD_ROWS)
        parts = [network(part.to(device)).cpu().double().softmax(1) for part in rows]
    return torch.cat(parts).numpy()
