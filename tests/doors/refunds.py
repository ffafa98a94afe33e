"""The addresses of money that goes back."""

from tests.doors.shapes import DONE, Expected, Row, Rows, answers, only
from tests.people import World

READERS = ("treasurer", "far_treasurer", "head", "auditor", "far_auditor")


def refund(world: World) -> list[object]:
    return [world.refund.uuid]


def step(**seconds: object) -> Expected:
    """A step of the treasurer's: another office's gets 404, everybody else 403."""
    return answers(donors=403, staff=403, treasurer=DONE, far_treasurer=404, **seconds)


TREASURER = answers(donors=403, staff=403, treasurer=200, far_treasurer=404)
#: The second person may be of head office.
SECOND = step(head=DONE)

ROWS: Rows = {
    "refund_ask": Row(answers(donors=200, staff=403), answers(donors=DONE, staff=403, viewer=403)),
    "refunds": Row(only(READERS, 200)),
    "refund_credits": Row(only(READERS, 200)),
    "refund_funds": Row(only(READERS, 200)),
    "refund_credit_ask": Row(TREASURER, step(), at=lambda w: [w.donor.uuid]),
    "refund_fund_ask": Row(TREASURER, step(), at=lambda w: [w.budget.uuid]),
    "refund_months": Row(TREASURER, step(), at=lambda w: [w.receipt.invoice.uuid]),
    "refund": Row(
        answers(
            donors=403,
            staff=403,
            treasurer=200,
            head=200,
            auditor=200,
            far_treasurer=404,
            far_auditor=404,
        ),
        at=refund,
    ),
    "refund_prepare": Row(post=step(), at=refund),
    "refund_confirm": Row(post=SECOND, at=refund),
    "refund_account": Row(post=SECOND, at=refund),
    "refund_refuse": Row(post=SECOND, at=refund),
    "refund_reopen": Row(post=step(), at=refund),
    "refund_sent": Row(post=step(), at=refund),
}
