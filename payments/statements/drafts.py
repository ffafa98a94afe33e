"""A statement or payout report between upload and confirmation: signed, nothing written."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from bricks.previews import Preview, open_preview, seal_preview
from payments.models import BankAccount
from payments.statements.base import BadStatement, Statement
from payments.statements.csv_file import Columns, columns_from, read_csv
from payments.statements.mt940_file import is_mt940, read_mt940

STATEMENT, PAYOUT = "bank statement", "payout report"


@dataclass(frozen=True)
class Draft:
    """An uploaded statement: whose account, which file, and how its columns are read.

    Days are ISO text, balances rupiah; a MT940 file tells all of them itself.
    """

    account: str
    digest: str
    text: str
    columns: dict[str, Any] | None = None
    first_day: str = ""
    last_day: str = ""
    opening: int | None = None
    closing: int | None = None

    @property
    def is_mt940(self) -> bool:
        """Whether the file needs no columns."""
        return is_mt940(self.text)


def seal(draft: Draft, *, user_id: int) -> str:
    """Write a draft as a text that a page may carry."""
    told = asdict(draft)
    content = told.pop("text").encode()
    return seal_preview(Preview(content, json.dumps(told)), kind=STATEMENT, user_id=user_id)


def unseal(text: str, *, user_id: int) -> Draft:
    """Read what `seal` wrote. Raises PreviewGone."""
    preview = open_preview(text, kind=STATEMENT, user_id=user_id)
    return Draft(text=preview.content.decode(), **json.loads(preview.seen))


def read(draft: Draft, account: BankAccount) -> Statement:
    """Read the statement of a draft. Raises BadStatement."""
    if draft.is_mt940:
        return read_mt940(draft.text, account_number=account.number)
    columns = columns_of(draft)
    if columns is None:
        raise BadStatement
    return read_csv(
        draft.text,
        columns=columns,
        first_day=date.fromisoformat(draft.first_day),
        last_day=date.fromisoformat(draft.last_day),
        opening=draft.opening,
        closing=draft.closing,
    )


def columns_of(draft: Draft) -> Columns | None:
    """Return how the columns of a draft are read, once a person has said so."""
    return columns_from(draft.columns, (draft.columns or {}).get("head", ()))


def seal_report(text: str, told: dict[str, Any], *, user_id: int) -> str:
    """Write an uploaded payout report, and what was typed beside it."""
    preview = Preview(text.encode(), json.dumps(told))
    return seal_preview(preview, kind=PAYOUT, user_id=user_id)


def unseal_report(text: str, *, user_id: int) -> tuple[str, dict[str, Any]]:
    """Read what `seal_report` wrote. Raises PreviewGone."""
    preview = open_preview(text, kind=PAYOUT, user_id=user_id)
    return preview.content.decode(), json.loads(preview.seen)
