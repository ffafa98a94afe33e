"""The addresses of logs."""

from tests.doors.shapes import Row, Rows, only

READERS = ("supervisor", "far_supervisor", "auditor", "far_auditor", "head")

ROWS: Rows = {
    "view_log": Row(only(READERS, 200)),
    "view_log_csv": Row(only(READERS, 200)),
    "audit_log": Row(only(READERS, 200)),
    "audit_log_csv": Row(only(READERS, 200)),
}
