"""Which orders and cases a donor may see, and which he may change; 404 otherwise.

Whoever only pays or looks on for an organisation sees its cases and changes none.
The branch's rules stand in `desk_access`.
"""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from accounts.models import User
from donors.access import writable_donors
from workers.desk_access import desk_case_for
from workers.desk_selectors import identity_is_open, is_own_case
from workers.models import Enrollment, Evidence, Order
from workers.selectors import own_cases, own_orders


def own_order(user: User, uuid: UUID) -> Order:
    """Return an order of the user's own donors. Raises Http404."""
    order = own_orders(user).select_related("donor", "programme").filter(uuid=uuid).first()
    if order is None:
        raise Http404
    return order


def writable_order(user: User, uuid: UUID) -> Order:
    """Return an order that the user may fill in. Raises Http404."""
    order = own_order(user, uuid)
    if not writable_donors(user).filter(pk=order.donor_id).exists():
        raise Http404
    return order


def own_case(user: User, uuid: UUID) -> Enrollment:
    """Return a case of the user's own donors. Raises Http404."""
    case = (
        own_cases(user)
        .select_related("order", "donor", "programme", "office", "village", "occupation", "link")
        .filter(uuid=uuid)
        .first()
    )
    if case is None:
        raise Http404
    return case


def writable_case(user: User, uuid: UUID) -> Enrollment:
    """Return a case that the user may mend or take back. Raises Http404."""
    case = own_case(user, uuid)
    if not writable_donors(user).filter(pk=case.donor_id).exists():
        raise Http404
    return case


def evidence_for(user: User, uuid: UUID, *, now: datetime) -> Evidence:
    """Return the proof of a case at the user's own desk, which is not his own case.

    The form bears the full NIK: only who holds the case, or has just given a reason, reads
    it (P20); donors, Kanwil, head office and everybody else get Http404.
    """
    proof = Evidence.objects.select_related("enrollment").filter(uuid=uuid).first()
    if proof is None:
        raise Http404
    case = desk_case_for(user, proof.enrollment.uuid)
    if is_own_case(case, user) or not identity_is_open(case, user, now=now):
        raise Http404
    proof.enrollment = case
    return proof
