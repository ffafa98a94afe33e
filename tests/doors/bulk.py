"""The addresses of bulk."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
