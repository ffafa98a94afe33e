"""The addresses of batches."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
