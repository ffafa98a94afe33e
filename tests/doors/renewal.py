"""The addresses of the nightly renewal."""

from tests.doors.shapes import FAR_BRANCH, FIGURES, Row, Rows, only

READERS = ("officer", "supervisor", *FAR_BRANCH, *FIGURES)

ROWS: Rows = {
    "renewal_runs": Row(only(("head",), 200)),
    "renewal_outcomes": Row(only(READERS, 200)),
    "renewal_outcomes_csv": Row(only(READERS, 200)),
}
