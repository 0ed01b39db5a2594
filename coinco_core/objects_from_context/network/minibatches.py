"""Examples where the network is, gathered a batch at a time: mapped from their file on a CPU, resident on a GPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from coinco_core.objects_from_context.examples import Examples


class Batches:
    """The examples as tensors on a device: `images` and `masks` flattened to (rows, numbers), `labels` (n,) int64.

    `image_rows` and `mask_rows`, each (n,) int64, are the rows of each example. On a CPU the arrays stay mapped from
    the store's file and are shared with other sets, when both are of one dtype.
    On a GPU the rows in use are copied once: 76,256 images and masks take 2.5 GB in float32, half of it in float16.
    """

    def __init__(self, examples: Examples, device: str) -> None:
        self.device = device
        kind = torch.from_numpy(np.empty(0, np.result_type(examples.images, examples.masks))).dtype
        self.images, self.image_rows = self._placed(examples.images, examples.image_rows, kind)
        self.masks, self.mask_rows = self._placed(examples.masks, examples.mask_rows, kind)
        self.labels = torch.from_numpy(examples.labels).to(device)

    def __len__(self) -> int:
        return len(self.labels)

    def _placed(self, array: np.ndarray, rows: np.ndarray, kind: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        if self.device != "cpu":
            used, rows = np.unique(rows, return_inverse=True)
            array = array[used]
        flat = array.reshape(len(array), int(np.prod(array.shape[1:])))
        return torch.from_numpy(flat).to(self.device, kind), torch.from_numpy(rows).to(self.device)

    def inputs(self, chosen: Any) -> torch.Tensor:
        """The network's inputs for the k chosen examples, (k, width) float32 on the device.

        `chosen` is a slice, or positions (k,) as an int64 tensor on the device.
        """
        rows, seen = self.image_rows[chosen], self.images.shape[1]
        whole = self.images.new_empty(len(rows), seen + self.masks.shape[1])
        # Straight into their places: gathering both and joining them would go over every batch twice.
        torch.index_select(self.images, 0, rows, out=whole[:, :seen])
        torch.index_select(self.masks, 0, self.mask_rows[chosen], out=whole[:, seen:])
        return whole.float()
