"""The addresses of logs."""

from tests.doors.shapes import DONE, SUPERVISORS, Row, Rows, answers, only

READERS = ("supervisor", "far_supervisor", "auditor", "far_auditor", "head")

ROWS: Rows = {
    "view_log": Row(only(READERS, 200)),
    "view_log_csv": Row(only(READERS, 200)),
    "audit_log": Row(only(READERS, 200)),
    "audit_log_csv": Row(only(READERS, 200)),
    "deputies": Row(only(SUPERVISORS, 200), only(SUPERVISORS, DONE)),
    "deputy_end": Row(
        post=answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404),
        at=lambda w: [w.deputy.pk],
    ),
}
