"""Stories of the bridge fund: opened by two people of head office, with money from a bank."""

from datetime import date
from typing import Any

from accounts.models import Role
from contributions.models import BridgeFund, BridgeReceipt, Sponsorship
from contributions.services.bridge_fund import Basis, confirm_fund, propose_fund, receive
from contributions.services.stopping import stop_sponsorship
from payments import ledger
from payments.models import Account
from tests.contributions.builders import covered_worker
from tests.factories import NOW, OfficeFactory, RoleFactory
from tests.payments.banking import bank_account, came_in

#: One month of the lowest income outside transport, as CSR pays it.
PRICE = 8_400


def head() -> Any:
    return RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user


def proposed(by: Any = None) -> BridgeFund:
    basis = Basis("Keputusan direksi", "KEP/1/2026", date(2026, 11, 1), OfficeFactory())
    return propose_fund(basis=basis, by=by or head(), now=NOW)


def opened(rupiah: int = 0) -> BridgeFund:
    """An open fund that holds so many rupiah."""
    fund = proposed()
    confirm_fund(fund=fund, by=head(), now=NOW)
    if rupiah:
        received(rupiah)
    return BridgeFund.objects.get(pk=fund.pk)


def received(rupiah: int) -> BridgeReceipt:
    line = came_in(bank_account(), rupiah)
    return receive(line=line, source="Yayasan Contoh", seen=0, by=head(), now=NOW)


def held() -> int:
    """What the fund holds, in rupiah."""
    return ledger.balance_of(ledger.account(Account.Kind.BRIDGE))


def stopped(**case: Any) -> Sponsorship:
    """A worker of one paid month, whose donor has said stop."""
    row = covered_worker(months=1, **case)
    stop_sponsorship(sponsorship=row, by=row.donor.members.get(role="owner").user, now=NOW)
    row.refresh_from_db()
    return row
