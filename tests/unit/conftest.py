"""Models for the tests: tiny random ones, and the embedded ones; databases for a class."""

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
import torch
from hypothesis import settings
from tiny import (
    SEQ2SEQ,
    bert,
    byte_tokenizer,
    card,
    gpt2,
    japanese_tokenizer,
    modern_bert,
    qwen3,
    seq2seq_tokenizer,
    unigram_tokenizer,
)

import core
from core.causal import CausalLM
from core.language_model import LanguageModel
from core.masked import MaskedLM

torch.set_num_threads(1)  # tiny models only wait for each other on several
settings.register_profile("models", deadline=None)  # the first call of a model is slow
settings.load_profile("models")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three loadable models, `encoder`, `decoder`, `seq2seq`, in the ordinary Hugging Face format."""
    root = tmp_path_factory.mktemp("models")
    for name, causal, shape in (("encoder", False, modern_bert), ("decoder", True, qwen3)):
        tokenizer = unigram_tokenizer(root / name, causal=causal)
        shape(len(tokenizer)).save_pretrained(root / name)
    SEQ2SEQ["marian"](len(seq2seq_tokenizer(root / "seq2seq"))).save_pretrained(root / "seq2seq")
    return root


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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A running PostgreSQL."""
    try:
        with postgres.server() as server:
            yield server
    except FileNotFoundError:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/class.sqlite3"
    else:
        server: postgres.Server = request.getfixturevalue("postgres_server")
        with server.database() as url:
            yield url
