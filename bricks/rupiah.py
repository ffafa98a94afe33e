"""Whole rupiah: the only module that writes, reads and splits amounts of money."""

import re

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class NotRupiah(ValueError):
    """The text is not an amount in whole rupiah, written the Indonesian way."""


def format_number(number: int) -> str:
    """Write a whole number the Indonesian way: 1234567 is `1.234.567`."""
    return f"{number:,}".replace(",", ".")


def format_rupiah(amount: int) -> str:
    """Write an amount as people read it: 16800 is `Rp 16.800` (with a no-break space)."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{NO_BREAK_SPACE}{format_number(abs(amount))}"


def parse_rupiah(text: str) -> int:
    """Read `16.800`, `Rp 16.800`, `16800` or `16.800,00` as whole rupiah.

    Raises NotRupiah for anything else: an English `16,800` would otherwise be
    taken for seventeen rupiah.
    """
    bare = re.sub(r"^\s*(rp|idr)?[.\s]*", "", text.strip(), flags=re.IGNORECASE)
    bare = re.sub(r",(00|-)$", "", bare.strip())
    if not re.fullmatch(r"\d{1,15}|\d{1,3}(\.\d{3}){1,4}", bare):
        raise NotRupiah(text)
    return int(bare.replace(".", ""))


def split(total: int, parts: int) -> list[int]:
    """Split `total` rupiah into `parts` shares that differ by at most one and sum to it."""
    if parts < 1:
        raise ValueError("an amount is split into at least one part")
    share, rest = divmod(total, parts)
    return [share + 1] * rest + [share] * (parts - rest)
