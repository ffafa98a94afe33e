"""What a village picker shows: a search by name, and the lists from province down.

The same parts stand in a form (`regions.forms`), in the fragments that htmx fetches
and in the plain pages (`regions.views`). Several pickers share a page, so every name
in a picker begins with the name of its field:

* `<field>`: the radio buttons, whose value is the village's code,
* `<field>_teks`: what was typed,
* `<field>_wilayah`: the chosen province, regency and district, in this order,
* `<field>_cari_desa`: the buttons that search or open the next list.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from regions import selectors
from regions.models import Area

TEXT = "_teks"
AREA = "_wilayah"
SEARCH = "_cari_desa"
SHOWN = 12
LONGEST = 100
LIST_DIGITS = (2, 4, 6)

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")


@dataclass(frozen=True)
class Results:
    """The villages to choose from, under the one that is chosen already."""

    text: str = ""
    chosen: Area | None = None
    villages: Sequence[Area] = ()
    # Something was looked for, and there is no such village.
    is_empty: bool = False
    has_more: bool = False

    @property
    def only_one(self) -> bool:
        """Whether the search found one village and none is chosen: it is offered ticked."""
        return self.chosen is None and len(self.villages) == 1


@dataclass(frozen=True)
class AreaList:
    """One list of the cascade: the areas of a level and the chosen one's code."""

    level: str
    areas: Sequence[Area]
    chosen: str = ""


@dataclass(frozen=True)
class Cascade:
    """The lists from province down to the villages of the chosen district."""

    lists: Sequence[AreaList] = ()
    villages: Sequence[Area] = ()


def field_name(text: str) -> str:
    """Return the name of a picker's field as sent by a browser, or "village" for rubbish."""
    return text if _FIELD_NAME.fullmatch(text) else "village"


def find(text: str, *, code: str = "") -> Results:
    """Look for villages by name; `code` is the village chosen already, if any."""
    text = " ".join(text[:LONGEST].split())
    chosen = selectors.find_village(code)
    villages = selectors.search_villages(text=text, limit=SHOWN + 1) if text else []
    shown = [area for area in villages if area != chosen][:SHOWN]
    return Results(
        text=text,
        chosen=chosen,
        villages=shown,
        is_empty=bool(text) and not villages,
        has_more=len(villages) > SHOWN,
    )


def keep(text: str, *, code: str) -> Results:
    """Show the chosen village without looking for others."""
    return Results(text=text[:LONGEST], chosen=selectors.find_village(code))


def deepest(codes: Iterable[str]) -> str:
    """Return the last of these codes that lies in the ones before it.

    Someone who changes the province sends the old regency along: it counts no more.
    """
    path = ""
    for code in codes:
        if not re.fullmatch(r"[0-9]{2,6}", code) or len(code) not in LIST_DIGITS:
            break
        if not code.startswith(path) or len(code) <= len(path):
            break
        path = code
    return path


def cascade(code: str) -> Cascade:
    """Build the lists down to and below a province, regency or district; "" has provinces only."""
    path = [code[:digits] for digits in LIST_DIGITS if digits <= len(code)]
    lists = []
    for above, level, chosen in zip(["", *path], selectors.LIST_LEVELS, [*path, ""], strict=False):
        areas = selectors.children_of(above)
        lists.append(AreaList(level=str(level.label), areas=areas, chosen=chosen))
    villages = selectors.children_of(code) if len(code) == LIST_DIGITS[-1] else []
    return Cascade(lists=lists, villages=villages)


def values(data: Any, name: str) -> list[str]:
    """Return every value of a name from a QueryDict or a plain mapping."""
    if hasattr(data, "getlist"):
        return [str(value) for value in data.getlist(name)]
    value = data.get(name, [])
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]
