"""From a folder with the files of a model to a MaskedLM, CausalLM or Seq2SeqLM with our attention function.

Nothing that comes with a model decides what is run: the classes are those of `transformers`, named by the configuration,
the weights are safetensors, and code in the folder is not looked at.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import catalogue, files
from core.catalogue import Card, File, Kind, Source
from core.errors import CoreError, ModelDamaged, NoModelFolder, UnsupportedModel

if TYPE_CHECKING:
    from core.language_model import LanguageModel

FLOAT32_BYTES = 4
SHOWN_CHARACTERS = 60  # of what a configuration says, in a message
TWO_HEADS = {"BertForPreTraining": "BertForMaskedLM", "AlbertForPreTraining": "AlbertForMaskedLM"}
LAYERS = ("num_hidden_layers", "decoder_layers", "num_decoder_layers")  # of each stack, where they are counted apart
STEERING = {
    "auto_map",
    "transformers_weights",
    "fusion_config",
}  # they make the library load or patch other things


def kind_of(name: str, folder: Path) -> Kind:
    """Return which kind of model is in a folder, by its config.json. Raises NoModelFolder, UnsupportedModel and
    ModelDamaged."""
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    )

    if not (folder / files.CONFIG).is_file() and not catalogue.is_hub_id(name):
        raise NoModelFolder(name=name, file=files.CONFIG)
    config = files.read_json(name, folder / files.CONFIG)
    family, stated = str(config.get("model_type")), _architecture(config.get("architectures"))
    architecture = TWO_HEADS.get(stated, stated)
    if "quantization_config" in config:
        raise UnsupportedModel(name=name, kind=f"{stated}, quantization")
    if architecture.endswith("ForMaskedLM") and architecture == MODEL_FOR_MASKED_LM_MAPPING_NAMES.get(family):
        return "masked"
    if config.get("is_encoder_decoder") and architecture == MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES.get(family):
        return "seq2seq"
    causal = architecture.endswith(("ForCausalLM", "LMHeadModel"))
    if causal and architecture == MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(family):
        return "causal"
    raise UnsupportedModel(name=name, kind=stated)


def build(name: str, folder: Path, room: Callable[[int], None], card: Card | None = None) -> "LanguageModel":
    """Return the model in a folder; without `card` one is made of what the folder tells.

    `room` is called with the bytes of memory that the model takes, before it takes them. Raises what `room` raises,
    ModelFileMissing, ModelDamaged, NoSafetensors, UnsupportedModel and NoAttention.
    """
    kind = kind_of(name, folder)
    weights = files.weights(name, folder)
    files.check_vocabulary(name, folder)
    config = _config(name, folder, files.tensors(name, weights))
    try:
        room(_parameters(kind, config) * FLOAT32_BYTES)
        tokenizer = _tokenizer(name, folder, config)
        model = _model(name, folder, kind, config)
        return _wrapped(kind, model, tokenizer, card or _card(name, folder, kind, model))
    except CoreError:
        raise
    except Exception as error:  # the library has no common type for what it cannot use
        raise UnsupportedModel(name=name, kind=_architecture(config.architectures)) from error


def _architecture(stated: object) -> str:
    """Return the first of the architectures that a configuration states."""
    return str(stated[0])[:SHOWN_CHARACTERS] if isinstance(stated, list) and stated else "?"


def _config(name: str, folder: Path, tensors: int) -> Any:
    """Return the configuration as an object of the library. Raises ModelDamaged."""
    from transformers import CONFIG_MAPPING

    content = files.read_json(name, folder / files.CONFIG)
    stated = {entry: value for entry, value in content.items() if entry not in STEERING}
    try:
        config = CONFIG_MAPPING[content["model_type"]].from_dict(stated)
        layers = [int(getattr(config, stack)) for stack in LAYERS if getattr(config, stack, None) is not None]
    except Exception as error:  # each class checks its values in its own way
        raise ModelDamaged(name=name, file=files.CONFIG) from error
    if not layers or not all(0 < count <= tensors for count in layers):  # a layer without any weights
        raise ModelDamaged(name=name, file=files.CONFIG)
    return config


def _auto(kind: Kind) -> Any:
    import transformers

    names = {"masked": "MaskedLM", "causal": "CausalLM", "seq2seq": "Seq2SeqLM"}
    return getattr(transformers, f"AutoModelFor{names[kind]}")


def _parameters(kind: Kind, config: Any) -> int:
    """Return how many parameters a model of this configuration has, without taking memory for them."""
    import torch

    with torch.device("meta"):
        return int(_auto(kind).from_config(config, dtype=torch.float32).num_parameters())


def _model(name: str, folder: Path, kind: Kind, config: Any) -> Any:
    """Return the library's model with the weights of the folder. Raises ModelDamaged if they are not those of the config."""
    import torch

    from core.attention import IMPLEMENTATION

    try:
        model, report = _auto(kind).from_pretrained(
            folder,
            config=config,
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            dtype=torch.float32,
            attn_implementation=IMPLEMENTATION,
            output_loading_info=True,
        )
    except RuntimeError as error:  # a tensor of another shape
        raise ModelDamaged(name=name, file=files.WEIGHTS) from error
    if report["missing_keys"]:  # the library fills them with random numbers
        raise ModelDamaged(name=name, file=files.WEIGHTS)
    return model.eval()


def _tokenizer(name: str, folder: Path, config: Any) -> Any:
    """Return the library's tokenizer. Raises UnsupportedModel if it needs a package that is not here; ModelDamaged."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, config=config, trust_remote_code=False, local_files_only=True)
    except ImportError as error:
        raise UnsupportedModel(name=name, kind=f"tokenizer, {error.name or 'import'}") from error
    except Exception as error:  # `tokenizers` raises Exception itself
        raise ModelDamaged(name=name, file=files.TOKENIZER) from error


def _wrapped(kind: Kind, model: Any, tokenizer: Any, card: Card) -> "LanguageModel":
    from core.causal import CausalLM
    from core.masked import MaskedLM
    from core.seq2seq import Seq2SeqLM

    wrapper = {"masked": MaskedLM, "causal": CausalLM, "seq2seq": Seq2SeqLM}[kind]
    return wrapper(model, tokenizer, card)


def _card(name: str, folder: Path, kind: Kind, model: Any) -> Card:
    """Return what a folder without a card tells of a model."""
    config, licence = model.config, files.licence(folder)
    origin = f"https://huggingface.co/{name}" if catalogue.is_hub_id(name) else name
    found = [*files.weights(name, folder), folder / files.CONFIG]
    return Card(
        name=name,
        kind=kind,
        parameters=model.num_parameters(),
        layers=config.num_hidden_layers,
        heads=getattr(config, "num_attention_heads", 0),
        hidden=config.hidden_size,
        vocabulary=config.vocab_size,
        context=getattr(config, "max_position_embeddings", None) or 0,
        licence=licence,
        sources=(Source(name, licence, origin),),
        files={file.name: File(file.stat().st_size) for file in found},
        title={"ja": name, "en": name},
    )
