"""Who may read and who may rule on what providers told; others 403 or 404.

An event is looked after with its order's invoice; an order that nobody knows belongs to
no branch: the treasurers and auditors of a Kanwil see it, and head office.
"""

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role, User
from payments.models import Payment, ProviderEvent
from payments.models.scopes import of_treasury
from payments.selectors import NEEDS_A_PERSON
from regions.models import Office

event_readers = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE, Role.Kind.AUDITOR)
event_rulers = roles_only(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE)


def events_for(user: User) -> QuerySet[ProviderEvent]:
    """Return the events that needed a person and that the user may read, ruled on or not."""
    rows = ProviderEvent.objects.filter(outcome__in=NEEDS_A_PERSON)
    if user.is_head_office:
        return rows
    own = Payment.everything.filter(of_treasury(user, "invoice__office"))
    seen = Q(order_id__in=own.values("order_id")) & ~Q(outcome=ProviderEvent.Outcome.UNKNOWN_ORDER)
    treasuries = user.offices("treasurer")
    watched = treasuries or user.offices("auditor")
    at_kanwil = any(office.kind == Office.Kind.KANWIL for office in watched)
    if at_kanwil or (user.audits_the_country and not treasuries):
        seen |= Q(outcome=ProviderEvent.Outcome.UNKNOWN_ORDER)
    return rows.filter(seen)


def event_for(user: User, pk: int) -> ProviderEvent:
    """Return an event that the user may read, or raise Http404."""
    found = events_for(user).select_related("decided_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def reads_body(user: User) -> bool:
    """Tell whether the user may read a webhook as it came: who may rule on it (P38)."""
    return user.has_role(Role.Kind.TREASURER, Role.Kind.HEAD_OFFICE)
