"""The addresses of bank accounts, statements and payouts."""

from typing import Any

from tests.doors.shapes import DONE, Row, Rows, each, only
from tests.people import World

#: Treasurers and auditors read their own offices; head office all.
READERS = ("treasurer", "far_treasurer", "head", "auditor", "far_auditor")
NEAR = ("treasurer", "head", "auditor")
FAR = ("far_treasurer", "far_auditor")
LIST = only(READERS, 200)
TREASURERS = ("treasurer", "far_treasurer")
BY_TREASURER = only(("treasurer",), DONE) | each(("far_treasurer",), 404)
BY_KEEPERS = only(("treasurer", "head"), DONE) | each(("far_treasurer",), 404)
BY_HEAD = only(("head",), DONE)


def account(world: World) -> list[Any]:
    return [world.bank_account.uuid]


def own(answer: Any) -> dict[str, Any]:
    """A row of the near branch: its readers get the answer, those of elsewhere 404."""
    return only(NEAR, answer) | each(FAR, 404)


def statement(world: World) -> list[Any]:
    return [world.statement.uuid]


def line(world: World) -> list[Any]:
    return [world.bank_line.uuid]


def payout(world: World) -> list[Any]:
    return [world.payout.uuid]


ROWS: Rows = {
    "bank_accounts": Row(LIST),
    "bank_account_new": Row(only(("head",), 200), BY_HEAD),
    "bank_account_close": Row(post=BY_HEAD, at=account),
    "bank_account_confirm": Row(post=BY_KEEPERS, at=account),
    "bank_statements": Row(LIST),
    "bank_statement": Row(own(200), at=statement),
    "bank_import": Row(only(TREASURERS, 200), only(TREASURERS, DONE)),
    "bank_import_columns": Row(post=only(TREASURERS, DONE)),
    "bank_import_apply": Row(post=only(TREASURERS, DONE)),
    "bank_worklist": Row(LIST),
    "bank_line": Row(own(200), at=line),
    "bank_line_allocate": Row(post=BY_TREASURER, at=line),
    "bank_line_explain": Row(post=BY_TREASURER, at=line),
    "bank_line_returned": Row(post=BY_KEEPERS, at=line),
    "payouts": Row(LIST),
    "payout": Row(own(200), at=payout),
    "payout_import": Row(only(TREASURERS, 200), only(TREASURERS, DONE)),
    "payout_apply": Row(post=only(TREASURERS, DONE)),
    "payout_join": Row(post=BY_TREASURER, at=payout),
    # A page of the demo: the tests run one.
    "payout_sandbox": Row(only(TREASURERS, 200)),
}
