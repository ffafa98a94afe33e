"""Free money, asked of everybody at once, is what each credit and fund may spend by itself."""

from datetime import date
from itertools import count
from typing import Any

import pytest

from contributions.models import LateMoney
from contributions.renewal_money import free_money
from contributions.services.crediting import spendable
from contributions.services.renewal_plan import select
from donors.models import Donor, Programme
from payments import ledger
from payments.models import Account, Payment, Refund
from tests.contributions.builders import billed_order, few_prices, pay
from tests.contributions.rows import sponsored
from tests.factories import (
    NOW,
    DonorFactory,
    EnrollmentFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
_serials = count(1)


def funded(account: Account, amount: int) -> None:
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    ledger.post(
        key=f"given:{account.pk}:{next(_serials)}",
        kind="settlement",
        now=NOW,
        transfers=[(clearing, account, amount)],
    )


def credit(amount: int, donor: Donor | None = None) -> Donor:
    donor = donor or DonorFactory()
    funded(ledger.account(Account.Kind.CREDIT, donor=donor), amount)
    return donor


def fund(amount: int) -> Programme:
    programme = ProgrammeFactory(agreement=True, funding="apbd")
    funded(ledger.account(Account.Kind.FUND, programme=programme), amount)
    return programme


def late(donor: Donor, payment: Payment, amount: int, **fields: Any) -> LateMoney:
    case = EnrollmentFactory(approved=True, order=OrderFactory(donor=donor))
    row = sponsored(date(2026, 1, 1), 12, case=case)
    return LateMoney.objects.create(
        payment=payment, sponsorship=row, amount=amount, made_at=NOW, **fields
    )


def asked_back(donor: Donor, amount: int, **fields: Any) -> Refund:
    asked = {"asked_by": UserFactory(), "asked_at": NOW, "reason": "uji", "target": "account"}
    return Refund.everything.create(donor=donor, amount=amount, **asked | fields)


def test_free_money_is_what_each_credit_and_fund_may_spend():
    few_prices()
    paid = pay(billed_order(), NOW)
    other = pay(billed_order(), NOW)
    whole, waiting, decided = credit(1), credit(100), credit(100)
    late(waiting, paid, 30)
    late(decided, paid, 30, status="credited", decided_by=UserFactory(), decided_at=NOW)
    unsettled = credit(100)
    late(unsettled, other, 30)
    Payment.everything.filter(pk=other.pk).update(status="failed")
    wanted, undone, later, withdrawn = credit(100), credit(100), credit(100), credit(100)
    asked_back(wanted, 100)
    asked_back(undone, 40, months=[{"contribution": 1, "amount": 40}], round=1)
    asked_back(later, 40, months=[{"contribution": 1, "amount": 40}])
    asked_back(withdrawn, 40, status="withdrawn", closed_at=NOW)
    both = credit(100)
    late(both, paid, 70)
    asked_back(both, 40)
    budget, dry = fund(500), fund(60)
    owner = credit(80, budget.donor)
    case = EnrollmentFactory(approved=True, order=OrderFactory(programme=budget))
    row = sponsored(date(2026, 1, 1), 12, case=case)
    LateMoney.objects.create(payment=paid, sponsorship=row, amount=90, made_at=NOW)
    asked_back(budget.donor, 10, programme=budget, target="treasury")
    asked_back(dry.donor, 60, programme=dry, target="treasury")
    text, params = free_money()
    found = {(bool(is_fund), owned): int(free) for is_fund, owned, free in select(text, params)}
    kinds = [Account.Kind.CREDIT, Account.Kind.FUND]
    held = Account.objects.filter(kind__in=kinds).select_related("programme__donor", "donor")
    twin = {
        (account.kind == "fund", account.programme_id or account.donor_id): spendable(account)
        for account in held
    }
    assert found == {key: free for key, free in twin.items() if free}
    mine = {
        False: [whole, waiting, decided, unsettled, wanted, undone, later, withdrawn, both, owner]
    }
    free = [twin[False, donor.pk] for donor in mine[False]]
    assert free == [1, 70, 100, 100, 0, 60, 100, 100, 0, 80]
    assert [twin[True, programme.pk] for programme in (budget, dry)] == [400, 0]
