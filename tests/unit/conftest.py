"""Tiny random models of stock architectures, and the embedded ones.

The weights are drawn wide (STD), so that attention is far from uniform and a wrong edge shows; those of the vocabulary
are not, so that no word is certain.
"""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    GPT2Config,
    ModernBertConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)
from transformers.models.bert_japanese.tokenization_bert_japanese import BertJapaneseTokenizer

import core
from core.attention import IMPLEMENTATION
from core.catalogue import Card
from core.causal import CausalLM
from core.language_model import LanguageModel
from core.masked import MaskedLM
from core.training import tokenizer as unigram

torch.set_num_threads(1)  # tiny models only wait for each other on several
settings.register_profile("models", deadline=None)  # the first call of a model is slow
settings.load_profile("models")
STD = 0.4
LAYERS, HEADS, WIDTH, CONTEXT = 3, 4, 32, 64
WORDS = "鳥 小鳥 赤ちゃん が は 鳴く 泣く 鳴 く 雨 激しく 激 し 降る 降 る 吠える 犬 。 猫 大 好き で す a b ガ".split()


def unigram_tokenizer(folder: Path, *, causal: bool) -> Any:
    """Return the tokenizer that the training makes, with a few words."""
    pieces = [("▁", -4.0), *((word, -3.0 - 0.1 * index + len(word)) for index, word in enumerate(WORDS))]
    unigram.save(unigram.assemble(pieces), folder, causal=causal)
    return AutoTokenizer.from_pretrained(folder)


def byte_tokenizer() -> Any:
    """Return a byte-level BPE without special tokens around a text, as GPT-2 has."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, special_tokens=["<end>"]
    )
    tokenizer.train_from_iterator(["鳥が鳴く。", "雨が激しく降る。", "the bird sings the song"] * 3, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")


def japanese_tokenizer(folder: Path) -> Any:
    """Return the slow tokenizer of the Tohoku BERT models: MeCab, WordPiece, no character offsets."""
    folder.mkdir(parents=True, exist_ok=True)
    continued = [f"##{word}" for word in WORDS]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *continued]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    return BertJapaneseTokenizer(
        str(folder / "vocab.txt"), word_tokenizer_type="mecab", mecab_kwargs={"mecab_dic": "unidic_lite"}
    )


def build(auto: Any, config: Any, seed: int = 0) -> Any:
    """Return a model with random weights that uses our attention function."""
    torch.manual_seed(seed)
    model = auto.from_config(config, attn_implementation=IMPLEMENTATION).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * STD / 4)
            else:
                parameter.normal_(0, STD / 4 if len(parameter) == config.vocab_size else STD)
    return model


def eager(model: LanguageModel) -> Any:
    """Return a copy of the model inside with the library's own attention."""
    reference = copy.deepcopy(model.model)
    reference.set_attn_implementation("eager")
    return reference


def modern_bert(vocabulary: int) -> Any:
    config = ModernBertConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT,
        layer_types=["full_attention"] * LAYERS,
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
    )
    return build(AutoModelForMaskedLM, config)


def bert(vocabulary: int) -> Any:
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT,
    )
    return build(AutoModelForMaskedLM, config)


def qwen3(vocabulary: int) -> Any:
    """Grouped-query attention: two query heads share a key head."""
    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS // 2,
        head_dim=WIDTH // HEADS,
        max_position_embeddings=CONTEXT,
        pad_token_id=0,
        bos_token_id=5,
        eos_token_id=6,
    )
    return build(AutoModelForCausalLM, config)


def gpt2(vocabulary: int) -> Any:
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, n_positions=CONTEXT, bos_token_id=0, eos_token_id=0
    )
    return build(AutoModelForCausalLM, config)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two loadable models, `encoder` and `decoder`, in the ordinary Hugging Face format."""
    root = tmp_path_factory.mktemp("models")
    for name, causal, shape in (("encoder", False, modern_bert), ("decoder", True, qwen3)):
        tokenizer = unigram_tokenizer(root / name, causal=causal)
        shape(len(tokenizer)).save_pretrained(root / name)
    return root


def card(kind: str, model: Any) -> Card:
    return Card(
        name="tiny",
        kind=kind,
        parameters=model.num_parameters(),
        layers=LAYERS,
        heads=HEADS,
        hidden=WIDTH,
        vocabulary=model.config.vocab_size,
        context=CONTEXT,
    )


@pytest.fixture(scope="session")
def masked(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """ModernBERT with the unigram tokenizer: the shape of the embedded encoder."""
    tokenizer = unigram_tokenizer(tmp_path_factory.mktemp("masked"), causal=False)
    model = modern_bert(len(tokenizer))
    return MaskedLM(model, tokenizer, card("masked", model))


@pytest.fixture(scope="session")
def japanese(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """BERT with the slow Japanese tokenizer."""
    tokenizer = japanese_tokenizer(tmp_path_factory.mktemp("japanese"))
    model = bert(len(tokenizer))
    return MaskedLM(model, tokenizer, card("masked", model))


@pytest.fixture(scope="session")
def causal(tmp_path_factory: pytest.TempPathFactory) -> CausalLM:
    """Qwen3 with the unigram tokenizer: the shape of the embedded decoder, with grouped-query attention."""
    tokenizer = unigram_tokenizer(tmp_path_factory.mktemp("causal"), causal=True)
    model = qwen3(len(tokenizer))
    return CausalLM(model, tokenizer, card("causal", model))


@pytest.fixture(scope="session")
def bytewise() -> CausalLM:
    """GPT-2 with byte-level BPE: a Japanese character is several pieces, and nothing stands in front of a text."""
    tokenizer = byte_tokenizer()
    model = gpt2(len(tokenizer))
    return CausalLM(model, tokenizer, card("causal", model))


@pytest.fixture(scope="session", params=["masked", "japanese", "causal", "bytewise"])
def model(request: pytest.FixtureRequest) -> LanguageModel:
    """Each of the tiny models in turn."""
    found: LanguageModel = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session", params=["masked", "japanese"])
def masked_model(request: pytest.FixtureRequest) -> MaskedLM:
    found: MaskedLM = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session", params=["causal", "bytewise"])
def causal_model(request: pytest.FixtureRequest) -> CausalLM:
    found: CausalLM = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def encoder() -> MaskedLM:
    """The embedded encoder: a test that asks for it fails where it is missing."""
    found: MaskedLM = core.load("encoder")
    return found


@pytest.fixture(scope="session")
def decoder() -> CausalLM:
    """The embedded decoder: a test that asks for it fails where it is missing."""
    found: CausalLM = core.load("decoder")
    return found
