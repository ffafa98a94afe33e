"""Opening and closing the bridge fund, and the money that is booked into it (P39)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contributions.bridge_needs import open_fund
from contributions.models import BridgeFund, BridgeReceipt
from contributions.services.crediting import hold_balance
from donors.models import Donor, Funding, Programme
from payments import ledger
from payments.models import Account, BankLine
from payments.services.matching import LineMoved, claim
from regions.models import Office

RECEIVED, TAKEN_BACK = "bridge_received", "bridge_taken_back"
#: What workers read as their payer.
NAME = "Dana Talangan SERTAKAN"


class CannotBridge(Exception):
    """The fund, or its money, cannot be changed so; its sentence is fit for a person."""

    sentence: ClassVar[str | Promise] = _("Dana talangan tidak dapat diubah begitu.")

    def __str__(self) -> str:
        return str(self.sentence)


class AlreadyThere(CannotBridge):
    """One fund is proposed or open already."""

    sentence = _("Sudah ada dana talangan yang diusulkan atau terbuka.")


class SecondPersonNeeded(CannotBridge):
    """Who proposed it does not open it."""

    sentence = _("Usulan sendiri disetujui orang lain.")


class NotWaiting(CannotBridge):
    """It was opened or closed meanwhile."""

    sentence = _("Dana talangan ini sudah dibuka atau ditutup.")


class FundClosed(CannotBridge):
    """Money comes in only while the fund is open."""

    sentence = _("Dana talangan belum dibuka.")


class NothingLeft(CannotBridge):
    """The bank line has nothing left to book, or is of money out."""

    sentence = _("Mutasi ini tidak punya sisa uang masuk.")


class NotThatMuch(CannotBridge):
    """More is to go back than the receipt, or the fund, still holds."""

    sentence = _("Dana tidak lagi memegang uang sebanyak itu.")


@dataclass(frozen=True)
class Basis:
    """The legal basis: what it says, its number and date, and the office that answers."""

    text: str
    number: str
    day: date
    office: Office


# --- open and closed ---------------------------------------------------------------------
def propose_fund(*, basis: Basis, by: User, now: datetime) -> BridgeFund:
    """Propose that the fund be opened. Nothing is granted yet. Raises AlreadyThere."""
    try:
        with transaction.atomic():
            fund = BridgeFund.objects.create(
                legal_basis=basis.text,
                document_number=basis.number,
                document_date=basis.day,
                office=basis.office,
                proposed_by=by,
                proposed_at=now,
            )
            _record("proposed", fund, by, now, document=basis.number)
    except IntegrityError:
        raise AlreadyThere from None
    return fund


def confirm_fund(*, fund: BridgeFund, by: User, now: datetime) -> None:
    """Open a proposed fund as a second person. Raises SecondPersonNeeded, NotWaiting."""
    if fund.proposed_by_id == by.pk:
        raise SecondPersonNeeded
    with transaction.atomic():
        waiting = BridgeFund.objects.filter(
            pk=fund.pk, opened_at__isnull=True, closed_at__isnull=True
        )
        programme = _programme(fund, now)
        if waiting.update(opened_at=now, opened_by=by, programme=programme) != 1:
            raise NotWaiting
        _record("opened", fund, by, now, document=fund.document_number)


def close_fund(*, fund: BridgeFund, reason: str, by: User, now: datetime) -> None:
    """Close a fund, or withdraw a proposal: from here on nothing is granted. What it paid
    stays, and what it holds stays in its account. Raises NotWaiting."""
    with transaction.atomic():
        # A run that grants at this moment is over before.
        held = hold_balance(ledger.account(Account.Kind.BRIDGE))
        rows = BridgeFund.objects.filter(pk=fund.pk, closed_at__isnull=True)
        if rows.update(closed_at=now, closed_by=by, close_reason=reason) != 1:
            raise NotWaiting
        _record("closed", fund, by, now, left=held)


def _programme(fund: BridgeFund, now: datetime) -> Programme:
    """Return the fund's one programme, made at its first opening; it bears the present basis.

    The price is that of CSR: neither a person's money nor a budget's.
    """
    known = Programme.objects.filter(kind=Programme.Kind.BRIDGE).select_related("donor").first()
    if known is not None:
        known.agreement_number, known.opened_by_office = fund.document_number, fund.office
        known.save(update_fields=["agreement_number", "opened_by_office"])
        return known
    donor = Donor.everything.create(
        kind=Donor.Kind.COMMUNITY,
        name=NAME,
        letter_reference=fund.document_number,
        opened_by_office=fund.office,
        opened_by=fund.proposed_by,
        created_at=now,
    )
    return Programme.objects.create(
        donor=donor,
        kind=Programme.Kind.BRIDGE,
        name=NAME,
        funding=Funding.CSR,
        agreement_number=fund.document_number,
        opened_by_office=fund.office,
        created_at=now,
    )


def _record(what: str, fund: BridgeFund, by: User, now: datetime, **told: object) -> None:
    audit.record(
        action=f"bridge.{what}", obj=fund, actor=by, office=fund.office, now=now, after=told
    )


# --- its money ---------------------------------------------------------------------------
def receive(*, line: BankLine, source: str, seen: int, by: User, now: datetime) -> BridgeReceipt:
    """Book what is left of a bank line of money in into the open fund, saying who gave it.

    `seen` is what was allocated of the line when the person looked at it. Raises FundClosed,
    NothingLeft, `matching.LineMoved`.
    """
    left = line.amount - seen
    if line.side != BankLine.Side.IN or left <= 0:
        raise NothingLeft
    with transaction.atomic():
        account = ledger.account(Account.Kind.BRIDGE)
        hold_balance(account)
        fund = open_fund()
        if fund is None:
            raise FundClosed
        claim(line, left, seen=seen, meaning=BankLine.Meaning.BRIDGE)
        nth = BridgeReceipt.objects.filter(line=line).count() + 1
        posting = ledger.post(
            key=f"bridge_in:{line.pk}:{nth}",
            kind=RECEIVED,
            now=now,
            transfers=[(ledger.account(Account.Kind.SUSPENSE), account, left)],
        )
        receipt = BridgeReceipt.objects.create(
            line=line, amount=left, source=source, posting=posting, booked_by=by, booked_at=now
        )
        _record("received", fund, by, now, receipt=receipt.pk, amount=left)
    return receipt


def take_back(*, receipt: BridgeReceipt, amount: int, seen: int, by: User, now: datetime) -> None:
    """Take money of a receipt out of the fund again, open or closed: it stands in its bank
    line anew, from which two people send it back to whoever gave it.

    `seen` is what of it had been taken out when it was shown, so that what is sent twice
    happens once. Raises NotThatMuch, `matching.LineMoved`.
    """
    with transaction.atomic():
        account = ledger.account(Account.Kind.BRIDGE)
        held = hold_balance(account)
        rows = BridgeReceipt.objects.filter(pk=receipt.pk, amount__gte=F("taken_back") + amount)
        if amount <= 0 or amount > held or not rows.exists():
            raise NotThatMuch
        if not rows.filter(taken_back=seen).update(taken_back=seen + amount):
            raise LineMoved
        ledger.post(
            key=f"bridge_out:{receipt.pk}:{seen + amount}",
            kind=TAKEN_BACK,
            now=now,
            transfers=[(account, ledger.account(Account.Kind.SUSPENSE), amount)],
        )
        _give_to_line(receipt.line_id, amount)
        told = {"receipt": receipt.pk, "amount": amount}
        audit.record(
            action="bridge.taken_back", obj=receipt, actor=by, now=now, office=None, after=told
        )


def _give_to_line(line_id: int, amount: int) -> None:
    rows = BankLine.objects.filter(pk=line_id, allocated__gte=amount)
    line = rows.select_for_update().first()
    if line is None:
        raise LineMoved
    left = line.allocated - amount
    line.allocated = left
    line.status = BankLine.Status.PART if left else BankLine.Status.OPEN
    line.meaning = line.meaning if left else BankLine.Meaning.UNKNOWN
    line.save(update_fields=["allocated", "status", "meaning"])
