"""What a bought month still holds: its amount less what tariff corrections gave back."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from contributions.models import Contribution, PriceCorrection
from contributions.tariffs import NoTariff, Price, TariffTable

#: Ids in one statement; SQLite takes no unbounded number of them.
CHUNK = 500
#: The kind of the postings by which corrected months give back.
CORRECTED = "price_corrected"


def worth_of(contribution_ids: Collection[int]) -> dict[int, int]:
    """Return, per contribution, the rupiah that stand for it in `payable`.

    Of a month whose money has left `payable` it is what left. One query per CHUNK ids.
    """
    ids = sorted(contribution_ids)
    found: dict[int, int] = {}
    for start in range(0, len(ids), CHUNK):
        rows = Contribution.everything.filter(pk__in=ids[start : start + CHUNK])
        found.update(rows.values_list("pk", worth()))
    return found


def worth_sum(rows: Sequence[Contribution]) -> int:
    """Return what these months hold in `payable` together, in rupiah."""
    return sum(worth_of([row.pk for row in rows]).values())


def total_worth(rows: QuerySet[Contribution]) -> int:
    """Return what all these months hold in `payable` together, in rupiah. Two queries."""
    amount = rows.aggregate(sum=Sum("amount"))["sum"] or 0
    corrections = PriceCorrection.objects.filter(contribution__in=rows.order_by().values("pk"))
    return int(amount - (corrections.aggregate(sum=Sum("amount"))["sum"] or 0))


def worth() -> Combinable:
    """The same as an expression of a query on contributions."""
    corrections = PriceCorrection.objects.filter(contribution=OuterRef("pk")).order_by()
    sums = corrections.values("contribution").annotate(sum=Sum("amount"))
    return F("amount") - Coalesce(Subquery(sums.values("sum")), 0, output_field=BigIntegerField())


def price_now(row: Contribution, table: TariffTable, month: date | None = None) -> Price | None:
    """Return the price of a month by the tariff now, with the choice of JHT that it was
    priced with, or what its worker's other `month` costs so; None where no tariff holds.
    Makes no query where the sponsorship is at hand."""
    try:
        return table.price(
            month=month or row.month,
            bracket=row.bracket,
            sector=row.sponsorship.sector,
            funding=row.sponsorship.funding,
            jht=row.jht > 0,
        )
    except NoTariff:
        return None


def parts_of(row: Contribution, held: int, table: TariffTable) -> tuple[int, int, int]:
    """Return JKK, JKM and JHT of a month that holds `held` rupiah; they sum to it.

    Of a corrected month those of the tariff now, where they come to what it holds; else
    what it gave back is taken off JKK first, then JKM, then JHT.
    """
    back = row.amount - held
    price = price_now(row, table) if back else None
    if price is not None and price.total == held:
        return price.jkk, price.jkm, price.jht
    parts = []
    for part in (row.jkk, row.jkm, row.jht):
        parts.append(max(part - back, 0))
        back -= part - parts[-1]
    return parts[0], parts[1], parts[2]
