"""What a renewal is compared with: a bare insert, and the same work as a loop over objects.

Both are undone or stand beside the portal's tables, so that the renewal finds its throng
untouched.
"""

from collections import defaultdict
from time import perf_counter

from django.db import connection, transaction

from benchmarks.throng import MONTH, Throng
from bricks.clock import end_of_jakarta_day
from bricks.engine import is_postgres
from bricks.months import ONE_DAY, add_months, first_of_month, period_of
from contributions.gate import withheld
from contributions.models import Contribution, CreditUse, Sponsorship, TariffMonth
from contributions.models.cover import BOUGHT
from donors.models import Donor
from donors.telling import tell_donor
from payments import ledger
from payments.models import Account, Invoice
from payments.services.invoices import issue_invoice, number_invoice

#: The fixed table of the bare insert: it does not grow with the portal's own. Its columns
#: are those of a contribution that anybody needs; one primary key, one unique pair, one
#: index, one foreign key.
_KEY = {True: "bigserial PRIMARY KEY", False: "integer PRIMARY KEY AUTOINCREMENT"}
_TABLE = """
CREATE TABLE bench_contribution (
  id {key},
  worker_id bigint NOT NULL,
  sponsorship_id bigint NOT NULL REFERENCES contributions_sponsorship (id),
  month date NOT NULL,
  status varchar(8) NOT NULL,
  bracket smallint NOT NULL,
  jkk bigint NOT NULL,
  jkm bigint NOT NULL,
  jht bigint NOT NULL,
  legal_basis varchar(120) NOT NULL,
  covered_from date NULL,
  covered_until date NULL,
  posting_id bigint NULL,
  paid_at timestamp with time zone NULL,
  UNIQUE (worker_id, month)
)
"""
_INDEX = "CREATE INDEX bench_of_sponsorship ON bench_contribution (sponsorship_id)"
_INSERT = """
INSERT INTO bench_contribution
  (worker_id, sponsorship_id, month, status, bracket, jkk, jkm, jht, legal_basis,
   covered_from, covered_until, posting_id, paid_at)
SELECT worker_id, id, %s, 'paid', bracket, 10000, 6800, 0, 'PP 44/2015', %s, %s, 1, %s
FROM contributions_sponsorship WHERE status = 'active' AND renews LIMIT %s
"""


def bare_insert(throng: Throng, rows: int) -> float:
    """Return the seconds of one `INSERT .. SELECT` of as many months, without any decision."""
    days = period_of(MONTH, 0)
    with connection.cursor() as cursor:
        cursor.execute(_TABLE.format(key=_KEY[is_postgres(connection)]))
        cursor.execute(_INDEX)
        started = perf_counter()
        cursor.execute(_INSERT, [MONTH, *days, throng.now, rows])
        seconds = perf_counter() - started
        if cursor.rowcount != rows:
            raise AssertionError(f"{cursor.rowcount} rows inserted, not {rows}")
        cursor.execute("DROP TABLE bench_contribution")
    return seconds


def orm_loop(throng: Throng, sample: int) -> float:
    """Renew so many sponsorships one by one with objects, undo it, and return the rate.

    As one would write it without a thought of speed, and kindly measured: one transaction
    around all of them, no plan, no lock, no outcome row.
    """
    donors = max(1, sample * throng.donors // throng.size)
    chosen = Donor.everything.order_by("-pk")[:donors].values_list("pk", flat=True)
    due = Sponsorship.everything.filter(donor__in=list(chosen), status="active", renews=True)
    ids = list(due.order_by("donor", "pk").values_list("pk", flat=True))
    with transaction.atomic():
        started = perf_counter()
        months = _loop(ids, throng)
        seconds = perf_counter() - started
        transaction.set_rollback(True)
    return months / seconds


def _loop(ids: list[int], throng: Throng) -> int:
    months = 0
    asked: dict[Donor, list[Contribution]] = defaultdict(list)
    for pk in ids:
        row = Sponsorship.everything.select_related("worker", "donor").get(pk=pk)
        month = _next_month(row, throng)
        if month is None:
            continue
        months += 1
        if not _pay_from_credit(row, month, throng):
            month.save()
            asked[row.donor].append(month)
    for donor, lines in asked.items():
        _ask(donor, lines, throng)
    return months


def _next_month(row: Sponsorship, throng: Throng) -> Contribution | None:
    """The month to be bought with its price, or None where it may not be."""
    month = first_of_month((row.paid_until or throng.today) + ONE_DAY)
    bought = Contribution.everything.filter(worker=row.worker, month=month, status__in=BOUGHT)
    price = TariffMonth.objects.filter(
        bracket=row.bracket, month=month, sector=row.sector, funding=row.funding
    ).first()
    if withheld([row]) or bought.exists() or price is None:
        return None
    return Contribution(
        worker=row.worker,
        sponsorship=row,
        month=month,
        status=Contribution.Status.PROMISED,
        bracket=row.bracket,
        jkk=price.jkk,
        jkm=price.jkm,
        legal_basis=price.legal_basis,
    )


def _pay_from_credit(row: Sponsorship, month: Contribution, throng: Throng) -> bool:
    credit = ledger.account(Account.Kind.CREDIT, donor=row.donor)
    amount = month.jkk + month.jkm
    if ledger.balance_of(credit) < amount or row.run_start is None:
        return False
    posting = ledger.post(
        key=f"loop:{row.pk}",
        kind="credit_spent",
        now=throng.now,
        transfers=[(credit, ledger.account(Account.Kind.PAYABLE), amount)],
    )
    month.status, month.posting, month.paid_at = "paid", posting, throng.now
    month.covered_from, month.covered_until = period_of(row.run_start, row.run_months)
    month.save()
    CreditUse.objects.create(
        donor=row.donor,
        posting=posting,
        reason=CreditUse.Reason.RENEWAL,
        months=1,
        amount=amount,
        lines=[{"sponsorship": row.pk, "months": 1, "amount": amount}],
        made_at=throng.now,
    )
    row.run_months, row.paid_until = row.run_months + 1, month.covered_until
    row.save(update_fields=["run_months", "paid_until"])
    return True


def _ask(donor: Donor, lines: list[Contribution], throng: Throng) -> None:
    """One invoice for a donor's promised months, and one message."""
    invoice = issue_invoice(
        donor=donor,
        total=sum(line.jkk + line.jkm for line in lines),
        purpose=Invoice.Purpose.RENEWAL,
        expires_at=end_of_jakarta_day(add_months(MONTH, 1) - ONE_DAY),
        now=throng.now,
    )
    for line in lines:
        line.invoice = invoice
        line.save(update_fields=["invoice"])
    number_invoice(invoice=invoice, now=throng.now)
    tell_donor(
        donor=donor,
        key=f"loop:{invoice.pk}",
        kind="renewal_invoice",
        text=lambda _user: ("Perpanjangan", f"Untuk {len(lines)} pekerja."),
        now=throng.now,
    )
