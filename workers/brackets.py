"""The income brackets of PP 44/2015 Lampiran II: which one an income falls into.

Only the lower bounds count, because the printed upper bounds leave gaps. What a
bracket costs is a dated tariff, which a higher floor keeps.
"""

from bisect import bisect_right

#: The lowest monthly income, in rupiah, of brackets 1 to 33.
LOWER_BOUNDS = (
    0,
    *range(1_100_000, 2_700_000, 200_000),
    *range(2_700_000, 8_200_000, 500_000),
    *range(8_200_000, 20_200_001, 1_000_000),
)


def bracket_for(income: int) -> int:
    """Return the bracket, 1 to 33, of a monthly income in whole rupiah."""
    return max(1, bisect_right(LOWER_BOUNDS, income))
