"""A network of Objects-from-Context as a folder that `from_pretrained` reads back, with a card of what it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coinco_core.cards import CARD, check_free, in_cell
from coinco_core.files import atomic_folder, sha256_file, write_json, write_text
from coinco_core.objects_from_context.latents.mirrors import CONFIG, WEIGHTS, vae_folder
from coinco_core.objects_from_context.network.checkpoints import BEST, RECORD

if TYPE_CHECKING:
    from coinco_core.objects_from_context.latents.encoder import Encoder

VAE = "vae"  # the subfolder for an autoencoder that lies nowhere else
_CARD = """---
pipeline_tag: image-classification
license: other
license_name: that-of-its-data
tags: [coinco, objects-from-context]
---

# Objects from context: which of COCO's 80 categories belongs in a box

From an image whose box is hidden, and from the box, the network ranks the 80 categories by how well they would belong
there, as in section 5.2 of *Common Inpainted Objects In-N-Out of Context* (COinCO, CVPR 2026). It sees two latents of
an autoencoder, of the image and of the box's mask, and never the object.

| | |
|---|---|
| head | {head} |
| inputs | {inputs} numbers of two latents |
| autoencoder | {vae_source}, weights {vae} |
| preparation of images | {preparation} |
| epochs, best epoch | {epochs}, {best_epoch} |
| seed | {seed} |
| digest of the data | {data} |
| origin | {origin} |

The recipe:

```json
{recipe}
```

## Limits

It has learned what stood in a box in COCO's images, with their biases. {warning}

## How to use it

```python
from coinco_core import ObjectsFromContext

ranking = ObjectsFromContext.from_pretrained("THIS FOLDER")(image, box=(40, 30, 120, 90))
```

## Licence

That of the data it was trained on. The autoencoder has a licence of its own.
"""


def save_predictor(
    encoder: Encoder, network: Any, record: Mapping[str, Any], folder: Path, words: tuple[str, str], *, overwrite: bool
) -> Path:
    """The folder, which now holds the network, its record, a card, and the autoencoder where that is a folder's.

    `record` is what the network was made from, `words` are its origin and the warning that goes with it. Raises
    InputError when the folder is not empty, unless it holds a network that may be overwritten.
    """
    from safetensors.torch import save_file

    check_free(folder, RECORD, "network", overwrite)
    with atomic_folder(folder) as made:
        weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
        save_file(weights, made / BEST)
        facts = {**record, **encoder.facts}
        if Path(encoder.name).is_dir():
            (made / VAE).mkdir()
            for name in (CONFIG, WEIGHTS):
                shutil.copyfile(vae_folder(Path(encoder.name)) / name, made / VAE / name)
            facts["vae_source"] = VAE
        write_json(made / RECORD, {**facts, "sha256": sha256_file(made / BEST)})
        write_text(made / CARD, _card(facts, *words))
    return folder


def _card(facts: Mapping[str, Any], origin: str, warning: str) -> str:
    names = ("head", "inputs", "vae_source", "vae", "preparation", "epochs", "best_epoch", "seed", "data")
    told = {name: in_cell(facts.get(name, "not known")) for name in names}
    recipe = json.dumps(facts.get("recipe", {}), indent=2)
    return _CARD.format(**told, recipe=recipe, origin=in_cell(origin), warning=warning)
