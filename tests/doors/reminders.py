"""The addresses of reminders and their plan."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
