"""Money that buys no month now: whose it is, what of it is free, and buying months with it.

Private money becomes the donor's credit. Money of a public budget stays in the fund of its
programme, from which it goes back to the treasury (P28).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from contributions.credit_letters import spent_letter
from contributions.models import Contribution, CreditUse, LateMoney, Sponsorship
from contributions.price_changes import price_changes
from contributions.services.buying import write_deals
from contributions.services.offering import Deal, line_of
from contributions.services.releasing import void_open_invoices
from contributions.services.telling import tell_donor
from donors.models import BUDGETS, Programme
from payments import ledger
from payments.models import Account, Balance, Invoice, Payment
from payments.refund_selectors import asked_of_balance

SPENT = "credit_spent"


def rest_account(sponsorship: Sponsorship) -> Account:
    """Return whose account takes what is left over of money for a sponsorship.

    Money of a public budget (APBD, APBN, APBDes, DBH) stays in the fund of its programme
    and goes back to the treasury; that of the bridge fund goes back to it; any other is the
    donor's credit.
    """
    if sponsorship.programme.kind == Programme.Kind.BRIDGE:
        return ledger.account(Account.Kind.BRIDGE)
    if sponsorship.funding in BUDGETS:
        return ledger.account(Account.Kind.FUND, programme=sponsorship.programme)
    return ledger.account(Account.Kind.CREDIT, donor=sponsorship.donor)


def rest_account_of(invoice: Invoice) -> Account:
    """The same of the sponsorships on an invoice, which are all of one programme."""
    lines = Contribution.everything.filter(invoice=invoice)
    first = lines.select_related("sponsorship__donor", "sponsorship__programme").order_by("pk")[:1]
    for line in first:
        return rest_account(line.sponsorship)
    return ledger.account(Account.Kind.CREDIT, donor=invoice.donor)


def hold_balance(account: Account) -> int:
    """Return what stands in a credit or a fund, and let nobody else spend of it until the
    caller's transaction ends. Called after `lock_workers`."""
    rows = Balance.objects.select_for_update().filter(account=account)
    return rows.values_list("amount", flat=True).first() or 0


def promised_elsewhere(account: Account) -> int:
    """Return what of a credit or fund waits for somebody's word, in rupiah.

    Late money on which the branch has not decided, and what its donor has asked back; but
    not what months hold that are to be undone for it, which is no credit yet.
    """
    late = LateMoney.objects.filter(
        status=LateMoney.Status.WAITING, payment__status=Payment.Status.SETTLED
    )
    if account.kind == Account.Kind.FUND:
        late = late.filter(
            sponsorship__programme=account.programme_id, sponsorship__funding__in=BUDGETS
        )
    else:
        late = late.filter(sponsorship__donor=account.donor_id).exclude(
            sponsorship__funding__in=BUDGETS
        )
    owner = account.programme.donor if account.programme else account.donor
    if owner is None:
        raise TypeError("the database lets no credit be without its donor")
    asked = asked_of_balance(owner, account.programme)
    sums = [rows.aggregate(sum=Sum("amount"))["sum"] or 0 for rows in (late, asked)]
    return sum(sums)


def spendable(account: Account) -> int:
    """Return what of a credit may buy months now, held for the caller (`hold_balance`)."""
    return max(hold_balance(account) - promised_elsewhere(account), 0)


def use_credit(
    *,
    deals: Sequence[Deal],
    account: Account,
    reason: str,
    key: str,
    now: datetime,
    payment: Payment | None = None,
) -> CreditUse | None:
    """Buy the months of these deals with a credit or a fund; None if they have none.

    Open invoices that ask for the same sponsorships are withdrawn. `key` makes the posting
    the fact's own; `payment` is the one whose rest is spent, so that its reversal finds the
    months. Called after `lock_workers` and `spendable`, in the caller's transaction.
    """
    bought = [deal for deal in deals if deal.months]
    if not bought:
        return None
    first = bought[0].offer.line.sponsorship
    amount = sum(deal.amount for deal in bought)
    posting = ledger.post(
        key=key,
        kind=SPENT,
        now=now,
        transfers=[(account, ledger.account(Account.Kind.PAYABLE), amount)],
        payment=payment,
    )
    void_open_invoices(sponsorship_ids=[deal.offer.line.sponsorship.pk for deal in bought], now=now)
    write_deals(bought, posting=posting, paid_at=now, now=now)
    return CreditUse.objects.create(
        donor=first.donor,
        programme=account.programme,
        posting=posting,
        reason=reason,
        months=sum(deal.months for deal in bought),
        amount=amount,
        lines=[
            {
                "sponsorship": deal.offer.line.sponsorship.pk,
                "months": deal.months,
                "amount": deal.amount,
            }
            for deal in bought
        ],
        made_at=now,
    )


def tell_spent(use: CreditUse, deals: Sequence[Deal], *, left: int, now: datetime) -> None:
    """Tell the donor which months his credit has bought, and what is left of it."""
    lines = [line_of(deal) for deal in deals if deal.months]
    months = Contribution.everything.filter(posting=use.posting)
    dearer = price_changes(months, before=Contribution.everything.exclude(posting=use.posting))
    tell_donor(
        donor=use.donor,
        key=f"credit_use:{use.pk}",
        kind="credit_spent",
        text=lambda _user: spent_letter(use, lines, left=left, dearer=dearer),
        now=now,
    )
