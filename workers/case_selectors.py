"""What stands beside one case on the officer's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from regions.models import Office
from regions.selectors import offices_for
from workers import desk_selectors
from workers.checktexts import TITLES, CheckLine, read_check
from workers.models import CallBack, Check, Consent, Enrollment, EnrollmentEvent, Evidence, Worker
from workers.reasons import Reason, read_reasons
from workers.registry_lookup import civil_registry
from workers.twin_cards import Payer, TwinCard, other_payers, twin_cards

Text = str | Promise

#: What the thread says of each step.
STEPS: Mapping[str, tuple[Text, str]] = {
    "awaiting_consent": (_("Menunggu persetujuan pekerja"), "hand"),
    "link_renewed": (_("Tautan pekerja diperbarui"), "link"),
    "consent_given": (_("Pekerja mengisi dan menyetujui"), "hand"),
    "consent_recorded": (_("Persetujuan pekerja dicatat cabang"), "hand"),
    "officially_answered": (_("Dijawab sumber resmi"), "search"),
    "declined": (_("Pekerja tidak setuju"), "cross"),
    "submitted": (_("Diserahkan donatur"), "upload"),
    "repaired": (_("Diperbaiki donatur"), "pencil"),
    "withdrawn": (_("Ditarik donatur"), "minus"),
    "expired": (_("Kedaluwarsa"), "hourglass"),
    "forgotten": (_("Datanya dihapus karena tidak diteruskan"), "minus"),
    "taken": (_("Diambil"), "search"),
    "released": (_("Dilepas"), "return"),
    "released_idle": (_("Dilepas otomatis setelah 30 menit"), "clock"),
    "reassigned": (_("Dialihkan penyelia"), "user"),
    "handed_over": (_("Diserahkan ke cabang lain"), "building"),
    "office_closed": (_("Pindah ke cabang lain karena kantornya tutup"), "building"),
    desk_selectors.FAMILY_DECLARED: (_("Dinyatakan kasus keluarga"), "family"),
    "approved": (_("Disetujui"), "check"),
    "approval_moved": (_("Masa bayar diperpanjang: laporan tidak benar"), "clock"),
    "returned": (_("Dikembalikan"), "return"),
    "rejected": (_("Ditolak"), "cross"),
    "ruled_different": (_("Diputuskan: orang yang berbeda"), "people"),
    "ruled_same": (_("Diputuskan: orang yang sama, satu NIK keliru"), "people"),
    "frozen": (_("Dibekukan"), "lock"),
    "not_me_late": (_("Pekerja: bukan saya. Sudah dibayar, jadi hubungi ia"), "alert"),
    "pays_himself": (_("Pekerja melanjutkan dan membayar sendiri"), "wallet"),
    "bridged": (_("Satu bulan dibayar dana talangan"), "wallet"),
    "agreed": (_("Pekerja setuju di halamannya"), "hand"),
    "correction_wanted": (_("Pekerja: ada data yang keliru"), "pencil"),
    "person_code": (_("Kode halaman pekerja dicetak"), "key"),
    "thawed": (_("Dicairkan, boleh dilanjutkan"), "check"),
    "annulled": (_("Persetujuan dicabut"), "cross"),
}
#: The data by which a claim is compared with the registry.
COMPARED: Mapping[str, Text] = {
    "name": _("Nama"),
    "birth_date": _("Tanggal lahir"),
    "sex": _("Jenis kelamin"),
    "village": _("Desa atau kelurahan"),
    "occupation": _("Pekerjaan"),
}


@dataclass(frozen=True)
class ThreadLine:
    """One step of a case as people read it."""

    event: EnrollmentEvent
    label: Text
    icon: str
    reasons: list[Reason]


@dataclass(frozen=True)
class Difference:
    """One datum that the claim and the registry tell differently."""

    label: Text
    claimed: Any
    registered: Any


@dataclass(frozen=True)
class Rights:
    """What the viewer may do with a case; the services decide once more."""

    at_desk: bool
    is_own: bool
    is_holder: bool
    is_supervisor: bool
    may_take: bool

    @property
    def may_reveal(self) -> bool:
        """Read NIK and phone for a reason: at the desk of the case, and not one's own."""
        return self.at_desk and not self.is_own and not self.is_holder


@dataclass(frozen=True)
class CasePage:
    """Everything on the page of one case."""

    case: Enrollment
    place: str
    rights: Rights
    checks: list[CheckLine]
    reasons: list[Reason]
    consent: Consent | None
    evidence: list[Evidence]
    known: Worker | None
    differences: list[Difference]
    duplicates: list[Enrollment]
    twins: list[TwinCard]
    payers: list[Payer]
    thread: list[ThreadLine]
    donor_workers: int
    working_days: int
    is_overdue: bool
    # What a supervisor's call found, for the desk of a frozen case.
    call_note: str

    @property
    def is_undecided(self) -> bool:
        """Whether the branch owes a decision."""
        return self.case.status in Enrollment.UNDECIDED

    @property
    def to_look_at(self) -> list[CheckLine]:
        """The checks that found something, the gravest first."""
        wanted = (Check.Outcome.STOP, Check.Outcome.NOTE)
        found = [line for line in self.checks if line.outcome in wanted]
        return sorted(found, key=lambda line: line.outcome != Check.Outcome.STOP)

    @property
    def registry_connected(self) -> bool:
        """Whether there is a civil registry to ask."""
        return civil_registry().is_connected

    @property
    def to_know(self) -> list[CheckLine]:
        """The checks that are neither good nor bad: a source that nobody has asked."""
        return [line for line in self.checks if line.outcome == Check.Outcome.INFO]

    @property
    def fine(self) -> list[CheckLine]:
        return [line for line in self.checks if line.outcome == Check.Outcome.OK]

    @property
    def stops(self) -> bool:
        """Whether a check forbids the approval."""
        return any(line.outcome == Check.Outcome.STOP for line in self.checks)

    @property
    def needs_proof(self) -> bool:
        """Whether a risk reason asks for one more proof (P7)."""
        return any(line.is_risk for line in self.to_look_at)


def case_page(case: Enrollment, viewer: User, *, today: date) -> CasePage:
    """Gather what the viewer reads about a case; other payers only at its own desk (P8)."""
    rights = _rights(case, viewer)
    known = desk_selectors.known_worker(case)
    age = desk_selectors.working_ages([case], today)
    made = {check.kind: check for check in case.checks.all()}
    sees_others = rights.at_desk and not rights.is_own
    return CasePage(
        case=case,
        place=desk_selectors.place_of(case),
        rights=rights,
        checks=_checks(case, made, today),
        reasons=read_reasons(case.reasons),
        consent=Consent.objects.select_related("recorded_by").filter(enrollment=case).first(),
        evidence=list(case.evidence.order_by("pk")),
        known=known,
        differences=_differences(case, known),
        duplicates=_duplicates(case) if rights.at_desk else [],
        twins=twin_cards(case, made) if sees_others else [],
        payers=other_payers(made) if sees_others else [],
        thread=_thread(case),
        donor_workers=_workers_of_donor(case),
        working_days=age[case.pk],
        is_overdue=desk_selectors.is_overdue(case, today),
        call_note=_call_note(case) if rights.at_desk else "",
    )


def _rights(case: Enrollment, viewer: User) -> Rights:
    at_desk = desk_selectors.works_at_desk_of(viewer, case)
    is_own = desk_selectors.is_own_case(case, viewer)
    in_review = case.status == Enrollment.Status.IN_REVIEW
    return Rights(
        at_desk=at_desk,
        is_own=is_own,
        is_holder=in_review and case.taken_by_id == viewer.pk,
        is_supervisor=desk_selectors.supervises(viewer, case.office),
        may_take=at_desk and not is_own and case.status == Enrollment.Status.SUBMITTED,
    )


def _call_note(case: Enrollment) -> str:
    if case.frozen_because != Enrollment.Frozen.CALL_BACK:
        return ""
    called = CallBack.everything.filter(enrollment=case).first()
    return str(called.note) if called else ""


def _checks(case: Enrollment, made: Mapping[str, Check], today: date) -> list[CheckLine]:
    return [read_check(made[kind], case, today) for kind in TITLES if kind in made]


def _differences(case: Enrollment, known: Worker | None) -> list[Difference]:
    if known is None:
        return []
    return [
        Difference(COMPARED[name], _shown(case, name), _shown(known, name))
        for name in desk_selectors.differences(case, known)
    ]


def _shown(row: Enrollment | Worker, name: str) -> Any:
    if name == "village":
        return f"{row.village.name}, {desk_selectors.place_of(row)}" if row.village else ""
    return row.get_sex_display() if name == "sex" else getattr(row, name)


def _duplicates(case: Enrollment) -> list[Enrollment]:
    others = desk_selectors.same_nik(case)
    return list(others.select_related("order", "donor", "office").order_by("-created_at")[:20])


def _thread(case: Enrollment) -> list[ThreadLine]:
    events = case.events.select_related("actor", "bulk__confirmed_by").order_by("-at", "-pk")
    return [
        ThreadLine(event, *STEPS.get(event.kind, (event.kind, "dot")), read_reasons(event.reasons))
        for event in events
    ]


def _workers_of_donor(case: Enrollment) -> int:
    entered = Enrollment.everything.filter(donor=case.donor_id).exclude(nik_index="")
    return entered.values("nik_index").distinct().count()


def offices_to_choose(case: Enrollment) -> tuple[list[Office], list[Office]]:
    """The offices to which a case can be handed over: those that serve its place, the others."""
    serving = offices_for(village_code=case.village_id) if case.village_id else []
    serving = [office for office in serving if _takes_cases(office, case)]
    near = {office.pk for office in serving}
    branches = Office.objects.filter(is_open=True).exclude(kind=Office.Kind.KANWIL)
    others = branches.exclude(pk__in=near).order_by("name")
    return serving, [office for office in others if _takes_cases(office, case)]


def _takes_cases(office: Office, case: Enrollment) -> bool:
    return office.kind != Office.Kind.KANWIL and office.pk != case.office_id
