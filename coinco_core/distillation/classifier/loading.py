"""Loading the three students, and the record of what was loaded (section 5.1).

Weights are used as they are, in bfloat16 on a GPU and float32 on a CPU. The authors evaluated theirs with the adapter
merged into a base of 4 bits (NF4), which rounds the adapter too; that is not done here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coinco_core.devices import DeviceChoice
from coinco_core.distillation.adapters import CONFIG, adapter_keys, load_adapter, old_names
from coinco_core.distillation.classifier.finding import Found, is_adapter, training_record
from coinco_core.engines.local import Sampling, describe, load_network, weights_digest
from coinco_core.engines.vision import bare
from coinco_core.errors import CheckError
from coinco_core.files import digest, sha256_file
from coinco_core.judgements import CRITERIA


def load_students(found: Found, choice: DeviceChoice) -> dict[str, Any]:
    """A model for each criterion: all adapters on one base, so that it is the same model for each of them; or whole.

    Raises MissingError when a part cannot be loaded, CheckError when an adapter does not fit its base.
    """
    network: Any = load_network(found.base, choice, spread=False) if found.adapters else None
    models: dict[str, Any] = {}
    for criterion, folder in found.folders.items():
        if criterion in found.adapters:
            network = load_adapter(network, folder, criterion)
        else:
            models[criterion] = load_network(str(folder), choice)
    return {criterion: models.get(criterion, network) for criterion in CRITERIA}


def check_records(found: Found, processor: Any) -> None:
    """Raises CheckError when a student is asked otherwise than it was trained, by the record it keeps of that.

    An adapter for another criterion or on another base would fit in shape and say nonsense; one that is asked in other
    words, or in another chat template, would be worse than it is.
    """
    prompts, template = found.prompts, digest(processor.chat_template or "")
    for criterion, folder in found.folders.items():
        record = training_record(folder)
        _agree(record.get("criterion"), criterion, f"The student in '{folder}' was trained for another criterion.")
        prompt = record.get("prompt", {}).get("sha256")
        _agree(prompt, prompts[criterion].digest, f"The student in '{folder}' was trained on another prompt.")
        chat = record.get("chat_template_sha256")
        _agree(chat, template, f"The student in '{folder}' was trained in another chat template.")
        if is_adapter(folder):
            base, told = record.get("base", {}).get("weights"), f"'{folder}' was trained on another base"
            _agree(base, weights_digest(found.base), f"The student in {told} than '{found.base}'; train it again.")


def _agree(recorded: str | None, now: str, otherwise: str) -> None:
    """Raises CheckError when both are known and differ."""
    if recorded and now and recorded != now:
        raise CheckError(otherwise)


def plain_base(found: Found, choice: DeviceChoice) -> Any:
    """The model that whole students were made from, where it was named; adapters carry theirs with them."""
    return load_network(found.base, choice) if found.base and not found.adapters else None


def record_of(
    found: Found, models: Mapping[str, Any], processor: Any, backend: str, choice: DeviceChoice
) -> dict[str, Any]:
    """What decides the students' verdicts (`identity`), where they run (`made_on`), and `notes` on their loading."""
    sampling = Sampling(max_new_tokens=found.max_new_tokens)
    network = bare(models[CRITERIA[0]])
    record = describe("students", found.source, network, processor, backend, choice, sampling)
    record["identity"]["students"] = {criterion: _digest(folder) for criterion, folder in found.folders.items()}
    record["identity"]["prompts"] = {criterion: prompt.digest for criterion, prompt in found.prompts.items()}
    renamed = [c for c, folder in found.adapters.items() if old_names(adapter_keys(folder), models[c])]
    record["notes"] = [
        f"The adapter for {c} came under older names of the modules; they were renamed." for c in renamed
    ]
    return record


def _digest(folder: Path) -> str:
    """The digest of all that decides a student's answers beside its base: weights and settings.

    A folder from the hub is named by its weights too, so that it is the same student wherever it lies.
    """
    return digest([weights_digest(folder), sha256_file(folder / CONFIG) if is_adapter(folder) else ""])
