"""The addresses of reports."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
