"""`ObjectsFromContext`: for one image and a box, the objects that belong there, at instance and at clique level."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coinco_core.categories import NAMES, SUPERCATEGORIES, category
from coinco_core.demo import DEMO
from coinco_core.errors import InputError
from coinco_core.images import Box, open_image, upright_rgb
from coinco_core.objects_from_context.use.heat_map import SHARE

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.objects_from_context.use.heat_map import HeatMap
    from coinco_core.objects_from_context.use.recover import Painter, PaintSettings, Recovered

log = logging.getLogger(__name__)


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
    """The trained network with its autoencoder; call it with an image and a box."""

    def __init__(self, encoder: Any, network: Any, *, origin: str, warning: str = "") -> None:
        self.encoder, self.network = encoder, network
        self.origin = origin
        """Where the network came from, in words."""
        self.warning = warning

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path = DEMO,
        *,
        vae: str | Path | None = None,
        device: str | None = None,
        say: Callable[[str], None] | None = None,
    ) -> ObjectsFromContext:
        """The predictor of a folder that holds a trained network, of the authors' checkpoint, or the demo one ('demo').

        The demo network is too large to ship: it is taken from the last run of the notebook, else from the user's
        cache, else trained on the spot in about a minute and kept there; `say` hears which. The authors' checkpoint is
        a file, .pth or .pt. `vae` names the autoencoder (see `load_encoder`) where it is not the one of the record,
        for the authors' file Stable Diffusion 2.1's. Raises MissingError without weights, CheckError when the
        autoencoder is not the one whose latents the network has learnt, InputError when it has learnt something else.
        """
        from coinco_core.objects_from_context.network.authors import SUFFIXES
        from coinco_core.objects_from_context.use.pretrained import load_authors, load_demo, load_own

        tell = say or (lambda _: None)
        if str(source) == DEMO:
            loaded = load_demo(vae, device, tell)
        elif Path(source).suffix in SUFFIXES:
            loaded = load_authors(Path(source), vae, device)
        else:
            loaded = load_own(Path(source), vae, device)
        encoder, network, origin, warning = loaded
        return cls(encoder, network, origin=origin, warning=warning)

    def __call__(self, image: Image | str | Path, box: Box | Sequence[float]) -> Belongs:
        """What belongs in the box (x, y, w, h in pixels) of the image; InputError when either cannot be used."""
        return ranked(self.probabilities(_opened(image), _box(box)), self.warning)

    def probabilities(self, image: Image, box: Box) -> np.ndarray:
        """The probability of each of the 80 categories, (80,) float64, for a box in an upright RGB image."""
        from coinco_core.objects_from_context.network.checkpoints import probabilities

        scores: np.ndarray = probabilities(self.network, self.encoder.inputs(image, box))[0]
        return scores

    def where(self, image: Image | str | Path, box_size: float | Sequence[float] = SHARE, **how: Any) -> HeatMap:
        """Where in the image each object would belong, for a box of one size; see `heat_map.where`."""
        from coinco_core.objects_from_context.use.heat_map import where

        return where(self, _opened(image), box_size, **how)

    def recover(
        self,
        image: Image | str | Path,
        box: Box | Sequence[float],
        painter: Painter,
        seed: int,
        which: int | str = 0,
        *,
        settings: PaintSettings | None = None,
        say: Callable[[str], None] = log.info,
    ) -> Recovered:
        """The image with what belongs in the box painted there.

        It is the object of rank `which` (0 is the likeliest), or the one of that name. Raises InputError when a name,
        rank or box cannot be used.
        """
        from coinco_core.objects_from_context.use.recover import DEFAULT_PAINT, recovered

        opened, area = _opened(image), _box(box)
        area = area.check(*opened.size)
        chosen = category(which).name if isinstance(which, str) else None
        if isinstance(which, int) and not 0 <= which < len(NAMES):
            raise InputError(f"There is no object of rank {which}; the ranks of the 80 run from 0 to 79.")
        guesses = self(opened, area).objects
        guess = guesses[which] if isinstance(which, int) else next(g for g in guesses if g.name == chosen)
        return recovered(painter, opened, area, guess, seed=seed, settings=settings or DEFAULT_PAINT, say=say)


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


def _opened(image: Image | str | Path) -> Image:
    return open_image(image) if isinstance(image, (str, Path)) else upright_rgb(image)


def _box(box: Box | Sequence[float]) -> Box:
    """A box from four numbers, with the same complaint as for one that is typed."""
    return box if isinstance(box, Box) else Box.parse(",".join(str(side) for side in box))
