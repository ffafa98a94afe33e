"""What stands on the pages by which a donor rules his sponsorships."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bricks.months import ONE_DAY, add_months, first_of_month
from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal
from contributions.ahead import Step, next_step
from contributions.control_forms import WishForm
from contributions.models import IncomeBracket, Sponsorship
from contributions.not_renewed import reasons
from contributions.price_changes import sentences
from contributions.services.billing import agreement_of, price_of
from contributions.services.controlling import Outcome
from contributions.services.taking_over import is_to_hand_over
from contributions.stops import stop_day, stop_days
from contributions.tariffs import NoTariff, Price, TariffTable
from contributions.wishes import PERIODS, Kind, No, Wish, seen
from donors.models import Donor

#: So many last days are offered on the page.
OFFERED_DAYS = 6
#: With a shorter period the full JKM is never reached before the run may end (P11).
SHORT = 6


@dataclass(frozen=True)
class NewPrice:
    """What the next unpaid month costs in another bracket, or with another choice of JHT."""

    bracket: int
    jht: bool
    month: date
    now: Price | None
    then: Price | None


@dataclass(frozen=True)
class ControlPage:
    """What a donor may change of one sponsorship, and what comes next.

    `word` binds a form to what is shown. `changeable`: the run goes on and is the donor's to
    change. `days` are the last days he may name, each after so many further periods. `why_not`
    says why no renewal comes. `jkm_again` is the day of the full JKM after a gap of a day.
    """

    word: str
    changeable: bool
    agreed: bool
    days: list[tuple[int, date]]
    periods: list[int]
    short_periods: list[int]
    income: int
    step: Step | None
    change: list[str]
    why_not: str
    may_hand_over: bool
    jkm_again: date | None
    new_price: NewPrice | None


def control_page(row: Sponsorship, *, asked: WishForm | None, today: date) -> ControlPage:
    """Gather the page of one sponsorship. A number of queries that does not grow."""
    why_not = reasons([row]).get(row.pk, "")
    step = None if why_not else next_step(row, today=today)
    running = row.status == Sponsorship.Status.ACTIVE and row.parked_at is None
    agreed = agreement_of(row) is not None
    covered = bool(row.paid_until and row.paid_until >= today)
    return ControlPage(
        word=seen([row]),
        changeable=running and not agreed,
        agreed=agreed,
        days=stop_days(row)[:OFFERED_DAYS] if running and covered and not agreed else [],
        periods=[number for number in PERIODS if number >= SHORT],
        short_periods=[number for number in PERIODS if number < SHORT],
        income=_income(row),
        step=step,
        change=sentences_of(step),
        why_not=why_not if row.status == Sponsorship.Status.ACTIVE else "",
        may_hand_over=is_to_hand_over(row, today=today),
        jkm_again=jkm_again(row) if covered else None,
        new_price=_new_price(row, asked, today) if asked and asked.is_valid() else None,
    )


def sentences_of(step: Step | None) -> list[str]:
    """Say the rise of the price within a renewal, if there is one (P15)."""
    return sentences(Counter([step.change])) if step and step.change else []


def jkm_again(row: Sponsorship) -> date | None:
    """Return from when the full JKM would hold again, were cover to begin anew the day after
    a gap of one day: what a gap costs (P11)."""
    return add_months(row.paid_until + ONE_DAY + ONE_DAY, 3) if row.paid_until else None


def _income(row: Sponsorship) -> int:
    found = IncomeBracket.objects.filter(number=row.bracket).values_list("reference_income")
    return next((income for (income,) in found), 0)


def _new_price(row: Sponsorship, asked: WishForm, today: date) -> NewPrice:
    wish = asked.asked
    month = first_of_month(max((row.paid_until or today) + ONE_DAY, today))
    then = Sponsorship(bracket=wish.bracket, jht=wish.jht, sector=row.sector, funding=row.funding)
    table = TariffTable.load()
    return NewPrice(
        wish.bracket, wish.jht, month, _price(row, month, table), _price(then, month, table)
    )


def _price(row: Sponsorship, month: date, table: TariffTable) -> Price | None:
    try:
        return price_of(row, month, table)
    except NoTariff:
        return None


# --- many ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class CheckRow:
    """One of the chosen: what would change for him, or why nothing does."""

    sponsorship: Sponsorship
    result: str
    reason: str


@dataclass(frozen=True)
class CheckPage:
    """What a wish would do to the chosen ones."""

    title: str
    changed: int
    rows: list[CheckRow]
    is_short: bool
    is_stop: bool


def check_page(
    rows: Collection[Sponsorship], wish: Wish, outcome: Outcome, *, today: date
) -> CheckPage:
    """Tell what carrying out a wish would do, row by row; no query for bracket-free wishes."""
    table = TariffTable.load()
    changed = set(outcome.changed)
    return CheckPage(
        title=str(wish.kind.label),
        changed=len(changed),
        rows=[
            CheckRow(
                sponsorship=row,
                result=_result(row, wish, table, today) if row.pk in changed else "",
                reason=_why_not(outcome.refused.get(row.pk)) if row.pk not in changed else "",
            )
            for row in rows
        ],
        is_short=wish.kind == Kind.PERIOD and wish.months < SHORT,
        is_stop=wish.kind in {Kind.STOP, Kind.STOP_LATER},
    )


def _why_not(no: No | None) -> str:
    return str(no.label) if no else _("Sudah begitu; tidak ada yang berubah.")


def _result(row: Sponsorship, wish: Wish, table: TariffTable, today: date) -> str:
    if wish.kind == Kind.STOP:
        if row.paid_until is None or row.status != Sponsorship.Status.ACTIVE:
            return _("Dibatalkan; belum ada yang dibayar.")
        return _("Berhenti setelah %(day)s.") % {"day": tanggal(row.paid_until)}
    if wish.kind == Kind.STOP_LATER:
        return _("Berhenti setelah %(day)s.") % {"day": tanggal(stop_day(row, wish.periods))}
    if wish.kind == Kind.GO_ON:
        return _("Diperpanjang terus.")
    if wish.kind == Kind.PERIOD:
        told = {"old": row.months, "new": wish.months}
        return _("Dari %(old)s bulan menjadi %(new)s bulan.") % told
    month = first_of_month(max((row.paid_until or today) + ONE_DAY, today))
    then = Sponsorship(bracket=wish.bracket, jht=wish.jht, sector=row.sector, funding=row.funding)
    old, new = _price(row, month, table), _price(then, month, table)
    told_prices = {
        "old": format_rupiah(old.total) if old else "–",
        "new": format_rupiah(new.total) if new else "–",
    }
    return _("Dari %(old)s menjadi %(new)s sebulan.") % told_prices


def done(wish: Wish, count: int) -> str:
    """Say what has been done, in one sentence."""
    if not count:
        return _("Sudah begitu. Tidak ada yang perlu diubah.")
    said = {
        Kind.STOP: _("Dihentikan. Bulan yang sudah dibayar tetap milik pekerja."),
        Kind.STOP_LATER: _("Hari berhenti dicatat. Sampai hari itu perpanjangan berjalan."),
        Kind.GO_ON: _("Perpanjangan berjalan terus."),
        Kind.PERIOD: _("Lama perpanjangan diubah."),
        Kind.BRACKET: _("Diubah mulai bulan berikut yang belum dibayar."),
    }[wish.kind]
    if count == 1:
        return said
    people = ngettext("Untuk %(n)s pekerja.", "Untuk %(n)s pekerja.", count) % {"n": count}
    return f"{said} {people}"


def uuids_of(texts: Iterable[str]) -> list[UUID]:
    """Read the ticked rows; what is none is passed over."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def renewing_of(donor: Donor) -> QuerySet[Sponsorship]:
    """Return the sponsorships of a donor that may renew, with what the forecast reads."""
    rows = Sponsorship.everything.filter(donor=donor, status=Sponsorship.Status.ACTIVE, renews=True)
    return rows.select_related("programme", "worker")
