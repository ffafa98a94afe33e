"""The addresses of the nightly renewal."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
