"""Head office changes a tariff: judged and shown first, then written with its reason.

Contribution rows are never edited. What a change calls for (`services.correcting`) is
followed up by a job, which the row of the change waits for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.templatetags.house import bulan
from contributions.models import IncomeBracket, Relief, Tariff, TariffChange
from contributions.services.pricing import rebuild_prices
from contributions.tariff_effects import Effect, effect_of
from contributions.tariff_rows import Edit, Row, TariffRows, changed_cells, key_of
from contributions.tariffs import TariffRow
from notices import bells


class CannotChangeTariff(Exception):
    """A change is not possible; its sentence is fit for head office."""

    sentence: ClassVar[str | Promise] = _("Perubahan tarif ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class TariffsChanged(CannotChangeTariff):
    """Somebody else has changed what the editor was looking at."""

    sentence = _("Tarif baru saja diubah orang lain. Periksa lagi, lalu ulangi.")


class StillFollowed(CannotChangeTariff):
    """An earlier change waits to be followed up: it is compared with the tables of now."""

    sentence = _("Perubahan tarif sebelumnya masih diproses. Coba lagi beberapa menit lagi.")


class NothingChanges(CannotChangeTariff):
    """Every row is already so."""

    sentence = _("Tidak ada yang berubah: tarifnya sudah begitu.")


class RowTaken(CannotChangeTariff):
    """Another row begins in the same month."""

    sentence = _("Sudah ada baris lain yang mulai di bulan itu. Perbaiki baris itu saja.")


class LeavesGap(CannotChangeTariff):
    """A month would lose its price, and nobody could be asked for it."""

    def __init__(self, bracket: int, month: date) -> None:
        super().__init__(bracket, month)
        self.bracket, self.month = bracket, month

    def __str__(self) -> str:
        told = {"bracket": self.bracket, "month": bulan(self.month)}
        sentence = _("Golongan %(bracket)s tidak akan punya tarif untuk %(month)s.")
        return str(sentence) % told


@dataclass(frozen=True)
class ChangePlan:
    """What is about to change, and what that does; `seen` tells the tables it was made from."""

    edits: tuple[Edit, ...]
    effect: Effect
    seen: str

    def content(self) -> bytes:
        """The edits as a preview carries them."""
        return json.dumps([edit.told() for edit in self.edits]).encode()

    @property
    def legal_basis(self) -> str:
        """The legal basis that the new rows name, if they agree on one."""
        named = {edit.after.legal_basis for edit in self.edits}
        return named.pop() if len(named) == 1 else ""


def read_edits(content: bytes) -> list[Edit]:
    """Read what a preview carried."""
    return [Edit.read(told) for told in json.loads(content)]


def plan_change(*, edits: Sequence[Edit], today: date) -> ChangePlan:
    """Judge edits and work out what they would do. Nothing is written.

    Raises NothingChanges, RowTaken, TariffsChanged (a row to be corrected is not as it
    was), LeavesGap.
    """
    rows = TariffRows.load()
    edits = tuple(edit for edit in edits if edit.before != edit.after)
    _check(rows, edits)
    becomes = rows.edited(edits)
    changed = changed_cells(rows, becomes, edits, today=today)
    if changed.gap:
        raise LeavesGap(*changed.gap)
    effect = effect_of(changed.cells, old=rows.table(), new=becomes.table(), today=today)
    return ChangePlan(edits, effect, rows.fingerprint())


def _check(rows: TariffRows, edits: Sequence[Edit]) -> None:
    if not edits or rows.is_done(edits):
        raise NothingChanges
    for edit in edits:
        held = rows.rows.get(key_of(edit.after))
        if edit.before and rows.rows.get(key_of(edit.before)) != edit.before:
            raise TariffsChanged
        if held is not None and held != edit.before:
            raise RowTaken


def change_tariffs(
    *, content: bytes, seen: str, legal_basis: str, reason: str, by: User, now: datetime
) -> TariffChange | None:
    """Write what a preview showed, all of it or nothing, with the prices that SQL reads.

    `seen` is the fingerprint of the tables that the preview was made from. None if every
    row is so already (the second of two clicks). Raises TariffsChanged when the tables are
    not those of the preview any more, StillFollowed while an earlier change waits for its job.
    """
    edits = read_edits(content)
    try:
        with transaction.atomic():
            # Whoever changes tariffs holds the first bracket: one after the other.
            list(IncomeBracket.objects.select_for_update().order_by("pk")[:1])
            rows = TariffRows.load()
            if rows.is_done(edits):
                return None
            if rows.fingerprint() != seen:
                raise TariffsChanged
            if TariffChange.objects.filter(followed_up_at__isnull=True).exists():
                raise StillFollowed
            for edit in edits:
                _write(edit)
            rebuild_prices()
            change = TariffChange.objects.create(
                rows=[edit.told() for edit in edits],
                legal_basis=legal_basis,
                reason=reason,
                made_by=by,
                made_at=now,
            )
            _audit(change, edits, by, now)
            bells.ring("tariff_changed")
            return change
    except IntegrityError:
        raise TariffsChanged from None


def _write(edit: Edit) -> None:
    columns = _columns(edit.after)
    if edit.before is None:
        (Tariff if isinstance(edit.after, TariffRow) else Relief).objects.create(**columns)
        return
    key = key_of(edit.before)
    if isinstance(edit.before, TariffRow):
        count = Tariff.objects.filter(bracket=key[1], first_month=key[2]).update(**columns)
    else:
        held = Relief.objects.filter(sector=key[1], funding=key[2], first_month=key[3])
        count = held.update(**columns)
    if count != 1:
        raise TariffsChanged


def _columns(row: Row) -> dict[str, Any]:
    columns = {name: getattr(row, name) for name in row.__dataclass_fields__}
    if isinstance(row, TariffRow):
        columns["bracket_id"] = columns.pop("bracket")
    return columns


def _audit(change: TariffChange, edits: Sequence[Edit], by: User, now: datetime) -> None:
    told = [edit.told() for edit in edits]
    record(
        action="tariff.changed",
        obj=change,
        actor=by,
        now=now,
        before={"rows": [row["before"] for row in told if row["before"]]},
        after={
            "rows": [row["after"] for row in told],
            "legal_basis": change.legal_basis,
            "reason": change.reason,
        },
    )
