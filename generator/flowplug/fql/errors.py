"""What is wrong with a trigger that cannot be read."""

from __future__ import annotations

from ..errors import Code


class FqlError(ValueError):
    """The trigger cannot be read.

    ``position`` is the index of the character in the trigger, from 0, or None where the trigger as a whole is
    wrong. The text of the error is the message with that place.
    """

    def __init__(self, code: Code, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at character {position + 1})")
        self.code = code
        self.message = message
        self.position = position
