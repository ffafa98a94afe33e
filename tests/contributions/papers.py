"""What tests of papers read: everything a paper says, as one text."""

from collections.abc import Mapping
from typing import Any

#: Drawings are no words.
DRAWN = {"qr"}


def words(data: Any) -> str:
    """Join all texts of a paper's data, in order."""
    if isinstance(data, str):
        return data
    if isinstance(data, Mapping):
        return "\n".join(words(value) for key, value in data.items() if key not in DRAWN)
    if isinstance(data, (list, tuple)):
        return "\n".join(words(value) for value in data)
    return ""
