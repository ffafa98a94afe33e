"""Who may ask for money, see refunds and decide on them; everyone else reads 404."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role, User
from donors.models import BUDGETS, Donor, Programme
from donors.selectors import donors_of
from donors.telling import PAYING_ROLES
from payments.models import Balance, BankAccount, Invoice, Payment, Refund
from payments.models.scopes import of_treasury
from payments.refund_selectors import refund_for

READERS = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR)
TREASURERS = roles_only(Role.Kind.TREASURER)
#: Who may be the second person.
SECONDS = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE)


def own_donor(user: User, uuid: str | None) -> Donor | None:
    """Return the donor that the user asks about, or his first; None if he has none.

    Another's raises Http404.
    """
    mine = own_donors(user)
    if not uuid:
        return mine.first()
    try:
        found = mine.filter(uuid=UUID(uuid)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def own_donors(user: User) -> QuerySet[Donor]:
    """Return the donors for whom the user acts, to choose from."""
    return donors_of(user).distinct().order_by("kind", "pk")


def may_ask(user: User, donor: Donor) -> bool:
    """Tell whether the user may ask for the donor's money."""
    return donor.members.filter(user=user, left_at__isnull=True, role__in=PAYING_ROLES).exists()


def refund_of(user: Any, uuid: UUID) -> Refund:
    """Return a refund that the user may see, or raise Http404."""
    found = refund_for(user, uuid)
    if found is None:
        raise Http404
    return found


def refunds_of(user: User, donor: Donor) -> QuerySet[Refund]:
    """Return a donor's refunds that the user may see, newest first."""
    rows = Refund.objects.visible_to(user).filter(donor=donor)
    return rows.select_related("programme", "payment").order_by("-asked_at", "-pk")


def credits_for(user: User) -> QuerySet[Balance]:
    """Return the credits above 0 of donors whose money the user looks after."""
    donors = Invoice.objects.visible_to(user).values("donor")
    rows = Balance.objects.filter(account__kind="credit", amount__gt=0, account__donor__in=donors)
    return rows.select_related("account__donor").order_by("-amount", "pk")


def credit_donor(user: User, uuid: UUID) -> Donor:
    """Return a donor whose money the user looks after, or raise Http404."""
    donors = Invoice.objects.visible_to(user).values("donor")
    found = Donor.everything.filter(uuid=uuid, pk__in=donors).first()
    if found is None:
        raise Http404
    return found


def funds_for(user: User) -> QuerySet[Programme]:
    """Return the budget programmes whose money the user looks after."""
    rows = Programme.objects.filter(funding__in=BUDGETS).select_related("donor")
    if not user.is_head_office:
        rows = rows.filter(of_treasury(user, on="opened_by_office"))
    return rows.order_by("name", "pk")


def fund_of(user: User, uuid: UUID) -> Programme:
    """Return one of these programmes, or raise Http404."""
    found = funds_for(user).select_related("donor", "opened_by_office").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def budgets_of(donor: Donor) -> QuerySet[Programme]:
    """Return a donor's programmes of public budgets."""
    return Programme.objects.filter(donor=donor, funding__in=BUDGETS).order_by("name", "pk")


def invoice_of(user: User, uuid: UUID) -> Invoice:
    """Return an invoice whose money the user looks after, or raise Http404."""
    found = Invoice.objects.visible_to(user).filter(uuid=uuid).select_related("donor").first()
    if found is None:
        raise Http404
    return found


def invoice_numbered(user: User, number: str) -> Invoice | None:
    """Return the invoice of a number, among those that the user may see."""
    found: Invoice | None = Invoice.objects.visible_to(user).filter(number=number).first()
    return found


def bank_accounts(user: User) -> QuerySet[BankAccount]:
    """Return the open bank accounts of the user's offices."""
    rows: QuerySet[BankAccount] = BankAccount.objects.visible_to(user)
    return rows.filter(closed_at__isnull=True).order_by("bank", "number")


def payments_of(donor: Donor) -> QuerySet[Payment]:
    """Return the payments of a donor that may be named as an instrument."""
    settled = Payment.everything.filter(invoice__donor=donor, status=Payment.Status.SETTLED)
    return settled.select_related("invoice").order_by("-settled_at", "-pk")
