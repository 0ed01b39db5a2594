from . import figures as figures
from .checkout import (
    find_checkout as find_checkout,
)
from .demo_numbers import (
    makes_demo_numbers as makes_demo_numbers,
)
from .exercises.checks import (
    check as check,
)
from .exercises.checks import (
    items as items,
)
from .exercises.checks import (
    near as near,
)
from .exercises.checks import (
    same as same,
)
from .profiles import (
    load_profile as load_profile,
)
from .results import (
    glue_number as glue_number,
)
from .results import (
    glue_text as glue_text,
)
from .results import (
    read_numbers as read_numbers,
)
from .results import (
    run_folder as run_folder,
)
from .results import (
    save_table as save_table,
)
