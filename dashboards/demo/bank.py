"""The demo's bank: an account of the branch of Palembang, and its statement of the last days.

A transfer without its code, one with a code and too much money, a stranger's, and a
charge: what is left for a treasurer to look at.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import User
from bricks.clock import jakarta_date
from dashboards.demo import story
from payments.models import BankAccount, Invoice
from payments.services.bank_accounts import confirm_account, open_account
from payments.services.statements import import_statement
from payments.statements.base import CSV, Line, Statement
from payments.transfers import transfer_code
from regions.models import Office

HEAD, TREASURER = "pusat@demo.example", "bendahara@demo.example"
OPENING = 12_500_000
DIGEST = "demo"


def open_bank(users: Mapping[str, User], now: datetime) -> BankAccount:
    """Open the branch's account, so that its organisations may transfer."""
    account = open_account(
        office=Office.objects.get(code=story.OFFICE_OF[story.PALEMBANG]),
        bank="Bank Peragaan",
        number="8800123456",
        holder="BPJS KETENAGAKERJAAN PERAGAAN",
        by=users[HEAD],
        now=now,
    )
    confirm_account(account=account, by=users[TREASURER], now=now)
    return account


def play_bank(users: Mapping[str, User], account: BankAccount, now: datetime) -> None:
    """Bring the statement of the last three days in, up to yesterday."""
    last = jakarta_date(now) - timedelta(days=1)
    told = _told(account)
    lines = tuple(
        Line(number, last - timedelta(days=back), amount, text, reference)
        for number, (back, amount, text, reference) in enumerate(told, start=2)
    )
    closing = OPENING + sum(line.amount for line in lines)
    first = last - timedelta(days=2)
    import_statement(
        account=account,
        statement=Statement(CSV, first, last, OPENING, closing, lines),
        digest=DIGEST,
        by=users[TREASURER],
        now=now,
    )


def _told(account: BankAccount) -> list[tuple[int, int, str, str]]:
    """Return the lines as days before the last, rupiah, text and reference, oldest first."""
    told = [
        (2, 168_000, "TRF DARI MASITO CONTOH UNTUK PEKERJA", ""),
        (1, -6_500, "BIAYA ADMINISTRASI", ""),
    ]
    asked = Invoice.everything.filter(office=account.office, status=Invoice.Status.OPEN)
    for place, invoice in enumerate(asked.select_related("donor").order_by("-total", "pk")[:2]):
        name = invoice.donor.name.upper()
        if place == 0:
            told.append((0, invoice.total, f"TRSF ANTAR BANK {name}", "0412-77120"))
        else:
            text = f"TRF {transfer_code(invoice.number)} {name}"
            told.append((0, invoice.total + 50_000, text, ""))
    return told
