"""The addresses of the bridge fund."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
