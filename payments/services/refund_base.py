"""What every step of a refund needs: the rows held, the money's account, the log, a letter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import User
from donors.models import Donor, Programme
from donors.telling import tell_donor
from payments import ledger, refund_letters
from payments.models import Account, Balance, Payment, Refund
from payments.models.refunds import account_text


@dataclass(frozen=True)
class Destination:
    """Where money goes: back to the instrument of a payment, to an account, to a treasury."""

    target: str
    payment: Payment | None = None
    bank: str = ""
    account_number: str = ""
    holder: str = ""
    holder_checked: bool = False
    slip: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the columns of a refund that say so."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def account(self) -> str:
        """Bank, number and holder in one text; empty where no account is named."""
        return account_text(self.bank, self.account_number, self.holder)


def hold(refund: Refund) -> Refund:
    """Hold the refund and the money that it is about until the transaction ends.

    The payment whose instrument takes it first, as a reversal does, then the balance. A
    floor above that undoes months locks the payment and its workers before.
    """
    hold_payment(refund)
    hold_money(refund.donor, refund.programme)
    rows = Refund.everything.select_related("donor", "programme", "payment__invoice", "office")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=refund.pk)


def hold_payment(refund: Refund) -> None:
    """Hold the payment whose instrument takes the refund; a reversal of it waits."""
    payments = Payment.everything.filter(pk=refund.payment_id or 0)
    list(payments.select_for_update(no_key=True).values_list("pk", flat=True))


def money_of(donor: Donor, programme: Programme | None) -> Account:
    """Return the account that a refund takes from: a programme's fund, or the credit."""
    if programme is not None:
        return ledger.account(Account.Kind.FUND, programme=programme)
    return ledger.account(Account.Kind.CREDIT, donor=donor)


def hold_money(donor: Donor, programme: Programme | None) -> None:
    """Hold the balance row: who spends the same money waits, or has spent it."""
    rows = Balance.objects.filter(account=money_of(donor, programme))
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def record(
    refund: Refund,
    step: str,
    now: datetime,
    by: User | None,
    *,
    personal: dict[str, Any] | None = None,
    **after: Any,
) -> None:
    audit.record(
        action=f"refund.{step}",
        obj=refund,
        actor=by,
        office=refund.office,
        now=now,
        after=after,
        personal=personal,
    )


def tell(refund: Refund, step: str, now: datetime) -> None:
    letter = getattr(refund_letters, f"{step}_letter")
    tell_donor(
        donor=refund.donor,
        key=f"refund:{refund.pk}:{refund.round}:{step}",
        kind=f"refund_{step}",
        text=lambda _user: letter(refund),
        now=now,
    )
