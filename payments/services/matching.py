"""Finding out whose money a bank line is: by itself where code and amount agree, else by
a person (P37). What is found becomes a payment, and the floor above does the rest.

Every step claims the line by a conditional update of `allocated`, as it was seen: a double
click or a second tab finds it moved on, and moves nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.clock import JAKARTA
from notices import bells
from payments import ledger
from payments.models import Account, BankAccount, BankLine, BankMatch, Invoice, Payment, Payout
from payments.services.applying import SETTLEMENT, settlement_key
from payments.services.numbers import RECEIPTS, next_number
from payments.transfers import numbers_in
from regions.models import Office

GATEWAY = "bank"
TRANSFER = "transfer"
PAYOUT = "payout"
#: A payout reaches the bank within so many days of the report's.
PAYOUT_DAYS = timedelta(days=3)
Side = BankLine.Side
Status = BankLine.Status
Meaning = BankLine.Meaning
#: An invoice with the rupiah of the line that are for it.
Part = tuple[Invoice, int]


class CannotMatch(Exception):
    """The line cannot be used so; its sentence is fit for a treasurer."""

    sentence: str | Promise = _("Mutasi ini tidak bisa dicocokkan begitu.")

    def __str__(self) -> str:
        return str(self.sentence)


class LineMoved(CannotMatch):
    """Somebody else was faster, or the same form was sent twice."""

    sentence = _("Mutasi ini baru saja berubah. Periksa lagi; tidak ada yang disimpan dua kali.")


class TooMuch(CannotMatch):
    """The parts sum to more than the line has left."""

    sentence = _("Jumlah bagian melebihi uang yang ada di mutasi ini.")


class NothingToMatch(CannotMatch):
    """No part, a part of nothing, or an invoice named twice."""

    sentence = _("Isi paling sedikit satu jumlah yang lebih dari nol.")


def allocate(
    *, line: BankLine, parts: Sequence[Part], seen: int, by: User | None, now: datetime
) -> list[Payment]:
    """Give rupiah of an incoming line to invoices: each part becomes a settled payment.

    `seen` is what was allocated of the line when the person looked at it; `by` nobody where
    code and amount agreed. A part may be less than the invoice: that buys whole workers
    first, and the rest is asked anew. Raises LineMoved, TooMuch, NothingToMatch.
    """
    _check(line, parts, seen)
    with transaction.atomic():
        claim(line, sum(amount for _invoice, amount in parts), seen=seen, meaning=Meaning.TRANSFER)
        payments = [_pay(line, invoice, amount, by, now) for invoice, amount in parts]
        if by is not None:
            told = [{"invoice": invoice.number, "amount": amount} for invoice, amount in parts]
            record(
                action="bankline.allocated",
                obj=line,
                now=now,
                actor=by,
                office=line.account.office,
                before={"allocated": seen},
                after={"parts": told},
            )
        bells.ring("payment_settled")
    return payments


def match_lines(*, account: BankAccount, now: datetime) -> int:
    """Match the open incoming lines of an account where nothing is left to judge.

    An invoice, where its code stands in the text and the amount is its total, and it is
    open, the only one named, not paid meanwhile, and of an office that is sent to this
    account; a payout, where net, account and days agree and neither has a rival. The rest
    stays for a person. A code that names a closed invoice counts for the open one by which
    its demand goes on (`_going_on`). Returns how many were matched.
    """
    lines = BankLine.objects.filter(account=account, side=Side.IN, status=Status.OPEN)
    waiting = list(lines.order_by("booked_on", "pk"))
    for line in waiting:
        line.account = account
    matched = 0
    named = {line.pk: numbers_in(f"{line.description} {line.reference}") for line in waiting}
    numbers = {number for found in named.values() for number in found}
    invoices = _going_on(numbers) | _open_invoices(numbers)
    for line in waiting:
        found = [invoices[number] for number in named[line.pk] if number in invoices]
        if len(named[line.pk]) == 1 and len(found) == 1 and _is_sure(line, found[0]):
            invoices = {n: row for n, row in invoices.items() if row != found[0]}
            matched += _allocated(line, found[0], now)
    return matched + _match_payouts(account, now)


def claim(line: BankLine, amount: int, *, seen: int, meaning: str) -> None:
    """Take rupiah of a line, if it still is as it was seen. Raises LineMoved.

    The row at hand is brought up to date as well.
    """
    status = Status.DONE if seen + amount == line.amount else Status.PART
    as_seen = BankLine.objects.filter(pk=line.pk, allocated=seen, amount__gte=seen + amount)
    if as_seen.update(allocated=F("allocated") + amount, status=status, meaning=meaning) != 1:
        raise LineMoved
    line.allocated, line.status, line.meaning = seen + amount, status, meaning


def booked_until(day: date) -> datetime:
    """Return the last second of a booking day in Jakarta: the bank says no hour."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=JAKARTA)


# --- parts -----------------------------------------------------------------------------
def _check(line: BankLine, parts: Sequence[Part], seen: int) -> None:
    amounts = [amount for _invoice, amount in parts]
    invoices = {invoice.pk for invoice, _amount in parts}
    if not parts or min(amounts) <= 0 or len(invoices) != len(parts) or line.side != Side.IN:
        raise NothingToMatch
    if sum(amounts) > line.amount - seen:
        raise TooMuch


def _pay(line: BankLine, invoice: Invoice, amount: int, by: User | None, now: datetime) -> Payment:
    """Make a part of a claimed line a settled payment, and book it to the donor's holding."""
    # Never before it was paid, and never before it was asked.
    settled_at = max(min(booked_until(line.booked_on), now), invoice.issued_at)
    nth = line.matches.count() + 1
    payment = Payment.everything.create(
        invoice=invoice,
        gateway=GATEWAY,
        way=TRANSFER,
        channel=TRANSFER,
        order_id=f"BANK-{line.pk}-{nth}",
        amount=amount,
        received=amount,
        status=Payment.Status.SETTLED,
        provider_reference=line.reference,
        receipt_number=f"KW-{next_number(RECEIPTS, now=now)}",
        created_at=now,
        settled_at=settled_at,
        closed_at=now,
    )
    suspense = ledger.account(Account.Kind.SUSPENSE)
    holding = ledger.account(Account.Kind.HOLDING, donor=invoice.donor)
    ledger.post(
        key=settlement_key(payment),
        kind=SETTLEMENT,
        now=now,
        transfers=[(suspense, holding, amount)],
        payment=payment,
    )
    BankMatch.objects.create(
        line=line, invoice=invoice, payment=payment, amount=amount, matched_by=by, matched_at=now
    )
    return payment


# --- what is sure ------------------------------------------------------------------------
def _open_invoices(numbers: set[str]) -> dict[str, Invoice]:
    """Return the open invoices of these numbers for which no money waits to be allocated."""
    rows = Invoice.everything.filter(number__in=numbers, status=Invoice.Status.OPEN)
    paid = Payment.everything.filter(
        status=Payment.Status.SETTLED, followed_up_at__isnull=True
    ).values("invoice")
    rows = rows.exclude(pk__in=paid).select_related("donor", "office__parent__parent")
    return {row.number: row for row in rows}


def _going_on(numbers: set[str]) -> dict[str, Invoice]:
    """Return, by the numbers of closed invoices that were not paid in full, the open one that
    asks for the rest: the only open invoice of the donor, issued since, of the same office
    and purpose. A second instalment bears the code of the first invoice."""
    paid = Sum("payments__received", filter=Q(payments__status=Payment.Status.SETTLED), default=0)
    named = Invoice.everything.filter(number__in=numbers).exclude(status=Invoice.Status.OPEN)
    closed = list(named.annotate(came_in=paid).filter(came_in__lt=F("total")))
    if not closed:
        return {}
    donors = {row.donor_id for row in closed}
    still_open = Invoice.everything.filter(donor__in=donors, status=Invoice.Status.OPEN)
    by_donor: dict[int, list[str]] = defaultdict(list)
    for donor, number in still_open.values_list("donor", "number"):
        by_donor[donor].append(number)
    payable = _open_invoices({found[0] for found in by_donor.values() if len(found) == 1})
    following = {row.donor_id: row for row in payable.values()}
    return {
        row.number: following[row.donor_id]
        for row in closed
        if row.donor_id in following and _follows(following[row.donor_id], row)
    }


def _follows(later: Invoice, closed: Invoice) -> bool:
    same = (later.office_id, later.purpose) == (closed.office_id, closed.purpose)
    return same and closed.closed_at is not None and later.issued_at >= closed.closed_at


def _allocated(line: BankLine, invoice: Invoice, now: datetime) -> bool:
    """Give a whole line to an invoice; False where a person was faster."""
    try:
        allocate(line=line, parts=[(invoice, line.amount)], seen=0, by=None, now=now)
    except LineMoved:
        return False
    return True


def _is_sure(line: BankLine, invoice: Invoice) -> bool:
    return invoice.total == line.amount and line.account.office_id in offices_above(invoice.office)


def offices_above(office: Office | None) -> list[int]:
    """Return the ids of an office and those above it, the nearest first."""
    found = []
    while office is not None:
        found.append(office.pk)
        office = office.parent
    return found


def _match_payouts(account: BankAccount, now: datetime) -> int:
    waiting = list(Payout.objects.filter(account=account, line__isnull=True).order_by("pk"))
    pairs = [(payout, candidates(payout)) for payout in waiting]
    claimed = [line.pk for _payout, lines in pairs for line in lines]
    matched = 0
    for payout, lines in pairs:
        if len(lines) == 1 and claimed.count(lines[0].pk) == 1:
            matched += _joined(payout, lines[0], now)
    return matched


def _joined(payout: Payout, line: BankLine, now: datetime) -> bool:
    try:
        join_payout(payout=payout, line=line, by=None, now=now)
    except LineMoved:
        return False
    return True


# --- payouts ---------------------------------------------------------------------------
def candidates(payout: Payout) -> list[BankLine]:
    """Return the open lines that may be the lump of a payout: its net, account and days."""
    rows = BankLine.objects.filter(
        account=payout.account_id,
        side=Side.IN,
        status=Status.OPEN,
        amount=payout.net,
        booked_on__range=(payout.paid_on - PAYOUT_DAYS, payout.paid_on + PAYOUT_DAYS),
    )
    return list(rows.select_related("account__office").order_by("booked_on", "pk"))


def join_payout(*, payout: Payout, line: BankLine, by: User | None, now: datetime) -> None:
    """Say that a bank line is the lump of a payout: what the provider held is in the bank,
    less what it kept. What it sent back to payers has left clearing before.

    Raises LineMoved, and NothingToMatch where the net is another.
    """
    if line.side != Side.IN or line.amount != payout.net or line.account_id != payout.account_id:
        raise NothingToMatch
    with transaction.atomic():
        claim(line, line.amount, seen=0, meaning=Meaning.PAYOUT)
        clearing = ledger.account(Account.Kind.CLEARING, gateway=payout.gateway)
        transfers = [(ledger.account(Account.Kind.SUSPENSE), clearing, payout.net)]
        if payout.fees:
            deducted = ledger.account(Account.Kind.DEDUCTED)
            transfers.append((deducted, clearing, payout.fees))
        posting = ledger.post(key=f"payout:{payout.pk}", kind=PAYOUT, now=now, transfers=transfers)
        waiting = Payout.objects.filter(pk=payout.pk, line__isnull=True)
        if waiting.update(line=line, posting=posting) != 1:
            raise LineMoved
        if by is not None:
            told = {"payout": payout.reference, "net": payout.net}
            office = line.account.office
            record(action="bankline.payout", obj=line, now=now, actor=by, office=office, after=told)
