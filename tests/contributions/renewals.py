"""A little renewal with everything in it, and a picture of it that two runs can share."""

from datetime import date
from typing import Any

from contributions.models import (
    Contribution,
    CreditUse,
    RenewalOutcome,
    RenewalRun,
    Sponsorship,
)
from contributions.services import renewal_plan
from donors.models import Donor
from notices.models import Message
from payments import ledger
from payments.models import Account, Balance, Invoice
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, OrderFactory, ProgrammeFactory

TODAY = date(2026, 12, 10)
NIGHT = at(TODAY, 1)
YEAR = 12 * 16_800


def give_credit(donor: Donor, amount: int) -> None:
    """Put rupiah into a donor's credit."""
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    credit = ledger.account(Account.Kind.CREDIT, donor=donor)
    transfers = [(clearing, credit, amount)]
    ledger.post(key=f"given:{donor.pk}", kind="settlement", now=NIGHT, transfers=transfers)


def order_of(workers: int, **fields: Any) -> list[Sponsorship]:
    """Sponsorships of one donor whose year ends on 31 December, the first one's first."""
    order = OrderFactory(**fields)
    return [
        sponsored(
            date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order, months=12)
        )
        for _ in range(workers)
    ]


def little_world() -> list[Sponsorship]:
    """Three donors and six workers: two are drawn, three are asked for, one month is taken."""
    rich, asked = order_of(3), order_of(2)
    give_credit(rich[0].donor, 2 * YEAR + 5)
    shared = order_of(1)
    case = EnrollmentFactory(approved=True, months=1, of=shared[0].worker)
    sponsored(date(2027, 1, 1), 1, case=case, renews=False)
    return [*rich, *asked, *shared]


def dry_programme(ceiling: int, workers: int = 3) -> list[Sponsorship]:
    """Sponsorships of a budget's programme with a ceiling."""
    programme = ProgrammeFactory(agreement=True, funding="apbd", ceiling=ceiling)
    return order_of(workers, programme=programme)


def small_chunks(monkeypatch: Any, lines: int = 3) -> None:
    """Cut plans so that a little world makes more than one chunk on both engines."""
    for name in ("CHUNK", "CHUNK_SQLITE", "SMALL_CHUNK"):
        monkeypatch.setattr(renewal_plan, name, lines)
    monkeypatch.setattr(renewal_plan, "FEW_CHUNKS", 1)


def picture() -> dict[str, Any]:
    """Everything that a run leaves behind, without the names that chance gives."""
    months = Contribution.everything.order_by("worker", "month", "status")
    return {
        "months": list(
            months.values_list(
                "worker", "month", "status", "amount", "covered_from", "covered_until", "paid_at"
            )
        ),
        "runs": list(
            Sponsorship.everything.order_by("pk").values_list(
                "pk", "run_start", "run_months", "paid_until", "parked_at"
            )
        ),
        "invoices": list(
            Invoice.everything.order_by("number").values_list("donor", "total", "number", "status")
        ),
        "uses": list(
            CreditUse.objects.order_by("donor").values_list("donor", "amount", "months", "lines")
        ),
        "balances": list(
            Balance.objects.order_by("account").values_list("account__kind", "amount")
        ),
        "messages": list(Message.objects.order_by("user").values_list("user", "kind", "optional")),
        "outcomes": list(
            RenewalOutcome.everything.order_by("sponsorship").values_list(
                "sponsorship", "reason", "closed_at"
            )
        ),
        "stages": list(RenewalRun.objects.values_list("stage", flat=True).distinct()),
    }
