"""What a line of money out may have been, as a treasurer chooses it on the page of the line."""

from datetime import datetime

from accounts.models import User
from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal_singkat
from payments import bank_selectors
from payments.models import BankLine
from payments.services import outgoing
from payments.services.matching import CannotMatch
from payments.services.refund_errors import RefundError

Meaning = BankLine.Meaning
REFUND, LINE = "refund-", "line-"


class NotThatRefund(CannotMatch):
    """The refund cannot be that line; the sentence is the refund's own."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def meanings_for(line: BankLine, user: User) -> list[tuple[str, str]]:
    """Return the choices: charge, contributions paid, refunds of this amount, money in."""
    if line.side != BankLine.Side.OUT:
        return []
    choices = [(meaning.value, str(meaning.label)) for meaning in outgoing.PLACES]
    for refund in bank_selectors.refunds_like(line, user):
        label = f"{Meaning.REFUND.label} {refund.transfer_code}, {refund.donor.name}"
        choices.append((f"{REFUND}{refund.uuid}", label))
    for row in bank_selectors.returnable(line):
        told = f"{tanggal_singkat(row.booked_on)}, {format_rupiah(row.amount)}"
        label = f"{Meaning.RETURNED.label}: {told}, {row.description[:60]}"
        choices.append((f"{LINE}{row.uuid}", label))
    return choices


def explain_as(*, line: BankLine, what: str, note: str, by: User, now: datetime) -> None:
    """Write down what one of these choices means. Raises CannotMatch."""
    if what.startswith(REFUND):
        refunds = bank_selectors.refunds_like(line, by)
        refund = next((row for row in refunds if f"{REFUND}{row.uuid}" == what), None)
        if refund is None:
            raise outgoing.NotOutgoing
        try:
            outgoing.refund_seen(line=line, refund=refund, by=by, now=now)
        except RefundError as refusal:
            raise NotThatRefund(str(refusal)) from refusal
    elif what.startswith(LINE):
        rows = bank_selectors.returnable(line)
        incoming = next((row for row in rows if f"{LINE}{row.uuid}" == what), None)
        if incoming is None:
            raise outgoing.NotThatMuch
        outgoing.propose_return(line=line, incoming=incoming, note=note, by=by, now=now)
    else:
        outgoing.explain(line=line, meaning=what, by=by, now=now, note=note)
