"""The addresses of offices."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
