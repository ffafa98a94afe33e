"""The lines of a donor's statement in words: movements of money, and months one by one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.utils.translation import gettext as _

from bricks.clock import jakarta_date
from contributions.credit_page import to_treasuries
from contributions.models import Contribution, CreditUse, PriceCorrection
from contributions.statement import Money, Span, Statement, bought_in, money_of, postings_of
from donors.models import Donor
from payments.models import Payment, Posting, Refund

Status = Contribution.Status
#: More workers than this on one line of the statement are counted, not named.
NAMED = 20
#: So many postings are read at once for a file.
CHUNK = 500


@dataclass(frozen=True)
class WorkerLine:
    """A worker's months on one line of the statement; both days are inclusive."""

    name: str
    months: int
    first_day: date | None
    last_day: date | None
    amount: int
    state: str


@dataclass(frozen=True)
class Entry:
    """One posting: what happened, by which receipt, what it did, and for whom.

    `workers` is how many its months are for; `lines` names them where they are few.
    """

    posting: Posting
    what: str
    receipt: Payment | None
    money: Money
    workers: int
    months: int
    lines: Sequence[WorkerLine]


@dataclass(frozen=True)
class MonthRow:
    """A bought month: whose, from when until when, what it holds, whence the money came."""

    name: str
    first_day: date | None
    last_day: date | None
    amount: int
    state: str
    receipt: Payment | None
    source: str
    day: date


def sums(statement: Statement) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Say where the money of a span came from and where it is: two lists of equal sums.

    Parts of nothing are left out, but for what was paid in and what became months.
    """
    opening, moved, closing = statement.opening, statement.moved, statement.closing
    came = [
        (_("Sisa dari sebelumnya"), opening.spare + opening.unallocated),
        (_("Dibayar masuk"), moved.paid_in),
        (_("Diambil kembali oleh bank"), -moved.taken_back),
        (_("Ditanggung pengelola"), moved.borne),
    ]
    went = [
        (_("Menjadi bulan iuran"), moved.months),
        (_("Masih menjadi saldo"), closing.spare),
        (_("Dikembalikan"), moved.back),
        (_("Biaya pembayaran"), moved.fees),
        (_("Belum dialokasikan"), closing.unallocated),
        (_("Dipindahkan"), moved.moved),
    ]
    kept = {_("Dibayar masuk"), _("Menjadi bulan iuran")}
    return [p for p in came if p[1] or p[0] in kept], [p for p in went if p[1] or p[0] in kept]


def state_word(status: str) -> str:
    """Say how far a month is: nobody is protected before BPJS has said so (P1)."""
    words = {
        Status.ACCEPTED: _("Disahkan BPJS Ketenagakerjaan"),
        Status.REJECTED: _("Ditolak BPJS Ketenagakerjaan, diurus cabang"),
        Status.REVERSED: _("Dibatalkan"),
    }
    return words.get(Status(status), _("Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan"))


# --- money -------------------------------------------------------------------------------
def entries_of(postings: Iterable[Posting], donor: Donor) -> list[Entry]:
    """Read these postings as a donor reads them; the number of queries does not depend on
    how many they are."""
    postings = list(postings)
    ids = [posting.pk for posting in postings]
    money, whys = money_of(postings, donor), _reasons(ids, donor)
    months = _months_by_posting(ids, donor)
    lines = _lines([pk for pk, (workers, _months) in months.items() if workers <= NAMED], donor)
    return [
        Entry(
            posting=posting,
            what=whys.get(posting.pk) or _what(posting, money.get(posting.pk, Money())),
            receipt=_receipt(posting),
            money=money.get(posting.pk, Money()),
            workers=months.get(posting.pk, (0, 0))[0],
            months=months.get(posting.pk, (0, 0))[1],
            lines=lines.get(posting.pk, ()),
        )
        for posting in postings
    ]


def all_entries(donor: Donor, *, span: Span) -> Iterator[Entry]:
    """Read every posting of a span, a chunk at a time, the newest first."""
    ids = list(postings_of(donor, span=span).values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = postings_of(donor, span=Span()).filter(pk__in=ids[start : start + CHUNK])
        yield from entries_of(chunk, donor)


def _receipt(posting: Posting) -> Payment | None:
    payment = posting.payment
    return payment if payment and payment.receipt_number else None


def _reasons(ids: list[int], donor: Donor) -> dict[int, str]:
    """What the rows beside a posting say of it: credit spent, prices corrected, refunds."""
    uses = CreditUse.objects.filter(posting__in=ids, donor=donor)
    found = {use.posting_id: _sentence(use.get_reason_display()) for use in uses}
    corrected = PriceCorrection.objects.filter(
        posting__in=ids, contribution__sponsorship__donor=donor
    )
    laws = corrected.order_by().values_list("posting", "change__legal_basis").distinct()
    for pk, law in laws:
        found[pk] = _("Tarif diperbaiki (%(law)s)") % {"law": law}
    for refund in Refund.everything.filter(posting__in=ids, donor=donor):
        told = {"status": refund.get_status_display(), "target": refund.get_target_display()}
        found[refund.posting_id or 0] = _("Pengembalian %(target)s: %(status)s") % told
    found |= to_treasuries(ids)
    return found


def _sentence(text: Any) -> str:
    return str(text)[:1].upper() + str(text)[1:]


def _what(posting: Posting, money: Money) -> str:
    """Say what happened by what it did."""
    words = (
        (money.taken_back > 0, _("Bank mengambil kembali pembayaran")),
        (money.paid_in > 0, _("Pembayaran masuk")),
        (money.months > 0, _("Menjadi bulan iuran")),
        (posting.kind == "rejected_month", _("Ditolak BPJS Ketenagakerjaan, uangnya kembali")),
        (money.months < 0, _("Bulan dibatalkan, uangnya kembali")),
        (money.borne != 0, _("Ditanggung pengelola")),
        (money.back > 0, _("Dikembalikan")),
        (money.back < 0, _("Pengembalian gagal, uangnya kembali")),
        (money.spare > 0, _("Menjadi saldo")),
    )
    return next((word for is_so, word in words if is_so), _("Pemindahan"))


def _months_by_posting(ids: list[int], donor: Donor) -> dict[int, tuple[int, int]]:
    rows = Contribution.everything.filter(posting__in=ids, sponsorship__donor=donor)
    counts = (
        rows.order_by()
        .values("posting")
        .annotate(workers=Count("worker", distinct=True), months=Count("pk"))
    )
    return {row["posting"]: (row["workers"], row["months"]) for row in counts}


def _lines(ids: list[int], donor: Donor) -> dict[int, list[WorkerLine]]:
    rows = Contribution.everything.filter(posting__in=ids, sponsorship__donor=donor)
    grouped = rows.order_by("posting", "sponsorship__enrollment__position", "sponsorship").values(
        "posting", "sponsorship", "worker__name", "status"
    )
    found: dict[int, list[WorkerLine]] = defaultdict(list)
    for row in grouped.annotate(
        months=Count("pk"),
        first=Min("covered_from"),
        last=Max("covered_until"),
        amount=Sum("amount"),
    ):
        line = WorkerLine(
            name=row["worker__name"],
            months=row["months"],
            first_day=row["first"],
            last_day=row["last"],
            amount=row["amount"],
            state=state_word(row["status"]),
        )
        found[row["posting"]].append(line)
    return found


# --- months ------------------------------------------------------------------------------
def months_in(donor: Donor, *, span: Span, posting: int | None = None) -> QuerySet[Contribution]:
    """Return the months bought in a span, or by one posting, the newest money first."""
    rows = bought_in(donor, span=span).select_related("worker", "posting__payment")
    if posting is not None:
        rows = rows.filter(posting=posting)
    return rows.annotate(corrected=Sum("corrections__amount", default=0)).order_by(
        "-posting__posted_at", "-posting", "sponsorship", "month"
    )


def month_rows(rows: Iterable[Contribution]) -> list[MonthRow]:
    """Read months of `months_in`; one statement besides."""
    rows = list(rows)
    uses = CreditUse.objects.filter(posting__in={row.posting_id for row in rows})
    reasons = {use.posting_id: _sentence(use.get_reason_display()) for use in uses}
    found = []
    for row in rows:
        posting = row.posting
        assert posting is not None  # noqa: S101  (`bought_in` leaves out months without one)
        receipt = _receipt(posting)
        number = receipt.receipt_number if receipt else ""
        found.append(
            MonthRow(
                name=row.worker.name,
                first_day=row.covered_from,
                last_day=row.covered_until,
                amount=row.amount - row.corrected,  # type: ignore[attr-defined]
                state=state_word(row.status),
                receipt=receipt,
                source=reasons.get(posting.pk) or number or "",
                day=jakarta_date(posting.posted_at),
            )
        )
    return found


def all_months(donor: Donor, *, span: Span) -> Iterator[MonthRow]:
    """Read every month of a span, a chunk at a time."""
    ids = list(months_in(donor, span=span).values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = months_in(donor, span=Span()).filter(pk__in=ids[start : start + CHUNK])
        yield from month_rows(chunk)
