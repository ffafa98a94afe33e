"""What the tests of the desk share: a case that could be approved, and one in hand."""

from typing import Any

from accounts.models import User
from tests.factories import (
    NOW,
    ConsentFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    officer,
)
from workers.models import Enrollment

Status = Enrollment.Status


def sound_case(**case: Any) -> Enrollment:
    """Make a waiting case with which nothing is wrong: served area, consent, one year."""
    enrollment = EnrollmentFactory(**case)
    OfficeAreaFactory()
    ConsentFactory(enrollment=enrollment)
    return enrollment


def held_case(**case: Any) -> tuple[Enrollment, User]:
    """Make a sound case in an officer's hands; return both."""
    holder = officer()
    enrollment = sound_case(
        status=Status.IN_REVIEW, taken_by=holder, taken_at=case.pop("taken_at", NOW), **case
    )
    return enrollment, holder


def again(enrollment: Enrollment) -> Enrollment:
    """Read a case anew."""
    return Enrollment.everything.get(pk=enrollment.pk)
