"""The addresses by which a donor rules his sponsorships."""

from tests.doors.shapes import (
    ANY_DONOR,
    DONE,
    PAYERS,
    Row,
    Rows,
    answers,
    each,
    sponsorship,
)

#: Whoever acts for the donor; his viewers, other donors and staff read 404.
ACTING = answers(donors=404, staff=404, **each(PAYERS, 200))

ROWS: Rows = {
    "renewals_ahead": Row(ANY_DONOR),
    "sponsorships_control": Row(ANY_DONOR),
    # Nobody is ticked: refused with a sentence.
    "sponsorships_control_check": Row(post=answers(donors=DONE, staff=403)),
    "sponsorships_control_do": Row(post=answers(donors=DONE, staff=403)),
    "sponsorship_control": Row(
        ACTING,
        answers(donors=404, staff=404, **each(PAYERS, DONE)),
        at=sponsorship,
    ),
}
