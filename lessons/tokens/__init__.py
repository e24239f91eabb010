"""Tokens: where a text is cut, why there, and what becomes of the pieces. Everything here works before torch is there."""
