from .authors_scoring import (
    flipped_table as flipped_table,
)
from .authors_scoring import (
    published_scores as published_scores,
)
from .authors_scoring import (
    published_verdict as published_verdict,
)
from .network_tables import (
    network_layers as network_layers,
)
from .network_tables import (
    network_memory as network_memory,
)
from .objects_data import (
    load_data as load_data,
)
from .pools import (
    judged_pool as judged_pool,
)
from .pools import (
    unmodified_images as unmodified_images,
)
from .published_accuracies import (
    LOG_TOP1 as LOG_TOP1,
)
from .published_accuracies import (
    published_counts as published_counts,
)
from .published_accuracies import (
    whole_count as whole_count,
)
from .repeats import (
    planned_repeats as planned_repeats,
)
from .repeats import (
    trained_repeats as trained_repeats,
)
from .seeds import (
    seed_table as seed_table,
)
from .student_answers import (
    part_answers as part_answers,
)
from .student_answers import (
    read_student_answers as read_student_answers,
)
from .student_settings import (
    LABELS_IN_WORDS as LABELS_IN_WORDS,
)
from .student_settings import (
    student_config as student_config,
)
from .student_settings import (
    student_recipe as student_recipe,
)
from .teacher_samples import (
    answers_folder as answers_folder,
)
from .teacher_samples import (
    drawn_pool as drawn_pool,
)
from .teacher_samples import (
    samples_folder as samples_folder,
)
from .teachers import (
    TeacherJob as TeacherJob,
)
from .teachers import (
    ask_teachers as ask_teachers,
)
from .teachers import (
    asked_in_words as asked_in_words,
)
from .teachers import (
    asked_prompt as asked_prompt,
)
from .together import (
    held_out as held_out,
)
from .variants import (
    PATIENCE as PATIENCE,
)
from .variants import (
    SHAPES as SHAPES,
)
from .variants import (
    VARIANTS as VARIANTS,
)
from .variants import (
    run_variants as run_variants,
)
from .variants import (
    top_k_points as top_k_points,
)
from .variants import (
    variant_differences as variant_differences,
)
from .views import (
    in_half_precision as in_half_precision,
)
from .views import (
    published_views as published_views,
)
