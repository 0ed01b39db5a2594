"""The truth of a boxed object in a drawn scene: a verdict for each criterion by a stated rule.

- Location: what it stands on is one of the supports its category belongs on.
- Co-occurrence: its category is at home in the scene.
- Size: it looks at most two and a half times larger or smaller than usual, by the perspective of the place where it is.

Any violation makes it out-of-context (section 3.2).
"""

from __future__ import annotations

from coinco_core.judgements import CRITERIA, any_violation_rule
from coinco_world.compose import Placed, Scene
from coinco_world.facts import TRUTH, View

SIZE_TOLERANCE = 2.5  # the largest factor by which an object may differ from its usual size


def location_fits(placed: Placed, view: View = TRUTH) -> bool:
    """Whether the category belongs on the kind of support that the object is on."""
    return placed.zone.support in view.facts[placed.category].supports


def co_occurrence_fits(scene: Scene, placed: Placed, view: View = TRUTH) -> bool:
    """Whether the category is at home in this type of scene."""
    return placed.category in view.scenes[scene.layout.scene]


def size_fits(placed: Placed) -> bool:
    """Whether the object looks at most two and a half times larger or smaller than its category is."""
    return 1 / SIZE_TOLERANCE <= placed.size_ratio <= SIZE_TOLERANCE


def verdicts(scene: Scene, index: int, view: View = TRUTH) -> dict[str, bool]:
    """Whether object `index` of the scene is in context, for each of the three criteria and as 'in_context' overall.

    By the truth, or by the view of somebody who holds other things to be usual.
    """
    placed = scene.objects[index]
    found = {
        "location": location_fits(placed, view),
        "co_occurrence": co_occurrence_fits(scene, placed, view),
        "size": size_fits(placed),
    }
    found["in_context"] = bool(any_violation_rule(tuple(found[c] for c in CRITERIA)))
    return found
