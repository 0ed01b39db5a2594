from .answering_memory import (
    answering_table as answering_table,
)
from .labelling import (
    COCO_SIZE as COCO_SIZE,
)
from .labelling import (
    LETTERS_A_TOKEN as LETTERS_A_TOKEN,
)
from .labelling import (
    TEACHERS as TEACHERS,
)
from .labelling import (
    cost_table as cost_table,
)
from .labelling import (
    internvl_tokens as internvl_tokens,
)
from .labelling import (
    one_at_a_time_hours as one_at_a_time_hours,
)
from .labelling import (
    qwen_tokens as qwen_tokens,
)
from .labelling import (
    text_tokens as text_tokens,
)
from .model_sizes import (
    NAIVE_TARGETS as NAIVE_TARGETS,
)
from .model_sizes import (
    REAL_VOCABULARY as REAL_VOCABULARY,
)
from .model_sizes import (
    STUDENT as STUDENT,
)
from .model_sizes import (
    TEACHER as TEACHER,
)
from .model_sizes import (
    adapted_modules as adapted_modules,
)
from .model_sizes import (
    on_meta as on_meta,
)
from .model_sizes import (
    parameter_counts as parameter_counts,
)
from .model_sizes import (
    reach as reach,
)
from .model_sizes import (
    student_on_meta as student_on_meta,
)
from .model_sizes import (
    trainable_parameters as trainable_parameters,
)
from .training_memory import (
    memory_table as memory_table,
)
from .training_memory import (
    parameter_bytes as parameter_bytes,
)
from .training_work import (
    CHAT_TOKENS as CHAT_TOKENS,
)
from .training_work import (
    feature_bytes as feature_bytes,
)
from .training_work import (
    gpu_hours as gpu_hours,
)
from .training_work import (
    image_grid as image_grid,
)
from .training_work import (
    row_work as row_work,
)
from .training_work import (
    tower_work as tower_work,
)
