"""A case beside each of its likely twins, and who else pays: for the branch's eyes only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donors.models import Donor
from workers import desk_selectors, duplicate_selectors
from workers.models import Check, DuplicateRuling, Enrollment, Worker

Text = str | Promise

#: From this score on, in words.
WORDS: tuple[tuple[int, Text], ...] = (
    (97, _("Hampir pasti orang yang sama")),
    (90, _("Sangat mirip")),
    (0, _("Mirip")),
)
#: What is compared, in this order.
LABELS: Mapping[str, Text] = {
    "name": _("Nama"),
    "birth_date": _("Tanggal lahir"),
    "sex": _("Jenis kelamin"),
    "village": _("Desa atau kelurahan"),
    "occupation": _("Pekerjaan"),
}
NO_PHONE = _("tidak ada")


@dataclass(frozen=True)
class Compared:
    """One datum of both people."""

    label: Text
    claimed: Any
    other: Any
    name: str

    @property
    def differs(self) -> bool:
        """Whether the two tell it differently."""
        return bool(self.claimed != self.other)


@dataclass(frozen=True)
class TwinCard:
    """One likely twin beside the case."""

    name: str
    title: Text
    likeness: Text
    donor_kind: str
    office: str
    nik_ends: str
    rows: list[Compared]
    ruling: DuplicateRuling | None

    @property
    def is_same(self) -> bool:
        """Whether a branch has found the two to be one person."""
        return self.ruling is not None and self.ruling.verdict == DuplicateRuling.Verdict.SAME


@dataclass(frozen=True)
class Payer:
    """Somebody else who has paid months of the worker."""

    name: str
    kind: str
    covered_from: date
    covered_until: date
    accepted: bool


def twin_cards(case: Enrollment, checks: Mapping[str, Check]) -> list[TwinCard]:
    """Set the case beside those whom its check names; at most four queries."""
    pairs: list[dict[str, Any]] = _detail(checks, "likely_twin").get("pairs", [])
    if not pairs:
        return []
    others = _workers(pairs) | _cases(pairs)
    rulings = duplicate_selectors.rulings_of(case, [row.nik_index for row in others.values()])
    cards = []
    for pair in pairs:
        name = duplicate_selectors.name_of(pair)
        other = others.get(name)
        ruling = rulings.get(other.nik_index) if other else None
        if other and not (ruling and ruling.verdict == DuplicateRuling.Verdict.DIFFERENT):
            cards.append(_card(case, name, other, pair["score"], ruling))
    return cards


def _workers(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Worker | Enrollment]:
    """The workers, each with the case by which he was last approved."""
    keys = [pair["worker"] for pair in pairs if "worker" in pair]
    if not keys:
        return {}
    cases = Enrollment.everything.filter(worker__in=keys, status=Enrollment.Status.APPROVED)
    last = {c.worker_id: c for c in cases.select_related("donor", "office").order_by("decided_at")}
    found = {}
    for worker in Worker.everything.filter(pk__in=keys).select_related("village", "occupation"):
        worker.approval = last.get(worker.pk)  # type: ignore[attr-defined]
        found[f"worker-{worker.pk}"] = worker
    return found  # type: ignore[return-value]


def _cases(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Worker | Enrollment]:
    keys = [pair["case"] for pair in pairs if "case" in pair]
    if not keys:
        return {}
    cases = duplicate_selectors.live_cases().filter(pk__in=keys)
    whole = cases.select_related("order", "donor", "office", "village", "occupation")
    return {f"case-{case.pk}": case for case in whole}


def _card(
    case: Enrollment,
    name: str,
    other: Worker | Enrollment,
    score: int,
    ruling: DuplicateRuling | None,
) -> TwinCard:
    entry = getattr(other, "approval", None) if isinstance(other, Worker) else other
    return TwinCard(
        name=name,
        title=_("Pekerja terdaftar") if isinstance(other, Worker) else other.number,
        likeness=next(word for least, word in WORDS if score >= least),
        donor_kind=entry.donor.get_kind_display() if entry else "",
        office=entry.office.name if entry and entry.office else "",
        nik_ends=other.nik[-4:],
        rows=_rows(case, other),
        ruling=ruling,
    )


def _rows(case: Enrollment, other: Worker | Enrollment) -> list[Compared]:
    mine, theirs = _told(case), _told(other)
    rows = [Compared(label, mine[name], theirs[name], name) for name, label in LABELS.items()]
    return [*rows, Compared(_("Nomor HP"), *_phones(case, other), "phone")]


def _told(row: Enrollment | Worker) -> dict[str, Any]:
    place = f"{row.village.name}, {desk_selectors.place_of(row)}" if row.village else ""
    return {
        "name": row.name,
        "birth_date": row.birth_date,
        "sex": row.get_sex_display(),
        "village": place,
        "occupation": row.occupation,
    }


def _phones(case: Enrollment, other: Worker | Enrollment) -> tuple[Text, Text]:
    """Say whether two people have one phone, without showing it."""
    mine, theirs = case.phone_index, other.phone_index
    if not theirs:
        return (_("ada") if mine else NO_PHONE), NO_PHONE
    if not mine:
        return NO_PHONE, _("ada")
    return (_("ada"), _("ada, sama")) if mine == theirs else (_("ada"), _("ada, berbeda"))


def other_payers(checks: Mapping[str, Check]) -> list[Payer]:
    """Who else has paid for the worker, and for which days, as the check found it. One
    query where there is anybody."""
    spans = _detail(checks, "other_payer").get("spans", [])
    if not spans:
        return []
    donors = Donor.everything.in_bulk([span["donor"] for span in spans])
    return [
        Payer(
            name=donor.name,
            kind=donor.get_kind_display(),
            covered_from=date.fromisoformat(span["from"]),
            covered_until=date.fromisoformat(span["until"]),
            accepted=span["accepted"],
        )
        for span in spans
        if (donor := donors.get(span["donor"]))
    ]


def _detail(checks: Mapping[str, Check], kind: str) -> dict[str, Any]:
    return checks[kind].detail if kind in checks else {}
