"""Who may open which decision on many cases, and which call-back; everyone else reads 404."""

from uuid import UUID

from django.http import Http404

from accounts.models import User
from workers import bulk_selectors, call_selectors
from workers.models import BulkDecision, CallBack


def bulk_for(user: User, uuid: UUID) -> BulkDecision:
    """Return a decision of the user's own desk; a preview only to who made it."""
    found: BulkDecision | None = bulk_selectors.decisions(user).filter(uuid=uuid).first()
    is_open = found is not None and (
        found.status != BulkDecision.Status.PREVIEW or found.proposed_by_id == user.pk
    )
    if found is None or not is_open:
        raise Http404
    return found


def call_back_for(user: User, uuid: UUID) -> CallBack:
    """Return a call-back of an office that the user supervises."""
    found: CallBack | None = call_selectors.call_backs(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
