"""Which offices' money a treasurer looks after, and an auditor reads."""

from typing import Any

from django.db.models import Q


def of_treasury(user: Any, on: str = "office") -> Q:
    """The offices whose money a user may read, as a condition on the key `on`.

    A branch's treasurer or auditor his branch and its sub-branches, a Kanwil's all below
    it, an auditor without an office the whole country. Nobody else any; head office is
    asked about before. Whoever is a treasurer acts on what he sees, so he sees nothing of
    the offices that he only audits.
    """
    own = [office.pk for office in user.offices("treasurer")]
    if not own and user.audits_the_country:
        return Q(pk__isnull=False)
    own = own or [office.pk for office in user.offices("auditor")]
    return (
        Q(**{f"{on}__in": own})
        | Q(**{f"{on}__parent__in": own})
        | Q(**{f"{on}__parent__parent__in": own})
    )
