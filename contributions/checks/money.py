"""Money: every rupiah adds up, in accounts, postings, months and invoices."""

from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Least

from contributions.checks.base import Check, ids, total
from contributions.identity import identity
from contributions.models import Allocation, Contribution
from contributions.services.recounting import COUNTED
from contributions.worth import total_worth
from payments.models import Account, Balance, Invoice, Payment, Posting, Transfer

Kind = Account.Kind


def _identity_broken(now: datetime) -> list[int]:
    found = identity()
    return [] if found.holds else [found.received]


def _wrong_balances(now: datetime) -> list[int]:
    transfers = Transfer.objects.all()
    wrong = Account.objects.filter(kind__in=Account.KEPT).annotate(
        moved=total(transfers, "credit") - total(transfers, "debit"),
        kept=Coalesce(
            Subquery(Balance.objects.filter(account=OuterRef("pk")).values("amount")), -1
        ),
    )
    return ids(wrong.exclude(moved=F("kept")))


def _wrong_postings(now: datetime) -> list[int]:
    """Postings whose money for months differs from the months that bear their id."""
    bought = Transfer.objects.filter(credit__kind=Kind.PAYABLE)
    rows = Posting.objects.annotate(
        paid=total(bought, "posting"), months=total(Contribution.everything.all(), "posting")
    )
    return ids(rows.exclude(paid=F("months")))


def _wrong_payable(now: datetime) -> list[int]:
    """What the books owe BPJS differs from what months that are bought or refused hold."""
    months = Contribution.everything.filter(status__in=COUNTED)
    difference = identity().months - total_worth(months)
    return [difference] if difference else []


def _wrong_allocations(now: datetime) -> list[int]:
    rows = Allocation.objects.annotate(
        rows=Coalesce(
            Subquery(
                Contribution.everything.filter(posting=OuterRef("posting"))
                .order_by()
                .values("posting")
                .annotate(count=Count("pk"))
                .values("count")
            ),
            0,
        )
    )
    fee = Least(F("payment__fee"), F("payment__received") - 1)
    whole = Q(payment__received=F("bought") + F("credited") + fee)
    return ids(rows.exclude(whole & Q(months=F("rows"))))


def _money_left_in_holding(now: datetime) -> list[int]:
    """Payments that were worked off, and some of whose money is still in holding."""
    done = Q(status=Payment.Status.SETTLED, followed_up_at__isnull=False) | Q(
        status=Payment.Status.REVERSED, postings__reversed_by__isnull=False
    )
    left = Payment.everything.filter(done).annotate(
        held=total(Transfer.objects.filter(credit__kind=Kind.HOLDING), "posting__payment")
        - total(Transfer.objects.filter(debit__kind=Kind.HOLDING), "posting__payment")
    )
    return ids(left.exclude(held=0).distinct())


def _wrong_invoices(now: datetime) -> list[int]:
    rows = Invoice.everything.annotate(asked=total(Contribution.everything.all(), "invoice"))
    return ids(rows.exclude(asked=F("total")))


CHECKS = (
    Check("identity", "The parts of the money do not sum to what was received", _identity_broken),
    Check("balance", "A balance differs from its transfers; accounts", _wrong_balances),
    Check("posting", "Months differ from the posting that paid them; postings", _wrong_postings),
    Check("payable", "What is owed to BPJS differs from the months by rupiah", _wrong_payable),
    Check("allocation", "An allocation does not add up; allocations", _wrong_allocations),
    Check("holding", "Money was left in holding; payments", _money_left_in_holding),
    Check("invoice", "The months of an invoice differ from its total; invoices", _wrong_invoices),
)
