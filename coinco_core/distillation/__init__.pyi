from .answering import (
    student_answers as student_answers,
)
from .base_model import (
    load_base as load_base,
)
from .classifier import (
    ContextClassifier as ContextClassifier,
)
from .classifier.bulk import (
    classify_samples as classify_samples,
)
from .classifier.bulk import (
    job_of as job_of,
)
from .config import (
    DistillConfig as DistillConfig,
)
from .decisions import (
    PROBABILITY_OF as PROBABILITY_OF,
)
from .examples import (
    make_examples as make_examples,
)
from .examples import (
    part_samples as part_samples,
)
from .examples import (
    teacher_findings as teacher_findings,
)
from .examples import (
    training_rows as training_rows,
)
from .features import (
    boxed_pixels as boxed_pixels,
)
from .judged import (
    JudgedSamples as JudgedSamples,
)
from .judged import (
    balanced_split as balanced_split,
)
from .judged import (
    read_judged as read_judged,
)
from .judged import (
    usable_labels as usable_labels,
)
from .training import (
    train_student as train_student,
)
