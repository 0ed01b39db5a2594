from .beside_paper import (
    compare as compare,
)
from .beside_paper import (
    comparison_html as comparison_html,
)
from .beside_paper import (
    gains as gains,
)
from .beside_paper import (
    published_bars as published_bars,
)
from .ledger import (
    load_claims as load_claims,
)
from .settled.page import (
    paper_values as paper_values,
)
from .shared_axes import (
    STUDENT_SAMPLES as STUDENT_SAMPLES,
)
from .shared_axes import (
    object_accuracies as object_accuracies,
)
from .shared_axes import (
    overlapping_pairs as overlapping_pairs,
)
from .shared_axes import (
    published_changes as published_changes,
)
