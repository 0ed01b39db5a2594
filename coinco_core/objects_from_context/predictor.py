"""`ObjectsFromContext`: for one picture and a box, the objects that belong there, at instance and at clique level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.categories import NAMES, SUPERCATEGORIES
from coinco_core.errors import CheckError
from coinco_core.pictures import Box, open_image, upright_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

DEMO = "demo"
DEMO_WARNING = "The demo network has seen only drawn scenes; for a photograph its answer means little."


@dataclass(frozen=True)
class Guess:
    """A category or supercategory and its probability (0..1)."""

    name: str
    probability: float


@dataclass(frozen=True)
class Belongs:
    """What belongs in a box, likeliest first.

    `objects` are the 80 categories, `cliques` the 12 supercategories by their summed probability (as the paper's
    figure has it), `cliques_by_first` their names by first appearance among the objects (as the authors' code
    counts). `warning` is '' when there is nothing to warn of.
    """

    objects: tuple[Guess, ...]
    cliques: tuple[Guess, ...]
    cliques_by_first: tuple[str, ...]
    warning: str = ""

    def as_dict(self, top: int = 10) -> dict[str, Any]:
        """The `top` likeliest objects and all cliques, ready for JSON."""
        return {
            "objects": [{"name": g.name, "probability": g.probability} for g in self.objects[:top]],
            "cliques": [{"name": g.name, "probability": g.probability} for g in self.cliques],
            "cliques_by_first": list(self.cliques_by_first),
            "warning": self.warning,
        }


class ObjectsFromContext:
    """The trained network with its autoencoder; call it with a picture and a box."""

    def __init__(self, encoder: Any, network: Any, *, origin: str, warning: str = "") -> None:
        self.encoder, self.network = encoder, network
        self.origin = origin
        """Where the network came from, in words."""
        self.warning = warning

    @classmethod
    def from_pretrained(
        cls, source: str | Path = DEMO, *, device: str | None = None, say: Callable[[str], None] | None = None
    ) -> ObjectsFromContext:
        """The predictor of a folder that holds a trained network, or the small one of the demo world ('demo').

        The demo network is too large to ship: it is taken from the last run of the notebook, else from the user's
        cache, else trained on the spot in about a minute and kept there; `say` hears which. Raises MissingError
        without weights, CheckError when the autoencoder is not the one whose latents the network has learnt.
        """
        from coinco_core.objects_from_context.checkpoints import load_network, read_record
        from coinco_core.objects_from_context.latents import load_encoder

        if str(source) == DEMO:
            from coinco_core.objects_from_context.demo import demo_network

            encoder = load_encoder(DEMO, device)
            folder, origin = demo_network(encoder, say or (lambda _: None))
            network = load_network(folder).to(encoder.device)
            return cls(encoder, network, origin=origin, warning=DEMO_WARNING)
        network, record = load_network(source), read_record(source)
        encoder = load_encoder(record.get("vae_source") or DEMO, device)
        if record.get("vae", encoder.digest) != encoder.digest:
            raise CheckError(f"The network in {source} was trained on another autoencoder's latents; train it again.")
        warning = DEMO_WARNING if encoder.name == DEMO else ""
        return cls(encoder, network.to(encoder.device), origin=f"the network in {source}", warning=warning)

    def __call__(self, image: Image | str | Path, box: Box | Sequence[float]) -> Belongs:
        """What belongs in the box (x, y, w, h in pixels) of the picture; InputError when either cannot be used."""
        from coinco_core.objects_from_context.checkpoints import probabilities

        picture = open_image(image) if isinstance(image, (str, Path)) else upright_rgb(image)
        where = box if isinstance(box, Box) else _box(box)
        scores = probabilities(self.network, self.encoder.inputs(picture, where))
        return ranked(scores[0], self.warning)


def ranked(scores: np.ndarray, warning: str = "") -> Belongs:
    """The answer for one sample's probabilities (80,)."""
    from coinco_core.objects_from_context.ranking import clique_scores, rank, rank_cliques

    row = scores[None]
    sums = clique_scores(row)[0]
    return Belongs(
        objects=tuple(Guess(NAMES[i], float(scores[i])) for i in rank(row)[0]),
        cliques=tuple(Guess(SUPERCATEGORIES[c], float(sums[c])) for c in rank_cliques(row, "sum")[0]),
        cliques_by_first=tuple(SUPERCATEGORIES[c] for c in rank_cliques(row, "first")[0]),
        warning=warning,
    )


def _box(sides: Sequence[float]) -> Box:
    """A box from four numbers, with the same complaint as for one that is typed."""
    return Box.parse(",".join(str(side) for side in sides))
