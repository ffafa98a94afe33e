"""The addresses of the lists of cover that ends."""

from tests.doors.shapes import (
    ANY_DONOR,
    DONE,
    FAR_WATCHERS,
    WATCHERS,
    Row,
    Rows,
    answers,
    only,
)

STAFF = (*WATCHERS, *FAR_WATCHERS)

ROWS: Rows = {
    "ending_donor": Row(ANY_DONOR),
    "ending_donor_file": Row(post=answers(donors=DONE, staff=403)),
    "ending_soon": Row(only(STAFF, 200)),
    "ending_soon_file": Row(post=only(STAFF, DONE)),
}
