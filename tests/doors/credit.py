"""The addresses of credit, late money and taken-back money."""

from tests.doors.shapes import (
    BRANCH,
    DONE,
    FAR_BRANCH,
    SIGNED_IN,
    Row,
    Rows,
    answers,
    only,
)

ROWS: Rows = {
    "credit": Row(SIGNED_IN),
    "late_money": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "late_money_decide": Row(
        post=answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404),
        at=lambda w: [w.late_money.pk],
        data={"act": "credit"},
    ),
}
