"""An inpainting pipeline of a few thousand random weights, saved to disk as a real one is."""

from __future__ import annotations

from pathlib import Path

import torch

SIDE, CELL = 64, 8  # pixels: what it paints at once, and a side of what one latent stands for


def save_pipeline(folder: Path, channels: int = 9) -> Path:
    """A folder with Stable Diffusion's parts, a few thousand random weights, whose UNet takes so many channels."""
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    ends = ["<|startoftext|>", "<|endoftext|>"]
    letters = [chr(code) for code in range(33, 127)]
    vocabulary = {token: n for n, token in enumerate([*letters, *(letter + "</w>" for letter in letters), *ends])}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        text = CLIPTextConfig(
            hidden_size=16, intermediate_size=16, num_attention_heads=2, num_hidden_layers=1, vocab_size=len(vocabulary)
        )
        unet = UNet2DConditionModel(
            sample_size=SIDE // CELL,
            in_channels=channels,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=4,
            norm_num_groups=4,
        )
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(4,) * 4,
            norm_num_groups=2,
            sample_size=SIDE,
        )
        encoder = CLIPTextModel(text)
    pipeline = StableDiffusionInpaintPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77),
        unet=unet,
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder
