"""Why months that are asked for, or that credit bought, cost more than those before (P15)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from bricks.months import ONE_DAY, add_months
from bricks.rupiah import format_rupiah
from bricks.templatetags.house import tanggal
from contributions.models import Contribution
from contributions.models.cover import BOUGHT
from contributions.tariffs import TariffTable
from contributions.worth import price_now, worth


@dataclass(frozen=True)
class PriceChange:
    """From `old` to `new` rupiah a month: since a relief held until `relief_end` (inclusive),
    or where that is None by the tariff, whose `legal_basis` the new price bears."""

    old: int
    new: int
    legal_basis: str
    relief_end: date | None


def price_changes(
    new: QuerySet[Contribution], *, before: QuerySet[Contribution] | None = None
) -> Counter[PriceChange]:
    """Count by change the sponsorships of these months that cost more than the last bought
    one, each once and at its first dearer month. At most four statements.

    `before` narrows which bought months count as the ones before.
    """
    rows = Contribution.everything.all() if before is None else before
    last = (
        rows.filter(sponsorship=OuterRef("sponsorship"), status__in=BOUGHT)
        .annotate(held=worth())
        .order_by("-month")
    )
    dearer = (
        new.select_related("sponsorship")
        .annotate(
            last_month=Subquery(last.values("month")[:1]),
            last_held=Subquery(last.values("held")[:1]),
        )
        .filter(amount__gt=F("last_held"))
        .order_by("sponsorship", "-month")
    )
    # The first month of each stands last in this order.
    first = {row.sponsorship_id: row for row in dearer}
    if not first:
        return Counter()
    table = TariffTable.load()
    return Counter(_change(row, table) for row in first.values())


def sentences(changes: Counter[PriceChange]) -> list[str]:
    """Say the change that most workers have, and for how many; nothing where none is dearer."""
    if not changes:
        return []
    (change, count), everybody = changes.most_common(1)[0], changes.total()
    told = {"old": format_rupiah(change.old), "new": format_rupiah(change.new)}
    if change.relief_end:
        told["day"] = tanggal(change.relief_end)
        said = [_("Diskon pemerintah berakhir %(day)s: %(old)s menjadi %(new)s sebulan.") % told]
    else:
        told["law"] = change.legal_basis
        said = [_("Tarif berubah (%(law)s): %(old)s menjadi %(new)s sebulan.") % told]
    if count < everybody:
        counts = {"n": count, "all": everybody}
        said.append(_("Begitu untuk %(n)s dari %(all)s pekerja yang iurannya naik.") % counts)
    return said


def _change(row: Contribution, table: TariffTable) -> PriceChange:
    held: int = row.last_held  # type: ignore[attr-defined]
    last_month: date = row.last_month  # type: ignore[attr-defined]
    return change_of(row, row.amount, last_month=last_month, held=held, table=table)


def change_of(
    row: Contribution, amount: int, *, last_month: date, held: int, table: TariffTable
) -> PriceChange:
    """Say why a month of `amount` rupiah costs more than the last bought one, which `held`
    less. The row need not be stored."""
    return PriceChange(
        old=held,
        new=amount,
        legal_basis=row.legal_basis,
        relief_end=_relief_end(row, last_month, held, table),
    )


def _relief_end(row: Contribution, last_month: date, held: int, table: TariffTable) -> date | None:
    """The last day of the relief that the last bought month had and this one has not."""
    was = price_now(row, table, last_month)
    becomes = price_now(row, table)
    if not (was and becomes and was.relief_basis and held < was.full) or becomes.relief_basis:
        return None
    month = row.month
    while month > last_month:
        before = add_months(month, -1)
        price = price_now(row, table, before)
        if price and price.relief_basis:
            break
        month = before
    return month - ONE_DAY
