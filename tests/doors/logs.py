"""The addresses of logs."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
