"""Who may open the runs of the renewal, and what could not be renewed."""

from typing import Any

from django.db.models import QuerySet

from accounts.access import roles_only
from accounts.models import Role
from contributions.models import RenewalOutcome
from workers.models.scopes import offices_of

head_office = roles_only(Role.Kind.HEAD_OFFICE)
readers = roles_only(
    Role.Kind.BRANCH_OFFICER,
    Role.Kind.BRANCH_SUPERVISOR,
    Role.Kind.REGIONAL_ADMIN,
    Role.Kind.HEAD_OFFICE,
    Role.Kind.AUDITOR,
)


def open_outcomes(user: Any) -> QuerySet[RenewalOutcome]:
    """Return what cannot be renewed and waits for a person, of the cases that the user's
    offices look after; all for head office. Not what he sees as a donor himself."""
    rows = RenewalOutcome.everything.filter(closed_at__isnull=True)
    if user.is_head_office:
        return rows
    return rows.filter(offices_of(user, on="sponsorship__enrollment__office"))
