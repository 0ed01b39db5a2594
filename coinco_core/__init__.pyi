from .categories import (
    CATEGORIES as CATEGORIES,
)
from .categories import (
    NAMES as NAMES,
)
from .categories import (
    SUPERCATEGORIES as SUPERCATEGORIES,
)
from .categories import (
    category as category,
)
from .distillation.classifier import (
    ContextClassifier as ContextClassifier,
)
from .engines import (
    ROLES as ROLES,
)
from .engines import (
    load_engine as load_engine,
)
from .files import (
    digest as digest,
)
from .files import (
    read_table as read_table,
)
from .files import (
    write_table as write_table,
)
from .judgements import (
    CRITERIA as CRITERIA,
)
from .judgements import (
    CRITERION_TITLES as CRITERION_TITLES,
)
from .judgements import (
    FINAL_DECISION as FINAL_DECISION,
)
from .judgements import (
    QUESTION_TITLES as QUESTION_TITLES,
)
from .judgements import (
    QUESTIONS as QUESTIONS,
)
from .judgements import (
    verdict_text as verdict_text,
)
from .labelling import (
    findings_table as findings_table,
)
from .labelling import (
    label as label,
)
from .objects_from_context.use.predictor import (
    ObjectsFromContext as ObjectsFromContext,
)
from .prompts import (
    student_prompt as student_prompt,
)
from .prompts import (
    teacher_prompt as teacher_prompt,
)
from .released import (
    read_answers as read_answers,
)
from .released.catalogue import (
    N_IMAGES as N_IMAGES,
)
from .responses import (
    parse_response as parse_response,
)
from .responses import (
    parse_student_response as parse_student_response,
)
from .samples import (
    Sample as Sample,
)
from .samples import (
    boxed_image as boxed_image,
)
from .samples import (
    read_samples as read_samples,
)
from .samples import (
    sample_image as sample_image,
)

__version__: str
