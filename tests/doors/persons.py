"""The addresses of persons."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
