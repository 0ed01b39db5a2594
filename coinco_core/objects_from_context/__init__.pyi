from .baselines import (
    combined as combined,
)
from .baselines import (
    majority as majority,
)
from .baselines import (
    mask_only as mask_only,
)
from .chance import (
    chance_cliques as chance_cliques,
)
from .chance import (
    chance_twelve_way as chance_twelve_way,
)
from .co_occurrence import (
    count_co_occurrence as count_co_occurrence,
)
from .examples import (
    first_examples as first_examples,
)
from .examples import (
    without_image as without_image,
)
from .examples import (
    without_mask as without_mask,
)
from .latents.encoder import (
    load_encoder as load_encoder,
)
from .latents.encoding import (
    encode_samples as encode_samples,
)
from .latents.preparation import (
    mask_image as mask_image,
)
from .network.checkpoints import (
    load_network as load_network,
)
from .network.checkpoints import (
    probabilities as probabilities,
)
from .network.fitting import (
    train as train,
)
from .network.model import (
    INPUTS as INPUTS,
)
from .network.recipe import (
    TrainingRecipe as TrainingRecipe,
)
from .ranking import (
    CLIQUE_OF as CLIQUE_OF,
)
from .ranking import (
    CLIQUE_SIZES as CLIQUE_SIZES,
)
from .use.belongs import (
    ranked as ranked,
)
from .use.heat_figure import (
    heat_alt as heat_alt,
)
from .use.heat_figure import (
    heat_figure as heat_figure,
)
from .use.heat_map import (
    where as where,
)
from .use.predictor import (
    ObjectsFromContext as ObjectsFromContext,
)
