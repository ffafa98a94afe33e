"""The tariff in public: the table of a month, an income's bracket, and what a budget buys."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bricks import clock
from contributions import tariff_selectors as selectors
from contributions.simulations import simulate
from contributions.tariff_csv import write_prices
from contributions.tariff_forms import SimulatorForm
from contributions.tariffs import TariffTable


@require_safe
def tariff_simulator(request: HttpRequest) -> HttpResponse:
    """Show the tariff of a month, and work out what cover for many costs."""
    form = _form(request)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        asked, table = form.cleaned_data, TariffTable.load()
        what = {name: asked[name] for name in ("month", "sector", "funding")}
        context |= asked
        context["prices"] = selectors.prices_of(table, **what)
        context["simulation"] = simulate(table, asked=asked)
    status = 400 if form.errors else 200
    return render(request, "contributions/tariff_simulator.html", context, status=status)


@require_safe
def tariff_table_csv(request: HttpRequest) -> HttpResponse:
    """Give the table of a month as a file."""
    form = _form(request)
    if not form.is_valid():
        return render(request, "contributions/tariff_simulator.html", {"form": form}, status=400)
    what = {name: form.cleaned_data[name] for name in ("month", "sector", "funding")}
    return HttpResponse(
        write_prices(selectors.prices_of(TariffTable.load(), **what)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="tarif-{what["month"]:%Y-%m}.csv"'},
    )


def _form(request: HttpRequest) -> SimulatorForm:
    return SimulatorForm(request.GET.dict(), today=clock.jakarta_date(clock.now()))
