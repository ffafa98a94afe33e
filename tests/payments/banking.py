"""Stories of the bank: an account, statements as Python tells them, lines that come in."""

import hashlib
from datetime import date, timedelta
from itertools import count
from typing import Any

from payments import ledger
from payments.models import (
    Account,
    BankAccount,
    BankLine,
    BankStatement,
    Invoice,
    Payment,
    Payout,
)
from payments.services.statements import import_statement
from payments.statements.base import CSV, Line, Statement, prove
from payments.transfers import transfer_code
from tests.factories import NOW, TODAY, DonorFactory, OfficeFactory, UserFactory
from tests.payments.builders import open_invoice

_number = count(1)
YESTERDAY = TODAY - timedelta(days=1)


def bank_account(**fields: Any) -> BankAccount:
    """An open account of a branch."""
    return BankAccount.everything.create(
        office=fields.pop("office", None) or OfficeFactory(),
        bank="Bank Contoh",
        number=f"{1_234_567_000 + next(_number)}",
        holder="BPJS CONTOH",
        opened_at=NOW,
        confirmed_at=NOW,
        **fields,
    )


def statement(
    *lines: tuple[int, str] | tuple[int, str, date],
    opening: int = 0,
    first: date = YESTERDAY,
    last: date | None = None,
) -> Statement:
    """A whole statement of these amounts and texts, all of its first day unless told."""
    rows = tuple(
        Line(number, told[2] if len(told) == 3 else first, told[0], told[1])
        for number, told in enumerate(lines, start=2)
    )
    closing = opening + sum(row.amount for row in rows)
    return prove(Statement(CSV, first, last or first, opening, closing, rows))


def taken_in(account: BankAccount, what: Statement, **options: Any) -> BankStatement:
    """Import a statement as the file that it would be."""
    return import_statement(
        account=account,
        statement=what,
        digest=options.pop("digest", None) or hashlib.sha256(repr(what).encode()).hexdigest(),
        by=options.pop("by", None) or UserFactory(),
        now=options.pop("now", NOW),
        **options,
    )


def came_in(account: BankAccount, amount: int, text: str = "SETORAN") -> BankLine:
    """One line of money in, on a day and with a balance that follow what is there."""
    last = account.statements.order_by("-last_day").first()
    first = last.last_day + timedelta(days=1) if last else date(2026, 9, 1)
    told = statement((amount, text), opening=last.closing if last else 0, first=first)
    return taken_in(account, told).bank_lines.get()


def company_invoice(account: BankAccount, **fields: Any) -> Invoice:
    """An open invoice of a company at the account's office."""
    donor = fields.pop("donor", None) or DonorFactory(organisation=True)
    invoice = open_invoice(donor=donor, **fields)
    Invoice.everything.filter(pk=invoice.pk).update(office=account.office)
    return Invoice.everything.select_related("donor", "office").get(pk=invoice.pk)


def code_of(invoice: Invoice) -> str:
    """What the donor writes into the transfer's message."""
    return transfer_code(invoice.number)


def in_suspense() -> int:
    """Rupiah that nobody knows yet."""
    return ledger.balance_of(ledger.account(Account.Kind.SUSPENSE))


def in_bank(account: BankAccount) -> int:
    """Rupiah of an account, as the books say."""
    return ledger.balance_of(ledger.account(Account.Kind.BANK, bank_account=account))


def of_world(world: Any) -> None:
    """A statement with a line that waits, and a payout that waits for its lump (tests.people)."""
    treasurer = world.users["treasurer"]
    told = statement((16_800, "=SETORAN TANPA KODE"), (-2_500, "BIAYA ADM"))
    world.statement = taken_in(world.bank_account, told, by=treasurer)
    world.bank_line = world.statement.bank_lines.get(side="in")
    paid = Payment.everything.filter(status="settled", gateway="sandbox").first()
    world.payout = Payout.objects.create(
        gateway="sandbox",
        reference="PO-DUNIA",
        account=world.bank_account,
        paid_on=YESTERDAY,
        gross=paid.received,
        fees=1_000,
        net=paid.received - 1_000,
        imported_by=treasurer,
        imported_at=NOW,
    )
    world.payout.lines.create(payment=paid, order_id=paid.order_id, gross=paid.received, fee=1_000)
