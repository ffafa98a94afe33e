"""Every address of the portal, and who gets which answer there, part by part."""

from tests.doors import (
    banks,
    batches,
    books,
    bulk,
    credit,
    duplicates,
    logs,
    main_job,
    offices,
    papers,
    persons,
    refunds,
    registry,
    remittances,
    reports,
    tariffs,
    ways,
)
from tests.doors.shapes import Rows

ROWS: Rows = {
    **main_job.ROWS,
    **banks.ROWS,
    **batches.ROWS,
    **books.ROWS,
    **bulk.ROWS,
    **credit.ROWS,
    **duplicates.ROWS,
    **logs.ROWS,
    **offices.ROWS,
    **papers.ROWS,
    **persons.ROWS,
    **refunds.ROWS,
    **registry.ROWS,
    **remittances.ROWS,
    **reports.ROWS,
    **tariffs.ROWS,
    **ways.ROWS,
}
