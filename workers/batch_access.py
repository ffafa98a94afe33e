"""Who may read which check file, and which case that waits for consent; others read 404."""

from uuid import UUID

from django.http import Http404

from accounts.models import User
from workers import batch_selectors, consent_selectors
from workers.models import CheckAnswer, CheckBatch, Enrollment


def batch_for(user: User, uuid: UUID) -> CheckBatch:
    """Return a check file of the user's own desk, or raise Http404."""
    found = batch_selectors.batches_of(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def answer_for(user: User, uuid: UUID, answer: UUID) -> CheckAnswer:
    """Return a file of answers to a check file of the user's own desk, or raise Http404."""
    batch = batch_for(user, uuid)
    found = batch_selectors.answers_of(batch).filter(uuid=answer).first()
    if found is None:
        raise Http404
    found.batch = batch
    return found


def unconsented_case_for(user: User, uuid: UUID) -> Enrollment:
    """Return a case of the desk's area that waits for consent alone, or raise Http404."""
    found = consent_selectors.awaiting_consent(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found
