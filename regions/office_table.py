"""The table of offices as one value: what it says, what is wrong with it, what changes it.

Head office edits it office by office or by a file; both make a new `Table` from the one
that holds, so that one set of rules judges both (`faults`), and one list of differences
is shown, audited and written (`changes`). Nothing here writes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, field

from regions.models import KanwilProvince, Office, OfficeArea, OfficeException

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,29}")
KANWIL = Office.Kind.KANWIL.value
#: What kind of office stands above each.
ABOVE = {Office.Kind.KC.value: KANWIL, Office.Kind.KCP.value: Office.Kind.KC.value}
FIELDS = ("name", "kind", "parent", "city", "address", "phone", "is_open")


@dataclass
class Row:
    """One office; `parent` is the code of the office above, empty for a Kanwil."""

    name: str
    kind: str
    parent: str = ""
    city: str = ""
    address: str = ""
    phone: str = ""
    is_open: bool = True


@dataclass
class Serves:
    """How an office serves a regency (`OfficeArea`)."""

    is_default: bool
    is_configured: bool

    def __str__(self) -> str:
        word = "default" if self.is_default else "serves"
        return word if self.is_configured else f"{word}_unset"


@dataclass
class Table:
    """Every office with its areas, all by code."""

    offices: dict[str, Row] = field(default_factory=dict)
    #: Province: its Kanwil.
    provinces: dict[str, str] = field(default_factory=dict)
    #: Office and regency: how it serves.
    areas: dict[tuple[str, str], Serves] = field(default_factory=dict)
    #: District or village: the office that takes it.
    exceptions: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Table:
        return deepcopy(self)

    def default_of(self, regency: str) -> str:
        """Return the code of a regency's default office; empty where it has none."""
        found = (o for (o, r), how in self.areas.items() if r == regency and how.is_default)
        return next(found, "")

    def serving(self, regency: str) -> list[str]:
        """List the offices that serve a regency, closed ones too."""
        return [office for office, served in self.areas if served == regency]

    @property
    def fingerprint(self) -> str:
        """What tells two tables apart."""
        told = {
            "offices": {code: asdict(row) for code, row in self.offices.items()},
            "provinces": self.provinces,
            "areas": {f"{o}/{r}": str(how) for (o, r), how in self.areas.items()},
            "exceptions": self.exceptions,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def current_table() -> Table:
    """Read the table as it stands, in four queries."""
    offices = Office.objects.select_related("parent").order_by("code")
    provinces = KanwilProvince.objects.values_list("province", "office__code")
    areas = OfficeArea.objects.values_list("office__code", "regency", "is_default", "is_configured")
    exceptions = OfficeException.objects.values_list("area", "office__code")
    return Table(
        offices={
            o.code: Row(
                name=o.name,
                kind=o.kind,
                parent=o.parent.code if o.parent else "",
                city=o.city,
                address=o.address,
                phone=o.phone,
                is_open=o.is_open,
            )
            for o in offices
        },
        provinces=dict(provinces),
        areas={(office, regency): Serves(*how) for office, regency, *how in areas},
        exceptions=dict(exceptions),
    )


# --- differences -------------------------------------------------------------------
@dataclass(frozen=True)
class Change:
    """One thing about one office that becomes another: a field, or an area it has.

    `what` is the name of a field, or `province`, `regency` or `exception`, then `area`
    is its code. An empty value says that it was not, or will not be.
    """

    office: str
    what: str
    area: str
    before: str
    after: str

    @property
    def key(self) -> str:
        return f"{self.what} {self.area}".strip()


Facts = dict[tuple[str, str], str]


def facts(table: Table) -> dict[str, Facts]:
    """Tell by office what the table says about it, one fact a key."""
    told: dict[str, Facts] = {}
    for code, row in table.offices.items():
        values = asdict(row)
        told[code] = {(name, ""): _text(values[name]) for name in FIELDS if values[name] != ""}
    for province, office in table.provinces.items():
        told[office]["province", province] = "yes"
    for (office, regency), how in table.areas.items():
        told[office]["regency", regency] = str(how)
    for area, office in table.exceptions.items():
        told[office]["exception", area] = "yes"
    return told


def changes(old: Table, new: Table) -> list[Change]:
    """List what differs, office by office, its fields before its areas."""
    before, after = facts(old), facts(new)
    return [
        Change(code, *key, before.get(code, {}).get(key, ""), after.get(code, {}).get(key, ""))
        for code in sorted({*before, *after})
        for key in sorted({*before.get(code, {}), *after.get(code, {})}, key=_place)
        if before.get(code, {}).get(key) != after.get(code, {}).get(key)
    ]


def _place(key: tuple[str, str]) -> tuple[int, str, str]:
    what, area = key
    return (FIELDS.index(what) if what in FIELDS else len(FIELDS), what, area)


def _text(value: str | bool) -> str:  # noqa: FBT001
    return value if isinstance(value, str) else "yes" if value else "no"


# --- rules -------------------------------------------------------------------------
@dataclass(frozen=True)
class Fault:
    """A rule that a table breaks (`regions.office_words` says it in words)."""

    office: str
    rule: str
    area: str = ""


def faults(old: Table, new: Table) -> list[Fault]:
    """List the rules that the new table breaks and the old one did not.

    What the old one breaks already is nobody's fault now, and must not stop a change
    of something else.
    """
    known = set(_faults(old))
    found = [fault for fault in _faults(new) if fault not in known]
    lost = sorted(set(old.provinces) - set(new.provinces))
    found += [Fault(old.provinces[code], "province_without_kanwil", code) for code in lost]
    served = {regency for _office, regency in new.areas}
    gone = sorted({regency for _office, regency in old.areas} - served)
    found += [Fault("", "regency_without_office", code) for code in gone]
    for code, row in old.offices.items():
        now = new.offices[code].kind
        if now != row.kind and KANWIL in (now, row.kind):
            found.append(Fault(code, "kind_stays"))
    return found


def _faults(table: Table) -> Iterator[Fault]:
    yield from _office_faults(table)
    yield from _area_faults(table)
    defaults = Counter(regency for (_o, regency), how in table.areas.items() if how.is_default)
    for regency in sorted({regency for _office, regency in table.areas}):
        if defaults[regency] != 1:
            rule = "two_defaults" if defaults[regency] else "no_default"
            yield Fault("", rule, regency)


def _area_faults(table: Table) -> Iterator[Fault]:
    for province, office in table.provinces.items():
        if table.offices[office].kind != KANWIL:
            yield Fault(office, "province_of_a_branch", province)
    for (office, regency), how in table.areas.items():
        if table.offices[office].kind == KANWIL:
            yield Fault(office, "regency_of_a_kanwil", regency)
        elif how.is_default and not table.offices[office].is_open:
            yield Fault(office, "closed_default", regency)
    for area, office in table.exceptions.items():
        if table.offices[office].kind == KANWIL:
            yield Fault(office, "exception_of_a_kanwil", area)
        elif not table.offices[office].is_open:
            yield Fault(office, "closed_exception", area)


def _office_faults(table: Table) -> Iterator[Fault]:
    overseeing = set(table.provinces.values())
    has_open_branch = {row.parent for row in table.offices.values() if row.is_open}
    for code, row in table.offices.items():
        parent = table.offices.get(row.parent)
        if not row.name or not row.city:
            yield Fault(code, "name_or_city_missing")
        if row.kind == KANWIL and row.parent:
            yield Fault(code, "kanwil_below_an_office")
        elif row.kind != KANWIL and (parent is None or parent.kind != ABOVE[row.kind]):
            yield Fault(code, f"{row.kind}_in_the_wrong_place")
        if not row.is_open and code in has_open_branch:
            yield Fault(code, "closed_above_an_open_one")
        if not row.is_open and code in overseeing:
            yield Fault(code, "closed_kanwil_with_provinces")
