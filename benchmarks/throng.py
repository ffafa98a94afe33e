"""A throng: very many monthly sponsorships that are due on one day, made by set statements.

One true story is told through the models; then each table is filled with copies of its row
by one `INSERT .. SELECT` over a series of numbers, so that every column, also one that is
added tomorrow, holds what the portal itself would write. Everything is due on TODAY; of
each donor's workers one in twenty is refused for a reason, half are paid for by his credit,
and the rest is invoiced. Neighbours in the registry belong to different donors, which is
the harder order for whoever writes donor by donor.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction

from accounts.models import User
from benchmarks.crowd import load_tariffs_once
from bricks.clock import end_of_jakarta_day
from bricks.engine import is_postgres
from bricks.months import ONE_DAY, add_months
from contributions.models import Contribution, Coverage, Remittance, Sponsorship
from contributions.services.billing import price_of, promised_row
from contributions.tariffs import TariffTable
from donors.models import Donor, DonorMember, Programme
from payments import ledger
from payments.models import Account, Balance, Invoice, Posting, Transfer
from payments.services.invoices import issue_invoice, number_invoice
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory
from workers.models import Enrollment, Order, Worker, WorkerEvent

TODAY = date(2026, 11, 20)
START, MONTH = date(2026, 11, 1), date(2026, 12, 1)
DONORS, FEWEST = 2_000, 40
#: Copies have the ids from here on; the rows of the story itself smaller ones.
BASE = 1_000
REFUSED_EVERY = 20
PAID = 16_800


@dataclass(frozen=True)
class Throng:
    """So many sponsorships of so many donors, and the day on which they are due."""

    size: int
    donors: int
    refused: int
    drawn: int
    today: date
    now: datetime


class Story:
    """The rows that are copied: one worker's month, paid by one donor."""

    def __init__(self) -> None:
        load_tariffs_once()
        case: Any = EnrollmentFactory(approved=True, months=1, decided_at=at(START))
        self.sponsorship = sponsored(START, 1, case=case, renews=False)
        self.case, self.worker, self.order = case, case.worker, case.order
        self.programme, self.donor = case.programme, case.donor
        self.user: Any = case.donor.person
        self.member = DonorMember.objects.get(donor=case.donor)
        self.paid = Contribution.everything.get(sponsorship=self.sponsorship)
        self.cover = Coverage.objects.get(worker=self.worker)
        self.holding = ledger.account(Account.Kind.HOLDING, donor=case.donor)
        self.clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
        self.payable = ledger.account(Account.Kind.PAYABLE)
        self.event = WorkerEvent.everything.create(
            worker=self.worker,
            kind=WorkerEvent.Kind.EMPLOYEE,
            happened_on=START,
            said_by="bpjs",
            recorded_at=at(START),
            followed_up_at=at(START),
        )

        self.price = price_of(self.sponsorship, MONTH, TariffTable.load()).total

    def asked(self) -> Contribution:
        """The worker's next month, asked for by an invoice."""
        invoice = issue_invoice(
            donor=self.donor,
            total=self.price,
            purpose=Invoice.Purpose.RENEWAL,
            expires_at=end_of_jakarta_day(add_months(MONTH, 1) - ONE_DAY),
            now=at(TODAY),
        )
        price = price_of(self.sponsorship, MONTH, TariffTable.load())
        row = promised_row(self.sponsorship, MONTH, price, invoice=invoice)
        row.save()
        number_invoice(invoice=invoice, now=at(TODAY))
        return row


def gather(size: int) -> Throng:
    """Fill the empty database with `size` sponsorships that are due, and ANALYZE it."""
    donors = _donors_of(size)
    story = Story()
    with transaction.atomic():
        _payers(story, donors)
        _workers(story, size, donors)
        _money(story, size, donors)
        _refused(story, size, donors)
        _set_sequences()
    _analyze()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({_numbers(size)}) g WHERE {_is_refused(donors)}")
        (refused,) = cursor.fetchone()
    drawn = size // donors // 2 * donors
    return Throng(size, donors, refused, drawn, TODAY, at(TODAY))


def gather_asked(size: int) -> Throng:
    """The same, but each donor has an open invoice for all of his workers already."""
    donors = _donors_of(size)
    story = Story()
    asked = story.asked()
    with transaction.atomic():
        _payers(story, donors)
        _workers(story, size, donors)
        _money(story, size, donors)
        own, payer = f"{BASE} + n", f"{BASE} + n % {donors}"
        total = f"{story.price} * {_workers_of(size, donors)}"
        number = "'BENCH-' || n"
        _copy(Invoice, asked.invoice, donors, donor_id=own, number=number, total=total)
        _copy(
            Contribution,
            asked,
            size,
            after=size,
            sponsorship_id=own,
            worker_id=own,
            invoice_id=payer,
        )
        _set_sequences()
    _analyze()
    return Throng(size, donors, 0, 0, TODAY, at(TODAY))


def _donors_of(size: int) -> int:
    return max(1, min(DONORS, size // FEWEST))


def _workers_of(size: int, donors: int) -> str:
    """How many workers the donor of number `n` has."""
    return f"({size // donors} + CASE WHEN n < {size % donors} THEN 1 ELSE 0 END)"


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if is_postgres(connection) else "ANALYZE")


def _payers(story: Story, donors: int) -> None:
    _copy(User, story.user, donors, email="'payer' || n || '@contoh.example'")
    _copy(Donor, story.donor, donors, person_id=f"{BASE} + n")
    _copy(DonorMember, story.member, donors, donor_id=f"{BASE} + n", user_id=f"{BASE} + n")
    _copy(Programme, story.programme, donors, donor_id=f"{BASE} + n")
    _copy(
        Order,
        story.order,
        donors,
        donor_id=f"{BASE} + n",
        programme_id=f"{BASE} + n",
        created_by_id=f"{BASE} + n",
    )


def _workers(story: Story, size: int, donors: int) -> None:
    own, payer = f"{BASE} + n", f"{BASE} + n % {donors}"
    nik = "md5('nik' || n) || md5('index' || n)"
    _copy(Worker, story.worker, size, nik_index=nik)
    _copy(
        Enrollment,
        story.case,
        size,
        order_id=payer,
        position=f"1 + n / {donors}",
        donor_id=payer,
        programme_id=payer,
        worker_id=own,
        nik_index=nik,
    )
    # The third in forty of each donor's refused ones has an income of which no tariff knows.
    _copy(
        Sponsorship,
        story.sponsorship,
        size,
        enrollment_id=own,
        worker_id=own,
        donor_id=payer,
        programme_id=payer,
        renews="true" if is_postgres(connection) else "1",
        bracket=f"CASE WHEN {_is_refused(donors, 4)} THEN 0 ELSE {story.sponsorship.bracket} END",
    )


def _money(story: Story, size: int, donors: int) -> None:
    """What each donor has paid for November, and what he has left for December."""
    each, own = size // donors, f"{BASE} + n"
    holding, credit = own, f"{BASE} + {donors} + n"
    workers = _workers_of(size, donors)
    _copy(Account, story.holding, donors, donor_id=own)
    _copy(Account, story.holding, donors, after=donors, donor_id=own, kind="'credit'")
    balance = Balance.objects.get(account=story.holding)
    _copy(Balance, balance, donors, account_id=holding, amount="0")
    enough = f"{each // 2 * story.price}"
    _copy(Balance, balance, donors, after=donors, account_id=credit, amount=enough)
    posting = story.paid.posting
    _copy(Posting, posting, donors, key="'november ' || n")
    _copy(Posting, posting, donors, after=donors, key="'december ' || n", kind="'too_much'")
    first = Transfer.objects.filter(posting=posting).order_by("pk")[0]
    paid = f"{PAID} * {workers}"
    for number, (debit, to, amount, of) in enumerate(
        (
            (str(story.clearing.pk), holding, paid, own),
            (holding, str(story.payable.pk), paid, own),
            (str(story.clearing.pk), credit, enough, f"{own} + {donors}"),
        )
    ):
        _copy(
            Transfer,
            first,
            donors,
            after=number * donors,
            posting_id=of,
            debit_id=debit,
            credit_id=to,
            amount=amount,
        )
    _copy(Remittance, story.paid.remittance, donors, lines=workers, total=paid)
    payer = f"{BASE} + n % {donors}"
    _copy(
        Contribution,
        story.paid,
        size,
        sponsorship_id=own,
        worker_id=own,
        posting_id=payer,
        remittance_id=payer,
    )
    _copy(Coverage, story.cover, size, worker_id=own)


def _refused(story: Story, size: int, donors: int) -> None:
    """Of a hundred workers of a donor five: two of whom another payer has bought the month,
    one frozen, one who became an employee, one whose income has no tariff."""
    other: Any = {"after": size, "where": _is_refused(donors, 0, 1)}
    pair = f"{BASE} + {size} + n"
    neighbour = f"{BASE} + (n + 1) % {donors}"
    _copy(
        Enrollment,
        story.case,
        size,
        **other,
        order_id=neighbour,
        donor_id=neighbour,
        programme_id=neighbour,
        position=f"10000 + n / {donors}",
        worker_id=f"{BASE} + n",
    )
    _copy(
        Sponsorship,
        story.sponsorship,
        size,
        **other,
        enrollment_id=pair,
        donor_id=neighbour,
        programme_id=neighbour,
        worker_id=f"{BASE} + n",
        run_start=f"'{MONTH}'",
        paid_until="'2026-12-31'",
    )
    posting = BASE + 2 * donors
    _copy(Posting, story.paid.posting, 1, after=2 * donors, key="'taken'")
    _copy(
        Contribution,
        story.paid,
        size,
        **other,
        sponsorship_id=pair,
        worker_id=f"{BASE} + n",
        month=f"'{MONTH}'",
        status="'paid'",
        covered_from=f"'{MONTH}'",
        covered_until="'2026-12-31'",
        posting_id=str(posting),
        remittance_id="NULL",
        sent_at="NULL",
        accepted_at="NULL",
    )
    _pay_for_taken(story, posting, 3 * donors)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workers_enrollment SET frozen_because = 'not_me', frozen_at = decided_at"
            f" WHERE id IN (SELECT {BASE} + n FROM ({_numbers(size)}) g"
            f" WHERE {_is_refused(donors, 2)})"
        )
    _copy(WorkerEvent, story.event, size, where=_is_refused(donors, 3), worker_id=f"{BASE} + n")


def _pay_for_taken(story: Story, posting: int, after: int) -> None:
    """Bring the other payer's money into the books, through his holding."""
    months = Contribution.everything.filter(posting=posting)
    total = sum(months.values_list("amount", flat=True))
    if not total:
        return
    first = Transfer.objects.filter(posting=story.paid.posting).order_by("pk")[0]
    own = {"posting_id": str(posting), "amount": str(total)}
    clearing, holding, payable = story.clearing.pk, story.holding.pk, story.payable.pk
    _copy(Transfer, first, 1, after=after, debit_id=str(clearing), credit_id=str(holding), **own)
    after += 1
    _copy(Transfer, first, 1, after=after, debit_id=str(holding), credit_id=str(payable), **own)


def _is_refused(donors: int, *kinds: int) -> str:
    """The condition on `n` of some of the five kinds of refusal; without one, of all."""
    nth = f"(n / {donors} + n % {donors})"
    among = ", ".join(str(kind) for kind in kinds or range(5))
    turn = f"({nth} / {REFUSED_EVERY} + n % {donors}) % 5"
    return f"({nth} % {REFUSED_EVERY} = 0 AND {turn} IN ({among}))"


# --- copying by statements ------------------------------------------------------------------
def _numbers(count: int) -> str:
    if is_postgres(connection):
        return f"SELECT g AS n FROM generate_series(0, {count - 1}) g"
    return (
        "WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g"
        f" WHERE n < {count - 1}) SELECT n FROM g"
    )


def _copy(
    model: type[models.Model],
    row: Any,
    count: int,
    *,
    after: int = 0,
    where: str = "",
    **columns: str,
) -> None:
    """Insert `count` copies of a row, with some columns worked out from their number `n`.

    Their ids begin at BASE + `after`; `where` leaves numbers out.
    """
    fields = [f for f in model._meta.local_concrete_fields if not f.generated]
    if model._meta.pk.column == "id":
        columns["id"] = f"{BASE} + {after} + n"
    if any(field.column == "uuid" for field in fields):
        columns["uuid"] = f"md5('{model._meta.db_table}{after} ' || n)"
        if is_postgres(connection):
            columns["uuid"] += "::uuid"
    values = [columns.pop(field.column, f't."{field.column}"') for field in fields]
    if columns:
        raise KeyError(f"{model._meta.db_table} has no {', '.join(columns)}")
    into = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({into}) SELECT {', '.join(values)}"
            f" FROM ({_numbers(count)}) g CROSS JOIN {table} t"
            f" WHERE t.{model._meta.pk.column} = {row.pk}{' AND ' + where if where else ''}"
        )


def _set_sequences() -> None:
    """Let the ids that the portal gives go on behind the copies."""
    touched = [User, Donor, DonorMember, Programme, Order, Worker, Enrollment, Sponsorship]
    touched += [Account, Balance, Posting, Transfer, Remittance, Contribution, Coverage]
    touched += [WorkerEvent, Invoice]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), touched):
            cursor.execute(statement)
