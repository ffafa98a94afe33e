"""Payouts of providers: bank credit = its payments - fees - refunds, to the rupiah (P36).

A deduction is one of our refunds to an instrument, which the provider nets out of the lump:
its money left the books' clearing when it was sent, so the lump takes only the rest.

The report and the bank's line come in either order. Books move when both are there: until
then the money stands where it was, at the provider or in suspense, and the payout waits.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.rupiah import format_rupiah
from payments.models import BankAccount, Payment, Payout, PayoutLine, Refund
from payments.refund_selectors import not_netted
from payments.services.matching import match_lines
from payments.statements.payout_file import PaidOut

PAID = (Payment.Status.SETTLED, Payment.Status.REVERSED)


class CannotTakePayout(Exception):
    """The report cannot be taken in; the sentence is fit for a treasurer."""


@dataclass(frozen=True)
class Report:
    """One lump: whose report, under which reference, into which account, on which day."""

    gateway: str
    reference: str
    account: BankAccount
    paid_on: date
    lines: tuple[PaidOut, ...]

    @property
    def gross(self) -> int:
        """Rupiah that the provider had received."""
        return sum(line.gross for line in self.lines if not line.is_deduction)

    @property
    def fees(self) -> int:
        """Rupiah that it kept."""
        return sum(line.fee for line in self.lines)

    @property
    def refunds(self) -> int:
        """Rupiah that it had sent back to payers, and takes off the lump."""
        return -sum(line.gross for line in self.lines if line.is_deduction)

    @property
    def net(self) -> int:
        """Rupiah that reach the bank."""
        return self.gross - self.fees - self.refunds


def problems_of(report: Report, *, now: datetime) -> list[str]:
    """Say what keeps a report from being taken in; empty where nothing does. Writes nothing."""
    problems = []
    if report.paid_on > jakarta_date(now):
        problems.append(_("Tanggal pencairannya belum tiba."))
    known = Payout.objects.filter(gateway=report.gateway, reference=report.reference)
    if known.exists():
        problems.append(_("Laporan dengan nomor ini sudah diimpor."))
    if report.net <= 0:
        problems.append(_("Jumlah bersihnya tidak lebih dari nol."))
    payments, deducted = _payments(report), _deducted(report)
    paid_out = set(
        PayoutLine.objects.filter(payment__in=[p.pk for p in payments.values()]).values_list(
            "payment", flat=True
        )
    )
    for line in report.lines:
        payment = payments.get(line.order_id)
        if line.is_deduction and payment is not None:
            why = "" if line.number in deducted else _unexplained()
        else:
            why = _problem(line, payment, paid_out)
        if why:
            told = {"number": line.number, "order": line.order_id, "why": why}
            problems.append(_("Baris %(number)d, %(order)s: %(why)s") % told)
    return problems


def import_payout(*, report: Report, by: User, now: datetime) -> Payout:
    """Take a report in and look for the bank's line, in one transaction.

    Raises CannotTakePayout with everything that `problems_of` says.
    """
    try:
        with transaction.atomic():
            BankAccount.everything.select_for_update(no_key=True).get(pk=report.account.pk)
            problems = problems_of(report, now=now)
            if problems:
                raise CannotTakePayout(" ".join(problems))
            made = _write(report, by, now)
            match_lines(account=report.account, now=now)
    except IntegrityError:
        sentence = _("Sebagian laporan ini baru saja diimpor. Periksa daftarnya.")
        raise CannotTakePayout(sentence) from None
    made.refresh_from_db()
    return made


def _write(report: Report, by: User, now: datetime) -> Payout:
    made = Payout.objects.create(
        gateway=report.gateway,
        reference=report.reference,
        account=report.account,
        paid_on=report.paid_on,
        gross=report.gross,
        fees=report.fees,
        refunds=report.refunds,
        net=report.net,
        imported_by=by,
        imported_at=now,
    )
    payments, deducted = _payments(report), _deducted(report)
    PayoutLine.objects.bulk_create(
        PayoutLine(
            payout=made,
            payment=None if line.is_deduction else payments[line.order_id],
            refund=deducted.get(line.number),
            order_id=line.order_id,
            gross=line.gross,
            fee=line.fee,
        )
        for line in report.lines
    )
    told = {name: getattr(made, name) for name in ("reference", "gross", "fees", "refunds", "net")}
    office = report.account.office
    record(action="payout.imported", obj=made, now=now, actor=by, office=office, after=told)
    return made


def _payments(report: Report) -> dict[str, Payment]:
    orders = [line.order_id for line in report.lines]
    rows = Payment.everything.filter(gateway=report.gateway, order_id__in=orders)
    return {row.order_id: row for row in rows}


def _deducted(report: Report) -> dict[int, Refund]:
    """Return the refund that each deduction is, by line: sent by this provider, of that order
    and amount, in no other payout; of equal ones the oldest first."""
    orders = {line.order_id for line in report.lines if line.is_deduction}
    left: dict[tuple[str, int], list[Refund]] = defaultdict(list)
    if orders:
        sent = not_netted(report.gateway).filter(payment__order_id__in=orders)
        for refund in sent.select_related("payment").order_by("-sent_at", "-pk"):
            if refund.payment is not None:
                left[refund.payment.order_id, refund.amount].append(refund)
    found = {}
    for line in report.lines:
        same = left.get((line.order_id, -line.gross))
        if same:
            found[line.number] = same.pop()
    return found


def _unexplained() -> str:
    return _("portal tidak mencatat pengembalian terkirim sejumlah potongan ini.")


def _problem(line: PaidOut, payment: Payment | None, paid_out: Sequence[int] | set[int]) -> str:
    if payment is None:
        return _("pesanan ini tidak dikenal.")
    if payment.pk in paid_out:
        return _("sudah dicairkan dalam laporan lain.")
    if payment.status not in PAID:
        return _("menurut portal belum dibayar.")
    if payment.received != line.gross:
        told = {"amount": format_rupiah(payment.received or 0)}
        return _("portal mencatat %(amount)s.") % told
    return ""
