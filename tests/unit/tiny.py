"""Tiny random models of stock architectures.

The weights are drawn wide (STD), so that attention is far from uniform and a wrong edge shows; those of the vocabulary
are not, so that no word is certain.
"""

import copy
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BartConfig,
    BertConfig,
    GPT2Config,
    M2M100Config,
    MarianConfig,
    ModernBertConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)
from transformers.models.bert_japanese.tokenization_bert_japanese import BertJapaneseTokenizer

from core.attention import IMPLEMENTATION
from core.catalogue import Card
from core.language_model import LanguageModel
from core.training import tokenizer as unigram

STD = 0.4
LAYERS, HEADS, WIDTH, CONTEXT = 3, 4, 32, 64
WORDS = "鳥 小鳥 赤ちゃん が は 鳴く 泣く 鳴 く 雨 激しく 激 し 降る 降 る 吠える 犬 。 猫 大 好き で す a b ガ".split()


def unigram_tokenizer(folder: Path, *, causal: bool) -> Any:
    """Return the tokenizer that the training makes, with a few words."""
    pieces = [("▁", -4.0), *((word, -3.0 - 0.1 * index + len(word)) for index, word in enumerate(WORDS))]
    unigram.save(unigram.assemble(pieces), folder, "causal" if causal else "masked")
    return AutoTokenizer.from_pretrained(folder)


def byte_tokenizer() -> Any:
    """Return a byte-level BPE without special tokens around a text, as GPT-2 has."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        special_tokens=["<end>"],
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
        for parameter in (parameter for parameter in model.parameters() if parameter.requires_grad):
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
        vocab_size=vocabulary,
        n_embd=WIDTH,
        n_layer=LAYERS,
        n_head=HEADS,
        n_positions=CONTEXT,
        bos_token_id=0,
        eos_token_id=0,
    )
    return build(AutoModelForCausalLM, config)


LETTERS = "とりがなくあかちん鳥が鳴泣赤。"


def seq2seq_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of letters that the training makes."""
    unigram.save(unigram.assemble([(letter, -3.0) for letter in dict.fromkeys("▁" + LETTERS)]), folder, "seq2seq")
    return AutoTokenizer.from_pretrained(folder)


def encoder_decoder(kind: Any, vocabulary: int, **more: Any) -> Any:
    config = kind(
        vocab_size=vocabulary,
        d_model=WIDTH,
        encoder_layers=LAYERS,
        decoder_layers=LAYERS,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS,
        encoder_ffn_dim=2 * WIDTH,
        decoder_ffn_dim=2 * WIDTH,
        max_position_embeddings=CONTEXT,
        pad_token_id=0,
        bos_token_id=5,
        eos_token_id=6,
        decoder_start_token_id=5,
        forced_eos_token_id=None,
        **more,
    )
    return build(AutoModelForSeq2SeqLM, config)


SEQ2SEQ = {
    "marian": lambda vocabulary: encoder_decoder(MarianConfig, vocabulary, scale_embedding=True),
    "m2m_100": lambda vocabulary: encoder_decoder(M2M100Config, vocabulary),
    "bart": lambda vocabulary: encoder_decoder(BartConfig, vocabulary),
}


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
