"""Hiragana as katakana and back: the same letters in two forms, 0x60 apart in Unicode (ぁ to ゖ, ァ to ヶ)."""

HIRAGANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
KATAKANA = {hiragana: katakana for katakana, hiragana in HIRAGANA.items()}


def hiragana(text: str) -> str:
    """Return the katakana of a text as hiragana, the rest as it is."""
    return text.translate(HIRAGANA)


def katakana(text: str) -> str:
    """Return the hiragana of a text as katakana, the rest as it is."""
    return text.translate(KATAKANA)
