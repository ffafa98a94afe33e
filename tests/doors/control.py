"""The addresses by which a donor rules his sponsorships."""

from tests.doors.shapes import Rows

ROWS: Rows = {}
