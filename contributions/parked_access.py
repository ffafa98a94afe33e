"""Who may open what the clock leaves to people; everyone else reads 404."""

from typing import Any
from uuid import UUID

from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role
from contributions import parked
from contributions.models import Contribution, ReversalRuling, Sponsorship
from payments.models import Payment

readers = roles_only(
    Role.Kind.BRANCH_OFFICER,
    Role.Kind.BRANCH_SUPERVISOR,
    Role.Kind.TREASURER,
    Role.Kind.AUDITOR,
    Role.Kind.HEAD_OFFICE,
)
proposers = roles_only(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)
deciders = roles_only(Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR, Role.Kind.TREASURER)


def payment_for(user: Any, uuid: UUID) -> Payment:
    """Return a reversed payment of which something waits, or raise Http404."""
    found = parked.parked_payments(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def sponsorship_for(user: Any, uuid: UUID) -> Sponsorship:
    """Return a sponsorship that is parked for another reason, or raise Http404."""
    found = parked.parked_sponsorships(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def ruling_for(user: Any, pk: int) -> ReversalRuling:
    """Return a ruling that waits for its second person, or raise Http404."""
    found = parked.open_rulings_for(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def month_for(user: Any, pk: int) -> Contribution:
    """Return a month accepted after its money went back, or raise Http404."""
    found = parked.accepted_after_all(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
