"""The search of villages by name, on plain indexes of both engines.

A question is tried the way people write an address: the village first, then the
places in which it lies ("lorok palembang"); if that finds nothing, the places first;
if that finds nothing either, as a part of a name. A comma says where the village ends.
The tries end with the first that finds something, and with a full list.
"""

from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr

from regions.fields import begins_with
from regions.models import Area, VillageName
from regions.naming import AREA_KINDS, OTHER_VILLAGE_KINDS, VILLAGE_KINDS, numbered, plain

SHORTEST = 2
# Parts of names are looked for in every name, so only for what may be one.
SHORTEST_PART = 4
MOST_PART_WORDS = 2
LONGEST = 100
MOST_WORDS = 8


def search_villages(
    *, text: str, limit: int = 12, province_codes: Collection[str] | None = None
) -> list[Area]:
    """Return villages for what someone typed, the best first; [] for under two letters.

    Names that begin with the text come before names with a later word that does, and
    those before the villages of a district of that name. Further words narrow by
    district, regency or province, also by short forms ("sumsel"). Case, punctuation,
    spaces, number words, Roman numerals and words like "Desa" or "Kel." do not matter.
    A full list may be cut: ask for one more to know.
    """
    words = _words(text)
    found = _Found(limit, province_codes)
    village, comma, places = text.partition(",")
    if comma and _words(village):
        for name, place in zip(_forms(_words(village)), _forms(_words(places)), strict=False):
            _add_villages(name, place, found)
    for attempt in (_village_first, _places_first, _part_of_a_name):
        if not found.codes:
            attempt(words, found)
    if not found.codes and words and words[0] in OTHER_VILLAGE_KINDS:
        _village_first(words[1:], found)
    areas = Area.objects.in_bulk(found.codes)
    return [areas[code] for code in found.codes]


def _words(text: str) -> list[str]:
    words = plain(text[:LONGEST]).split()[:MOST_WORDS]
    while len(words) > 1 and words[0] in VILLAGE_KINDS:
        words = words[1:]
    return [word for word in words if word not in AREA_KINDS] or words


class _Found:
    """The codes found so far, each once, up to the limit."""

    def __init__(self, limit: int, province_codes: Collection[str] | None) -> None:
        self.limit = limit
        self.provinces = province_codes
        self.codes: list[str] = []

    @property
    def is_full(self) -> bool:
        return len(self.codes) >= self.limit

    def add(self, rows: QuerySet[VillageName] | QuerySet[Area], code: str) -> None:
        if self.is_full:
            return
        if self.provinces is not None:
            rows = rows.alias(province=Substr(code, 1, 2)).filter(province__in=self.provinces)
        # A village answers by several keys, so more rows are read than are wanted.
        for value in rows.values_list(code, flat=True)[: 3 * self.limit]:
            if value not in self.codes and not self.is_full:
                self.codes.append(value)


def _forms(words: Sequence[str]) -> list[list[str]]:
    """Return the words as written, and with numbers as digits where that differs."""
    as_written = " ".join(words)
    return [form.split() for form in dict.fromkeys([as_written, numbered(as_written)])]


def _village_first(words: Sequence[str], found: _Found) -> None:
    forms = _forms(words)
    for taken in range(len(words), 0, -1):
        for form in forms:
            if taken <= len(form):
                _add_villages(form[:taken], form[taken:], found)
        if found.codes:
            break
    for form in forms:
        _add_districts(form, found)


def _places_first(words: Sequence[str], found: _Found) -> None:
    for taken in range(len(words) - 1, 0, -1):
        for form in _forms(words):
            if taken < len(form):
                _add_villages(form[-taken:], form[:-taken], found)
        if found.codes:
            break


def _part_of_a_name(words: Sequence[str], found: _Found) -> None:
    part = "".join(words)
    if len(part) >= SHORTEST_PART and len(words) <= MOST_PART_WORDS:
        rows = VillageName.objects.filter(rank=VillageName.Rank.WHOLE, key__contains=part)
        found.add(rows.order_by("key", "village"), "village_id")


def _add_villages(name: Sequence[str], places: Sequence[str], found: _Found) -> None:
    """Add the villages whose name begins, or has a word that begins, with `name`."""
    key = "".join(name)
    if len(key) < SHORTEST:
        return
    for rank in VillageName.Rank.values:
        rows = VillageName.objects.filter(
            begins_with("key", key), _narrow("district__search_words", places), rank=rank
        )
        found.add(rows.order_by("rank", "key", "village"), "village_id")


def _add_districts(words: Sequence[str], found: _Found) -> None:
    """Add the villages of districts whose own name begins with the question."""
    if found.is_full or len("".join(words)) < SHORTEST:
        return
    districts = Area.objects.filter(
        begins_with("search_name", words[0]),
        _narrow("search_words", words),
        level=Area.Level.DISTRICT,
    )
    # Their codes first: SQLite would read all villages for the sake of a subquery.
    codes = list(districts.values_list("code", flat=True)[: found.limit])
    if codes:
        villages = Area.objects.filter(parent__in=codes)
        found.add(villages.order_by("parent_id", "search_name", "code"), "code")


def _narrow(field: str, places: Sequence[str]) -> Q:
    """The condition that each of these words, or all joined, begins a word of an area."""
    if not places:
        return Q()
    every_word = Q()
    for word in places:
        every_word &= Q(**{f"{field}__contains": f" {word}"})
    return every_word | Q(**{f"{field}__contains": f" {''.join(places)}"})
