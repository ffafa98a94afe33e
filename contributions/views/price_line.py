"""The price of an order in one line, which the pages of lower floors fetch by its address."""

from collections import Counter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bricks import clock
from contributions.forms import QuoteForm
from contributions.quotes import quote
from contributions.tariffs import NoTariff, TariffTable
from donors.models import Funding
from workers.entries import MOST_WORKERS
from workers.models import Sector


@require_safe
def price_line(request: HttpRequest) -> HttpResponse:
    """Say what an order would cost if it were paid today; `sector` stands once per worker."""
    today = clock.jakarta_date(clock.now())
    sectors = [s for s in request.GET.getlist("sector") if s in Sector.values][:MOST_WORKERS]
    sectors = sectors or [Sector.OTHER]
    form = QuoteForm({**request.GET.dict(), "workers": len(sectors), "sector": sectors[0]})
    context = {"form": form, "workers": len(sectors), "quotes": [], "total": 0}
    if form.is_valid():
        asked, table = form.cleaned_data, TariffTable.load()
        try:
            for sector, people in Counter(sectors).items():
                found = quote(
                    start=today,
                    months=asked["months"],
                    sector=sector,
                    funding=asked["funding"] or Funding.PRIVATE,
                    bracket=table.bracket_for(asked["income"] or 0),
                    jht=asked["jht"],
                    table=table,
                )
                context["quotes"].append(found)  # type: ignore[attr-defined]
                context["total"] += found.total * people  # type: ignore[operator]
        except NoTariff:
            context["quotes"] = []
    is_part = request.htmx  # type: ignore[attr-defined]
    template = "contributions/_price_line.html" if is_part else "contributions/price_line.html"
    return render(request, template, context, status=200 if context["quotes"] else 400)
