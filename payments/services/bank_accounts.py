"""Opening and closing the operator's bank accounts: head office opens, another confirms."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from payments.models import BankAccount
from regions.models import Office


class CannotOpenAccount(Exception):
    """The account cannot be opened; its sentence is fit for head office."""

    sentence = _("Rekening ini tidak bisa dibuka.")

    def __str__(self) -> str:
        return str(self.sentence)


class AccountExists(CannotOpenAccount):
    """The bank and number stand there already, open or closed."""

    sentence = _("Nomor rekening ini sudah terdaftar di bank itu.")


class SecondPersonNeeded(CannotOpenAccount):
    """Who opened an account does not confirm it."""

    sentence = _("Anda yang membukanya. Orang lain yang membenarkan rekening ini.")


def open_account(
    *, office: Office, bank: str, number: str, holder: str, by: User, now: datetime
) -> BankAccount:
    """Open an account to which donors of the office and those below it may transfer, once
    `confirm_account` has been said by somebody else.

    Raises AccountExists.
    """
    try:
        with transaction.atomic():
            made = BankAccount.everything.create(
                office=office, bank=bank, number=number, holder=holder, opened_by=by, opened_at=now
            )
            told = {"bank": bank, "number": number, "holder": holder}
            record(action="bank.opened", obj=made, now=now, actor=by, office=office, after=told)
    except IntegrityError:
        raise AccountExists from None
    return made


def confirm_account(*, account: BankAccount, by: User, now: datetime) -> bool:
    """Say as a second person that the account is the operator's: donors are sent there now.

    False if it was confirmed or closed before. Raises SecondPersonNeeded.
    """
    if account.opened_by_id == by.pk:
        raise SecondPersonNeeded
    with transaction.atomic():
        waiting = BankAccount.everything.filter(
            pk=account.pk, closed_at__isnull=True, confirmed_at__isnull=True
        )
        if not waiting.update(confirmed_by=by, confirmed_at=now):
            return False
        record(action="bank.confirmed", obj=account, now=now, actor=by, office=account.office)
    return True


def close_account(*, account: BankAccount, by: User, now: datetime) -> bool:
    """Close an account: nobody is sent there any more; its statements may still come.

    False if it was closed before.
    """
    with transaction.atomic():
        still_open = BankAccount.everything.filter(pk=account.pk, closed_at__isnull=True)
        if not still_open.update(closed_at=now):
            return False
        record(action="bank.closed", obj=account, now=now, actor=by, office=account.office)
    return True
