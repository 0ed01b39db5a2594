"""`transformers serve` with a demo model: python serve.py FOLDER PORT

The server's AutoProcessor would ask for a video processor, which needs torchvision; the image-only class takes its
place.
"""

from __future__ import annotations

import sys

from transformers.cli.serve import Serve
from transformers.models.qwen2_5_vl import processing_qwen2_5_vl

from coinco_core.engines.families import ImageOnlyQwen2_5_VLProcessor

processing_qwen2_5_vl.Qwen2_5_VLProcessor = ImageOnlyQwen2_5_VLProcessor
Serve(force_model=sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), device="cpu", dtype="float32")
