"""Codes that are read aloud and typed, and secrets that are only stored as a hash.

The alphabet has neither vowels, which make words, nor characters that look like another: 0 O Q D, 1 I L, 2 Z, 5 S, 6 G,
8 B, U V W. Six of its 16 characters are 16 million codes.
"""

import hashlib
import hmac
import secrets
import unicodedata

from core.errors import UnknownBrowser

ALPHABET = "CFHJKMNPRTXY3479"
CODE_LENGTH = 6
KEY_LENGTH = 16
KEY_GROUP = 4
SHORTEST_TOKEN = 16
LONGEST_TOKEN = 200
LONGEST_INPUT = 100


def new_code() -> str:
    """Return a code at random."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def new_key() -> str:
    """Return a teacher's key at random, in groups as it is shown: 64 bits."""
    key = "".join(secrets.choice(ALPHABET) for _ in range(KEY_LENGTH))
    return "-".join(key[start : start + KEY_GROUP] for start in range(0, KEY_LENGTH, KEY_GROUP))


def shown(code: str) -> str:
    """Return a code as it is shown: "CFH-JKM"."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


def read(typed: str) -> str | None:
    """Return the code that somebody typed, None if it cannot be one. Case, full width, spaces and hyphens do not count."""
    code = _letters(typed)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None


def read_key(typed: str) -> str:
    """Return the secret of a key that somebody typed, to be compared."""
    return hash_secret(_letters(typed))


def _letters(typed: str) -> str:
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_INPUT]).upper()
    return "".join(character for character in plain if character.isalnum() and character != "ー")


def hash_token(token: str) -> str:
    """Return what is stored of a learner's token. Raises UnknownBrowser if it is too short to be a secret."""
    if not SHORTEST_TOKEN <= len(token) <= LONGEST_TOKEN:
        raise UnknownBrowser()
    return hash_secret(token)


def hash_secret(secret: str) -> str:
    """Return SHA-256 in hexadecimal. The secrets are random and live for a day, so it needs neither salt nor time."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same_secret(stored: str, given: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(stored, given)
