"""The addresses of the lists of cover that ends."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
