"""Larger models for those who want them: of the Hugging Face hub, and of Python packages. Nothing of them is here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FLOAT32_BYTES = 4


@dataclass(frozen=True)
class HubModel:
    """A larger model that `core.load` takes by its name: of the Hugging Face hub, or of EXTRA_MODELS.

    `parameters`: counted once where two layers share them. `bytes`: what is fetched, rounded, as the hub's list of its
    files says. `languages`: ISO 639 codes, "mul" for many. `why`: one sentence in each language on when to choose it.
    """

    name: str
    kind: Literal["masked", "causal", "seq2seq"]
    parameters: int
    bytes: int
    licence: str
    languages: tuple[str, ...]
    why: Mapping[str, str]

    @property
    def memory(self) -> int:
        """The bytes of memory that its weights take when it runs."""
        return self.parameters * FLOAT32_BYTES


# Safetensors, a stock architecture and a tokenizer.json: what core.building takes without further packages.
HUB_MODELS = (
    HubModel(
        "sbintuitions/modernbert-ja-30m",
        "masked",
        parameters=36_873_728,
        bytes=157_000_000,
        licence="MIT",
        languages=("ja", "en"),
        why={
            "ja": "内蔵の encoder と同じ作りのまま、大きくして多くの文で訓練すると、穴埋めがどれだけ当たるようになるかを見られます。",
            "en": "Built like the embedded encoder, but larger and trained on far more text: see how much better it guesses.",
        },
    ),
    HubModel(
        "google-bert/bert-base-multilingual-cased",
        "masked",
        parameters=177_974_523,
        bytes=717_000_000,
        licence="Apache-2.0",
        languages=("mul",),
        why={
            "ja": "BERT の多言語版(104 の言語)で、ほかの言語の文にも穴をあけて比べられます。",
            "en": "The multilingual BERT (104 languages): make holes in sentences of other languages and compare.",
        },
    ),
    HubModel(
        "HuggingFaceTB/SmolLM2-135M",
        "causal",
        parameters=134_515_008,
        bytes=272_000_000,
        licence="Apache-2.0",
        languages=("en",),
        why={
            "ja": "英語の文の続きを試すのに向いた、小さな decoder です。",
            "en": "A small decoder for trying out how an English text goes on.",
        },
    ),
    HubModel(
        "llm-jp/llm-jp-3-150m",
        "causal",
        parameters=152_000_000,
        bytes=311_000_000,
        licence="Apache-2.0",
        languages=("ja", "en"),
        why={
            "ja": "国立情報学研究所で作られた、日本語と英語の decoder です。日本語の続きを、内蔵の decoder とくらべられます。",
            "en": "A decoder for Japanese and English made at Japan's NII: compare how it and ours continue a Japanese text.",
        },
    ),
    HubModel(
        "Qwen/Qwen3-0.6B-Base",
        "causal",
        parameters=596_049_920,
        bytes=1_203_000_000,
        licence="Apache-2.0",
        languages=("mul",),
        why={
            "ja": "内蔵の decoder と同じ作りのまま、はるかに大きくして 119 の言語で訓練すると、続きがどう変わるかを見られます。",
            "en": "Built like the embedded decoder, but far larger and trained on 119 languages: see how its texts differ.",
        },
    ),
)

# They come as Python packages, for rooms without internet; what to do with those is known to core.extras.
EXTRA_MODELS = (
    HubModel(
        "gemma-3-270m",
        "causal",
        parameters=268_098_176,
        bytes=239_000_000,
        licence="Gemma Terms of Use",
        languages=("mul",),
        why={
            "ja": "Google が作った多言語の decoder です。一度入れておけば、インターネットのない教室でも、内蔵の decoder とくらべられます。",
            "en": "Google's decoder for many languages: installed once, it can be compared with ours in a room without internet.",
        },
    ),
)
