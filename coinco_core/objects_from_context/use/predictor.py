"""`ObjectsFromContext`: for one image and a box, the objects that belong there, at instance and at clique level."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from coinco_core.categories import NAMES, category
from coinco_core.demo import DEMO
from coinco_core.entries import for_each_entry
from coinco_core.errors import InputError
from coinco_core.images import Box, open_image, upright_rgb
from coinco_core.objects_from_context.use.belongs import Belongs, ranked
from coinco_core.objects_from_context.use.heat_map import SHARE, STEPS

if TYPE_CHECKING:
    from PIL.Image import Image

    from coinco_core.objects_from_context.use.heat_map import HeatMap
    from coinco_core.objects_from_context.use.recover import Painter, Recovered

log = logging.getLogger(__name__)


class ObjectsFromContext:
    """The trained network with its autoencoder; call it with an image and a box."""

    def __init__(
        self, encoder: Any, network: Any, *, origin: str, warning: str = "", record: dict[str, Any] | None = None
    ) -> None:
        self.encoder, self.network, self._record = encoder, network, record or {}
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
        """The predictor of a trained network's folder or hub id, of the authors' checkpoint, or the demo one ('demo').

        The demo network is too large to ship: it is taken from a run that left one, else from the user's
        cache, else trained on the spot in about a minute and kept there; `say` hears which. The authors' checkpoint is
        a file, .pth or .pt. `vae` names the autoencoder (see `load_encoder`) where it is not the one of the record,
        for the authors' file Stable Diffusion 2.1's. Raises MissingError without weights, CheckError when the
        autoencoder is not the one whose latents the network has learnt, InputError when it has learnt something else.
        """
        from coinco_core.objects_from_context.network.authors import SUFFIXES
        from coinco_core.objects_from_context.use.pretrained import load_authors, load_demo, load_own
        from coinco_core.released.hub import model_folder

        tell = say or (lambda _: None)
        if str(source) == DEMO:
            loaded = load_demo(vae, device, tell)
        elif Path(source).suffix in SUFFIXES:
            loaded = load_authors(Path(source), vae, device)
        else:
            loaded = load_own(model_folder(str(source), "network"), vae, device)
        encoder, network, origin, warning, record = loaded
        return cls(encoder, network, origin=origin, warning=warning, record=record)

    def save_pretrained(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """The folder, which now holds the network with its record, for `from_pretrained`, and a card (README.md).

        The autoencoder is copied where it is a folder's, and else named. Raises InputError when the folder is not
        empty, unless it holds a network and `overwrite` is True.
        """
        from coinco_core.objects_from_context.use.saving import save_predictor

        words = (self.origin, self.warning)
        return save_predictor(self.encoder, self.network, self._record, Path(folder), words, overwrite=overwrite)

    def push_to_hub(self, repository: str, *, private: bool = True) -> str:
        """The address of the hub's repository OWNER/NAME, made if need be: it holds what `save_pretrained` makes.

        Raises MissingError when this machine is offline or the upload fails.
        """
        from coinco_core.released.hub import upload

        with TemporaryDirectory() as scratch:
            return upload(self.save_pretrained(Path(scratch) / "network"), repository, private=private)

    @overload
    def __call__(self, image: Image | str | Path, box: Box | Sequence[float]) -> Belongs: ...
    @overload
    def __call__(
        self, image: list[Image] | list[str] | list[Path], box: Sequence[Box | Sequence[float]]
    ) -> list[Belongs]: ...
    def __call__(self, image: Any, box: Any) -> Belongs | list[Belongs]:
        """What belongs in the box (x, y, w, h in pixels of the upright image) of an image in any mode, or of its file.

        For a list of images and one of boxes, a list. Raises InputError when an image or box cannot be used; of a list
        the message says which entry.
        """
        if isinstance(image, list):
            return for_each_entry(lambda *entry: self(*entry), image, box)
        return ranked(self.probabilities(_opened(image), _box(box)), self.warning)

    def probabilities(self, image: Image, box: Box) -> np.ndarray:
        """The probability of each of the 80 categories, (80,) float64 summing to 1, for a box in an upright RGB image.

        The box is in pixels; InputError when it is outside the image.
        """
        from coinco_core.objects_from_context.network.checkpoints import probabilities

        scores: np.ndarray = probabilities(self.network, self.encoder.inputs(image, box))[0]
        return scores

    def where(
        self,
        image: Image | str | Path,
        box_size: float | Sequence[float] = SHARE,
        steps: tuple[int, int] = STEPS,
        **how: Any,
    ) -> HeatMap:
        """Where in an image (any mode, or a file) each object would belong, for one box size; see `heat_map.where`."""
        from coinco_core.objects_from_context.use.heat_map import where

        return where(self.encoder, self.network, _opened(image), box_size, steps, warning=self.warning, **how)

    def recover(
        self,
        image: Image | str | Path,
        box: Box | Sequence[float],
        painter: Painter,
        seed: int,
        rank: int = 0,
        *,
        name: str | None = None,
        say: Callable[[str], None] = log.info,
        **how: Any,
    ) -> Recovered:
        """The image with what belongs in the box (x, y, w, h in pixels) painted there, RGB of the same size.

        It is the likeliest object, the one of another `rank` (from 0), or the one of a `name`; `how` are fields of
        `recover.PaintSettings`. Raises InputError when a name, rank, box or setting cannot be used.
        """
        from coinco_core.objects_from_context.use.recover import PaintSettings, recovered

        opened, area = _opened(image), _box(box)
        area = area.check(*opened.size)
        chosen = category(name).name if name is not None else None
        if not 0 <= rank < len(NAMES):
            raise InputError(f"There is no object of rank {rank}; the ranks of the 80 run from 0 to 79.")
        guesses = self(opened, area).objects
        guess = guesses[rank] if chosen is None else next(g for g in guesses if g.name == chosen)
        return recovered(painter, opened, area, guess, seed=seed, settings=PaintSettings(**how), say=say)


def _opened(image: Image | str | Path) -> Image:
    return open_image(image) if isinstance(image, (str, Path)) else upright_rgb(image)


def _box(box: Box | Sequence[float]) -> Box:
    """A box from four numbers, with the same complaint as for one that is typed."""
    return box if isinstance(box, Box) else Box.parse(",".join(str(side) for side in box))
