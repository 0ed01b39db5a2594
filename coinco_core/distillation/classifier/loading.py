"""Loading the three students, and the record of what was loaded (section 5.1).

Weights are used as they are, in bfloat16 on a GPU and float32 on a CPU. The authors evaluated theirs with the adapter
merged into a base of 4 bits (NF4), which rounds the adapter too; that is done only where it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from coinco_core.devices import DeviceChoice
from coinco_core.distillation.adapters import CONFIG, adapter_keys, load_adapter, old_names
from coinco_core.distillation.classifier.finding import Found, is_adapter, training_record
from coinco_core.engines import nf4
from coinco_core.engines.decoding import Sampling, decoding
from coinco_core.engines.families import bare
from coinco_core.engines.local import LoadedModel, engine_record, load_lvlm, weights_digest
from coinco_core.errors import CheckError
from coinco_core.files import digest, sha256_file
from coinco_core.judgements import CRITERIA
from coinco_core.provenance import package_versions

COMMIT = "commit:"  # before the hash, where weights from the hub are named by their commit
UNKNOWN = f"{COMMIT}unknown"


def load_students(found: Found, choice: DeviceChoice, in_nf4: bool = False) -> dict[str, Any]:
    """A model for each criterion: all adapters on one base, so that it is the same model for each of them; or whole.

    `in_nf4` gives each criterion a model of its own, with the adapter merged into 4-bit weights (see `nf4`). Raises
    MissingError when a part cannot be loaded, CheckError when an adapter does not fit its base.
    """
    if in_nf4:
        return {criterion: _in_nf4(found, criterion, choice) for criterion in CRITERIA}
    network: Any = load_lvlm(found.base, choice, spread=False) if found.adapters else None
    models: dict[str, Any] = {}
    for criterion, folder in found.folders.items():
        if criterion in found.adapters:
            network = load_adapter(network, folder, criterion)
        else:
            models[criterion] = load_lvlm(str(folder), choice)
    return {criterion: models.get(criterion, network) for criterion in CRITERIA}


def _in_nf4(found: Found, criterion: str, choice: DeviceChoice) -> Any:
    folder = found.folders[criterion]
    if criterion not in found.adapters:
        return load_lvlm(str(folder), choice, in_nf4=True)
    return nf4.merged(load_adapter(load_lvlm(found.base, choice, in_nf4=True), folder, criterion))


def check_records(found: Found, processor: Any) -> None:
    """Raises CheckError when a student is asked otherwise than it was trained, by the record it keeps of that.

    An adapter for another criterion would fit in shape and say nonsense; one that is asked in other words, or in
    another chat template, would be worse than it is. Its base is compared by `record_of`, which knows the weights.
    """
    prompts, template = found.prompts, digest(processor.chat_template or "")
    for criterion, folder in found.folders.items():
        record = training_record(folder)
        _agree(record.get("criterion"), criterion, f"The student in '{folder}' was trained for another criterion.")
        prompt = record.get("prompt", {}).get("sha256")
        _agree(prompt, prompts[criterion].digest, f"The student in '{folder}' was trained on another prompt.")
        chat = record.get("chat_template_sha256")
        _agree(chat, template, f"The student in '{folder}' was trained in another chat template.")


def _agree(recorded: str | None, now: str, otherwise: str) -> None:
    """Raises CheckError when both are known and differ."""
    if recorded and now and recorded != now:
        raise CheckError(otherwise)


def plain_base(found: Found, choice: DeviceChoice, in_nf4: bool = False) -> Any:
    """The model that whole students were made from, where it was named; adapters carry theirs with them.

    Those that were merged (`in_nf4`) do not.
    """
    separate = found.base and (in_nf4 or not found.adapters)
    return load_lvlm(found.base, choice, in_nf4=in_nf4) if separate else None


def record_of(
    found: Found,
    models: Mapping[str, Any],
    processor: Any,
    backend: str,
    choice: DeviceChoice,
    in_nf4: bool = False,
) -> dict[str, Any]:
    """What decides the students' verdicts (`identity`), where they run (`made_on`), and `notes` on their loading.

    `identity` has for weights the digest of the adapters' base, or of the first whole model, and the commit of a base
    from the hub. Raises CheckError when an adapter was trained on another base, by the record it keeps of that.
    """
    sampling = sampling_of(found, in_nf4)
    loaded = LoadedModel(found.source, bare(models[CRITERIA[0]]), processor, backend, choice)
    record = engine_record("students", loaded, sampling)
    weights = record["identity"]["weights"]
    known = {found.source: weights}
    record["identity"]["students"] = {c: _digest(folder, known) for c, folder in found.folders.items()}
    record["identity"]["prompts"] = {criterion: prompt.digest for criterion, prompt in found.prompts.items()}
    if in_nf4:
        record["identity"]["precision"] = nf4.described()
        record["made_on"]["packages"] |= package_versions(("bitsandbytes",))
    renamed = [c for c, folder in found.adapters.items() if old_names(adapter_keys(folder), models[c])]
    record["notes"] = [
        *([nf4.NOTE] if in_nf4 else []),
        *(f"The adapter for {c} came under older names of the modules; they were renamed." for c in renamed),
        *compare_bases(found, weights if Path(found.base).is_dir() else f"{COMMIT}{weights}"),
    ]
    return record


def sampling_of(found: Found, in_nf4: bool) -> Sampling:
    """How the students decode: greedily, and `in_nf4` with the repetition penalty of the authors' evaluation too."""
    like = decoding("published" if in_nf4 else "greedy", "student")
    return replace(like, max_new_tokens=found.max_new_tokens)


def compare_bases(found: Found, weights: str) -> list[str]:
    """A sentence for each adapter of which it cannot be told whether it was trained on this base.

    `weights` is the base's digest, or 'commit:HASH', as in an adapter's record. A digest and a commit cannot be
    compared. Raises CheckError when both are of one kind and differ.
    """
    notes = []
    for criterion, folder in found.adapters.items():
        recorded = str(training_record(folder).get("base", {}).get("weights", ""))
        if not recorded or recorded == weights != UNKNOWN:
            continue
        if recorded.startswith(COMMIT) == weights.startswith(COMMIT) and UNKNOWN not in (recorded, weights):
            told = f"'{folder}' was trained on another base than '{found.base}' ({recorded[:19]}, not {weights[:19]})"
            raise CheckError(f"The student in {told}; say with `base` where its own lies, or train it again.")
        kinds = f"its record names that base by {_kind(recorded)}, and this one is known by {_kind(weights)}"
        notes.append(f"Whether the adapter for {criterion} was trained on '{found.base}' cannot be told: {kinds}.")
    return notes


def _kind(weights: str) -> str:
    if weights == UNKNOWN:
        return "no commit that is known"
    return "its commit" if weights.startswith(COMMIT) else "the digest of its files"


def _digest(folder: Path, known: Mapping[str, str]) -> str:
    """The digest of all that decides a student's answers beside its base: weights and settings.

    A folder from the hub is named by its weights too, so that it is the same student wherever it lies. `known` are
    digests of weights by folder, which are not read again.
    """
    weights = known.get(str(folder)) or weights_digest(folder)
    return digest([weights, sha256_file(folder / CONFIG) if is_adapter(folder) else ""])
