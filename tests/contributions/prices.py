"""The prices of the base bracket, as SQL reads them, for tests of the clock's jobs."""

from datetime import date

from bricks.months import months_from
from contributions.models import TariffMonth
from contributions.services import pricing
from contributions.tariffs import TariffTable
from donors.models import Funding
from workers.models import Sector


def load_prices() -> TariffTable:
    """Load the laws, and the price table of bracket 1 for the months that tests live in."""
    pricing.load_laws()
    table = TariffTable.load()
    TariffMonth.objects.bulk_create(
        TariffMonth(
            bracket_id=1,
            month=month,
            sector=sector,
            funding=funding,
            jkk=price.jkk,
            jkm=price.jkm,
            jht=price.jht,
            legal_basis=price.legal_basis,
        )
        for month in months_from(date(2026, 1, 1), 30)
        for sector in Sector.values
        for funding in Funding.values
        for price in [table.price(month=month, bracket=1, sector=sector, funding=funding, jht=True)]
    )
    return table
