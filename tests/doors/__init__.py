"""Every address of the portal, and who gets which answer there, part by part."""

from tests.doors import (
    batches,
    bulk,
    duplicates,
    logs,
    main_job,
    offices,
    persons,
    registry,
    reports,
)
from tests.doors.shapes import Rows

ROWS: Rows = {
    **main_job.ROWS,
    **registry.ROWS,
    **duplicates.ROWS,
    **bulk.ROWS,
    **reports.ROWS,
    **persons.ROWS,
    **batches.ROWS,
    **offices.ROWS,
    **logs.ROWS,
}
