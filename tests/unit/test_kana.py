"""Two forms of the same letters."""

from hypothesis import given
from hypothesis import strategies as st

from core.kana import hiragana, katakana


def test_every_letter_of_the_two_rows() -> None:
    assert katakana("ぁあゃんゔゕゖっ") == "ァアャンヴヵヶッ"
    assert hiragana("ァアャンヴヵヶッ") == "ぁあゃんゔゕゖっ"
    assert katakana("鳥がナク、ー") == "鳥ガナク、ー"
    assert hiragana("ー・") == "ー・"


@given(st.text())
def test_back_and_forth(text: str) -> None:
    assert hiragana(katakana(hiragana(text))) == hiragana(text)
    assert len(katakana(text)) == len(text)
