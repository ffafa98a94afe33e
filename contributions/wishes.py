"""What a donor may wish of a sponsorship, and whether it can be done: a rule without writing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from contributions.models import Sponsorship
from contributions.services.billing import agreement_of, price_of
from contributions.stops import MOST_MONTHS_AHEAD, months_left, stop_day
from contributions.tariffs import NoTariff, TariffTable

Status = Sponsorship.Status
UNPAID = (Status.AWAITING_PAYMENT, Status.PROPOSED)
#: The periods that are offered at every order (P11), the usual one first.
PERIODS = (12, 6, 3, 1)


class Kind(TextChoices):
    """The kinds of wishes."""

    STOP = "stop", _("Berhenti setelah yang sudah dibayar")
    STOP_LATER = "stop_later", _("Berhenti setelah beberapa masa lagi")
    GO_ON = "go_on", _("Perpanjang terus")
    PERIOD = "period", _("Ubah lama tiap perpanjangan")
    BRACKET = "bracket", _("Ubah golongan penghasilan atau JHT")


class No(TextChoices):
    """Why a wish cannot be done, each with the way out."""

    OVER = "over", _("Sponsor ini sudah berakhir. Hubungi cabang untuk mulai lagi.")
    UNPAID = "unpaid", _("Iuran pertama belum dibayar. Anda bisa mengaturnya setelah itu.")
    AGREED = "agreed", _("Masa sponsor ini diatur perjanjian. Hubungi cabang untuk mengubahnya.")
    PARKED = "parked", _("Cabang sedang memeriksa sponsor ini. Coba lagi setelah selesai.")
    STOPPED = "stopped", _("Sponsor ini dihentikan. Pilih dulu: perpanjang terus.")
    TAKEN = "taken", _("Sudah ada sponsor lain untuk pekerja ini. Anda tidak perlu membayar.")
    ARREARS = "arrears", _("Masa yang dibayar sudah lewat. Bayar dulu, atau hentikan sekarang.")
    PLANNED = "planned", _("Lama ini tidak pas dengan hari berhenti. Batalkan dulu hari itu.")
    TOO_FAR = "too_far", _("Hari berhenti terlalu jauh. Paling lama tiga tahun lagi.")
    NO_PRICE = "no_price", _("Tarif golongan ini belum ada. Hubungi cabang.")


@dataclass(frozen=True)
class Wish:
    """One wish; `periods` further ones (STOP_LATER), `months` (PERIOD), the rest of BRACKET."""

    kind: Kind
    periods: int = 0
    months: int = 0
    bracket: int = 0
    jht: bool = False


@dataclass(frozen=True)
class Facts:
    """What a verdict rests on beside the row itself; read once for many."""

    today: date
    renewed: frozenset[int]
    table: TariffTable


def verdict(row: Sponsorship, wish: Wish, facts: Facts) -> No | bool:
    """Say whether a wish changes a sponsorship (True), holds already (False), or cannot be.

    `row` has its programme at hand; no query.
    """
    if wish.kind == Kind.STOP:
        return _stop(row)
    no = _standing(row)
    if no is not None:
        return no
    if wish.kind == Kind.GO_ON:
        return _go_on(row, facts)
    if wish.kind == Kind.STOP_LATER:
        return _stop_later(row, wish, facts)
    if row.stopped_at is not None:
        return No.STOPPED
    return _period(row, wish, facts) if wish.kind == Kind.PERIOD else _bracket(row, wish, facts)


def _stop(row: Sponsorship) -> No | bool:
    if row.stopped_at is not None:
        return False
    return True if row.status in (Status.ACTIVE, *UNPAID) else No.OVER


def _standing(row: Sponsorship) -> No | None:
    if row.status in UNPAID:
        return No.UNPAID
    if row.status != Status.ACTIVE:
        return No.OVER
    if row.parked_at is not None:
        return No.PARKED
    return No.AGREED if agreement_of(row) is not None else None


def _go_on(row: Sponsorship, facts: Facts) -> No | bool:
    if row.stopped_at is None:
        return row.stops_on is not None
    return No.TAKEN if row.worker_id in facts.renewed else True


def _stop_later(row: Sponsorship, wish: Wish, facts: Facts) -> No | bool:
    if not row.paid_until or row.paid_until < facts.today:
        return No.ARREARS
    if wish.periods < 1 or wish.periods * row.months > max(MOST_MONTHS_AHEAD, row.months):
        return No.TOO_FAR
    if row.stopped_at is None:
        return row.stops_on != stop_day(row, wish.periods)
    return No.TAKEN if row.worker_id in facts.renewed else True


def _period(row: Sponsorship, wish: Wish, facts: Facts) -> No | bool:
    if wish.months == row.months:
        return False
    left = months_left(row, today=facts.today)
    return No.PLANNED if left is not None and left % wish.months else True


def _bracket(row: Sponsorship, wish: Wish, facts: Facts) -> No | bool:
    if (wish.bracket, wish.jht) == (row.bracket, row.jht):
        return False
    changed = Sponsorship(
        bracket=wish.bracket, jht=wish.jht, sector=row.sector, funding=row.funding
    )
    try:
        price_of(changed, max(row.paid_until or facts.today, facts.today), facts.table)
    except NoTariff:
        return No.NO_PRICE
    return True


def seen(rows: Iterable[Sponsorship]) -> str:
    """Put into a short word what a page has shown of these sponsorships: a form that bears an
    older word was filled in on what holds no more."""
    facts = [
        (
            row.pk,
            str(row.status),
            row.months,
            row.bracket,
            row.jht,
            row.renews,
            row.stops_on,
            row.run_start,
            row.paid_until,
            bool(row.stopped_at),
            bool(row.parked_at),
        )
        for row in sorted(rows, key=lambda row: row.pk)
    ]
    return sha256(repr(facts).encode()).hexdigest()[:16]
