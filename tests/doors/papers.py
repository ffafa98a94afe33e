"""The addresses of statements, receipts, certificates."""

from tests.doors.persons import LED
from tests.doors.shapes import (
    ANY_DONOR,
    INVOICE,
    MEMBERS,
    PUBLIC,
    SPONSORSHIP,
    Row,
    Rows,
    answers,
    own,
    sponsorship,
)

ROWS: Rows = {
    "invoice_pdf": Row(INVOICE, at=lambda w: [w.invoice.uuid]),
    "invoice_csv": Row(own(MEMBERS, 200), at=lambda w: [w.invoice.uuid]),
    "pay_link_pdf": Row(PUBLIC, at=lambda w: [w.pay_token]),
    "receipt_pdf": Row(INVOICE, at=lambda w: [w.receipt.uuid]),
    "statement": Row(ANY_DONOR),
    "statement_csv": Row(ANY_DONOR),
    "statement_months_csv": Row(ANY_DONOR),
    "giving_pdf": Row(ANY_DONOR, at=lambda w: [2026]),
    "certificate": Row(SPONSORSHIP, at=sponsorship),
    "family_card": Row(SPONSORSHIP, at=sponsorship),
    "person_certificate": Row(LED),
    "person_family_card": Row(LED),
    "certificates": Row(ANY_DONOR, answers(donors=400, staff=403)),
    "certificate_batch": Row(own(MEMBERS, 200), at=lambda w: [w.certificates.uuid]),
    # It is not drawn yet.
    "certificate_file": Row(own(MEMBERS, 302), at=lambda w: [w.certificates.uuid]),
}
