"""The addresses of duplicates."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
