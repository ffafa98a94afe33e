"""Which offices' rows a member of staff may see."""

from typing import Any

from django.db.models import Q


def offices_of(user: Any, on: str = "office") -> Q:
    """The offices whose cases a member of staff may see, as a condition on the key `on`.

    What a closed office has done is its successor's to look after.
    """
    own = [o.pk for o in user.offices("branch_officer", "branch_supervisor", "auditor")]
    kanwil = [o.pk for o in user.offices("regional_admin", "auditor")]
    return (
        Q(**{f"{on}__in": own})
        | Q(**{f"{on}__parent__in": own})
        | Q(**{f"{on}__successor__in": own})
        | Q(**{f"{on}__parent__in": kanwil})
        | Q(**{f"{on}__parent__parent__in": kanwil})
    )
