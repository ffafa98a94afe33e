"""The addresses of the books: proofs, closed months, the public identity."""

from tests.doors.shapes import DONE, PUBLIC, Row, Rows, answers, each, only
from tests.people import World

KEEPERS = ("treasurer", "far_treasurer", "head")
READERS = (*KEEPERS, "auditor", "far_auditor")
READ = only(READERS, 200)


def shared_account(world: World) -> list[object]:
    return [world.clearing.pk]


def donor_account(world: World) -> list[object]:
    return [world.holding.pk]


#: Those of another branch do not learn that the donor has one.
OF_DONOR = answers(donors=403, staff=403, **each(("treasurer", "auditor", "head"), 200)) | each(
    ("far_treasurer", "far_auditor"), 404
)

ROWS: Rows = {
    "treasury": Row(READ),
    "books": Row(READ),
    "books_check": Row(post=only(KEEPERS, DONE)),
    # A month that is none; who may not close is refused first.
    "closed_months": Row(READ, only(("head",), 400), data={"bulan": "x"}),
    "ledger_accounts": Row(READ),
    "ledger_account": [Row(READ, at=shared_account), Row(OF_DONOR, at=donor_account)],
    "ledger_account_csv": [Row(READ, at=shared_account), Row(OF_DONOR, at=donor_account)],
    "proof": Row(PUBLIC),
    "proof_csv": Row(PUBLIC),
    "proof_json": Row(PUBLIC),
}
