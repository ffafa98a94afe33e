"""Who may read a remittance, and who may act on it; everyone else reads 404."""

from typing import Any
from uuid import UUID

from django.http import Http404

from accounts.access import roles_only
from accounts.models import Role, User
from contributions.models import AnswerFile, Remittance
from regions.models import Office

readers = roles_only(Role.Kind.TREASURER, Role.Kind.AUDITOR, Role.Kind.HEAD_OFFICE)
treasurers = roles_only(Role.Kind.TREASURER)


def remittance_for(user: Any, uuid: UUID) -> Remittance:
    """Return a remittance that the user may read, or raise Http404."""
    found = Remittance.objects.visible_to(user).select_related("office").filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found


def remittance_to_act_on(user: User, uuid: UUID) -> Remittance:
    """Return a remittance of an office whose money the user looks after, or raise Http404."""
    found = remittance_for(user, uuid)
    if not looks_after(user, found.office):
        raise Http404
    return found


def answer_for(user: User, uuid: UUID) -> AnswerFile:
    """Return a file of answers to a remittance on which the user may act, or raise Http404."""
    file = AnswerFile.objects.filter(uuid=uuid).select_related("remittance__office").first()
    if file is None:
        raise Http404
    remittance_to_act_on(user, file.remittance.uuid)
    return file


def looks_after(user: User, office: Office | None) -> bool:
    """Tell whether the user is treasurer of an office, or of one above it."""
    if office is None:
        return False
    own = {mine.pk for mine in user.offices(Role.Kind.TREASURER)}
    above = office.parent
    line = {office.pk, office.parent_id, above.parent_id if above else None}
    return bool(own & line)
