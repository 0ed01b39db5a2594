from .crops import (
    crop_samples as crop_samples,
)
from .dataset import (
    make_world as make_world,
)
from .dataset import (
    read_truth as read_truth,
)
from .facts import (
    FACTS as FACTS,
)
from .facts import (
    SCENE_CATEGORIES as SCENE_CATEGORIES,
)
from .facts import (
    SCENES as SCENES,
)
from .weights import (
    demo_record as demo_record,
)
