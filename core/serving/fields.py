"""The fields of a JSON object, read one by one: each is None where it is missing or null, and an error names it."""

from collections.abc import Mapping
from typing import Any

from core.serving.errors import InvalidType, InvalidValue, MissingParameter, TooLarge, TooSmall

Json = Mapping[str, Any]


class Fields:
    """`place`: how the object is named in errors, "" for the body itself."""

    def __init__(self, values: object, place: str = "") -> None:
        if not isinstance(values, dict):
            raise InvalidType(place, name=place, expected="an object")
        self.values: Json = values
        self.place = place

    def name(self, field: str) -> str:
        """Return the whole name of a field: stream_options.include_usage."""
        return f"{self.place}.{field}" if self.place else field

    def given(self) -> list[str]:
        """Return the names of the fields that are there and not null."""
        return [field for field, value in self.values.items() if value is not None]

    def required(self, field: str) -> Any:
        """Return the value. Raises MissingParameter."""
        value = self.values.get(field)
        if value is None:
            raise MissingParameter(self.name(field), name=self.name(field))
        return value

    def boolean(self, field: str) -> bool | None:
        """Raises InvalidType."""
        value = self.values.get(field)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong_type(field, "a boolean")

    def text(self, field: str) -> str | None:
        """Raises InvalidType."""
        value = self.values.get(field)
        if value is None or isinstance(value, str):
            return value
        raise self.wrong_type(field, "a string")

    def integer(self, field: str, least: int, most: int) -> int | None:
        """Raises InvalidType, TooSmall or TooLarge."""
        value = self.values.get(field)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong_type(field, "an integer")
        self._check_range(field, value, least, most)
        return value

    def number(self, field: str, least: float, most: float) -> float | None:
        """Raises InvalidType, TooSmall or TooLarge."""
        value = self.values.get(field)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong_type(field, "a number")
        self._check_range(field, value, least, most)
        return float(value)

    def wrong_type(self, field: str, expected: str) -> InvalidType:
        """Return the error for a value of another type."""
        return InvalidType(self.name(field), name=self.name(field), expected=expected)

    def wrong_value(self, field: str, expected: str) -> InvalidValue:
        """Return the error for a value that is none of those expected."""
        return InvalidValue(self.name(field), name=self.name(field), expected=expected)

    def _check_range(self, field: str, value: float, least: float, most: float) -> None:
        if value < least:
            raise TooSmall(self.name(field), least)
        if value > most:
            raise TooLarge(self.name(field), most)
