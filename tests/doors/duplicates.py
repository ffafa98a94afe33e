"""The addresses of duplicates."""

from tests.doors.shapes import Row, Rows, at_desk, held

ROWS: Rows = {
    "case_rule": Row(post=at_desk(), at=held, data={"twin": "worker-1", "verdict": "different"}),
}
