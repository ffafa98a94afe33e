"""What the operator bears of a payment that the bank took back: months that stay bought.

The provider took the whole payment out of what he owed us. What a person rules to keep
leaves clearing as a loss, and the rest as every reversal does.
"""

from datetime import datetime

from django.db.models import Sum

from payments import ledger
from payments.models import Account, Payment, Posting, Transfer
from payments.refund_selectors import given_back
from payments.services.applying import settlement_key

BORNE = "reversal_borne"


def borne(payment: Payment) -> int:
    """Return what the operator bears of a payment already, in rupiah."""
    rows = Transfer.objects.filter(posting__payment=payment, debit__kind=Account.Kind.LOSS)
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def bear(
    *, payment: Payment, amount: int, key: str, with_rest: bool, now: datetime
) -> Posting | None:
    """Post what the operator bears, and `with_rest` what is left of the payment goes back.

    `with_rest` ends the reversal: the donor's holding must then hold the rest. Idempotent
    by key; None where nothing is to be posted. Raises ledger.InsufficientBalance.
    """
    settlement = Posting.objects.get(key=settlement_key(payment))
    # Where the money came from: what the provider holds for us.
    source = settlement.transfers.select_related("debit").order_by("pk")[0].debit
    transfers = [(ledger.account(Account.Kind.LOSS), source, amount)] if amount else []
    if with_rest:
        holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
        rest = payment.net - given_back(payment) - borne(payment) - amount
        transfers += [(holding, source, rest)] if rest else []
        fee = payment.fee_taken
        transfers += [(ledger.account(Account.Kind.FEES), source, fee)] if fee else []
    if not transfers:
        return None
    return ledger.post(
        key=key,
        kind=ledger.REVERSAL if with_rest else BORNE,
        now=now,
        transfers=transfers,
        payment=payment,
        reverses=settlement if with_rest else None,
    )
