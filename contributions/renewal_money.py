"""What of every donor's credit, and of every programme's fund, may buy months now.

The set-based twin of `services.crediting.spendable`, which a test holds it to.
"""

from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from contributions.models import LateMoney
from donors.models import BUDGETS
from payments.models import Account, Balance, Payment, Refund

Sql = tuple[str, tuple[Any, ...]]

_FREE = """SELECT there.owner, there.money - COALESCE(waiting.money, 0)
       - COALESCE(wanted.money, 0) AS free
FROM ({there}) there LEFT JOIN ({waiting}) waiting ON waiting.owner = there.owner
LEFT JOIN ({wanted}) wanted ON wanted.owner = there.owner"""
_BOTH = """SELECT FALSE AS budget, owner, free FROM ({credit}) of_donors WHERE free > 0
UNION ALL SELECT TRUE, owner, free FROM ({fund}) of_programmes WHERE free > 0"""


def free_money() -> Sql:
    """Select `budget` (a fund, else a credit), `owner` (programme or donor) and `free`, the
    rupiah above 0 that nobody waits for, with the parameters."""
    credit, credit_params = _free(
        Account.Kind.CREDIT,
        "donor",
        late=_late().exclude(sponsorship__funding__in=BUDGETS),
        late_owner="sponsorship__donor",
        asked=_asked().filter(programme__isnull=True),
    )
    fund, fund_params = _free(
        Account.Kind.FUND,
        "programme",
        late=_late().filter(sponsorship__funding__in=BUDGETS),
        late_owner="sponsorship__programme",
        asked=_asked().filter(programme__isnull=False),
    )
    return _BOTH.format(credit=credit, fund=fund), (*credit_params, *fund_params)


def _free(
    kind: str,
    owner: str,
    *,
    late: QuerySet[LateMoney],
    late_owner: str,
    asked: QuerySet[Refund],
) -> Sql:
    balances = Balance.objects.filter(account__kind=kind, amount__gt=0).order_by()
    there, there_params = _compiled(
        balances.values(owner=F(f"account__{owner}"), money=F("amount"))
    )
    waiting, waiting_params = _compiled(_summed(late, late_owner))
    wanted, wanted_params = _compiled(_summed(asked, owner))
    sql = _FREE.format(there=there, waiting=waiting, wanted=wanted)
    return sql, (*there_params, *waiting_params, *wanted_params)


def _late() -> QuerySet[LateMoney]:
    return LateMoney.objects.filter(
        status=LateMoney.Status.WAITING, payment__status=Payment.Status.SETTLED
    )


def _asked() -> QuerySet[Refund]:
    """As `payments.refund_selectors.asked_of_balance`, of everybody."""
    return Refund.everything.filter(Q(months=[]) | Q(round__gt=0), status=Refund.Status.ASKED)


def _summed(rows: QuerySet[Any], owner: str) -> QuerySet[Any, dict[str, Any]]:
    found = rows.order_by().annotate(owner=F(owner)).values("owner")
    return found.annotate(money=Sum("amount")).values("owner", "money")


def _compiled(rows: QuerySet[Any, Any]) -> Sql:
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)
