"""The addresses of channels and of what people want to be told."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
