"""The addresses of registry."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
