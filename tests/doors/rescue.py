"""The addresses of hand-overs and the waiting list."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
