"""Balanced training, validation and test sets for the three students (section 5.1), with no image in two of them.

The page and the code differ in what they train on, so there are two recipes. In both, images are dealt to the splits
once, over all three criteria and the final decision together, and only then is each criterion balanced within each
split: no student is trained on an image that another student is tested on. (The splits of two recipes, or of two
seeds, do overlap.)
"""

from coinco_core.splits.balance import balanced, counts, split_labels
from coinco_core.splits.dealing import deal_images
from coinco_core.splits.recipes import SPLIT_RECIPES, SPLITS, TEACHER, UNANIMOUS, SplitRecipe, criterion_labels, recipe

__all__ = [
    "SPLITS",
    "SPLIT_RECIPES",
    "TEACHER",
    "UNANIMOUS",
    "SplitRecipe",
    "balanced",
    "counts",
    "criterion_labels",
    "deal_images",
    "recipe",
    "split_labels",
]
