"""What the people who act for a donor are told of a decision on their case."""

from django.utils import translation

from notices.services import post_message
from workers import desk_selectors, letters
from workers.models import Enrollment, EnrollmentEvent


def tell_donor(case: Enrollment, event: EnrollmentEvent) -> None:
    """Post the letter to the donor's owners and makers, each in his own language.

    Of a returned case, or of a rejected one; in the caller's transaction, once per event.
    """
    write = letters.returned_letter if case.status == "returned" else letters.rejected_letter
    for user in desk_selectors.makers_of(case.donor_id):
        with translation.override(user.language):
            letter = write(case, event.note)
        post_message(
            key=f"case_{case.status}:{event.pk}:{user.pk}",
            kind=f"case_{case.status}",
            user=user,
            subject=letter.subject,
            body=letter.body,
            now=event.at,
        )
