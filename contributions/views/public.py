"""Pages that everyone may read: what it is, what it costs, what to do in need."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bricks import clock
from bricks.fragments import is_fragment
from bricks.months import add_months
from contributions.forms import QuoteForm
from contributions.public_figures import public_figures
from contributions.quotes import BadQuote
from contributions.quotes import quote as make_quote
from contributions.tariffs import NoTariff, TariffTable
from donors.models import Funding
from regions import selectors as regions
from workers.models import Sector

#: Both membership and contributions must have lasted so long for the full JKM (Permenaker 1/2025).
JKM_WAIT_MONTHS = 3
NO_TARIFF = _("Tarif untuk bulan ini belum ada. Hubungi 175.")


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Say what SERTAKAN is and what a month buys, with today's price and live totals."""
    today = clock.jakarta_date(clock.now())
    table = TariffTable.load()
    year = make_quote(
        start=today, months=12, sector=Sector.OTHER, funding=Funding.PRIVATE, table=table
    )
    context = {
        "today": today,
        "month": year.lines[0],
        "year": year,
        "jkm_full_from": add_months(today, JKM_WAIT_MONTHS),
        "figures": public_figures(today=today),
    }
    return render(request, "contributions/front.html", context)


@require_safe
def quote(request: HttpRequest) -> HttpResponse:
    """Work out a price month by month, before anything personal is asked (P10)."""
    today = clock.jakarta_date(clock.now())
    form = QuoteForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    context = {"form": form, "quote": None, "workers": asked.get("workers", 1), "today": today}
    if not form.is_bound or asked:
        table = TariffTable.load()
        try:
            context["quote"] = make_quote(
                start=asked.get("start") or today,
                months=asked.get("months", 12),
                sector=asked.get("sector", Sector.OTHER),
                funding=asked.get("funding", Funding.PRIVATE),
                bracket=table.bracket_for(asked.get("income") or 0),
                jht=asked.get("jht", False),
                table=table,
            )
        except (NoTariff, BadQuote):
            form.add_error(None, NO_TARIFF)
    if context["quote"]:
        context["total"] = context["quote"].total * context["workers"]
    template = "contributions/_quote.html" if is_fragment(request) else "contributions/quote.html"
    return render(request, template, context, status=400 if form.errors else 200)


@require_safe
def help_accident(request: HttpRequest) -> HttpResponse:
    """Say what to do after an accident or a death, and which branch helps (P5)."""
    text = request.GET.get("desa", "").strip()[:80]
    code = request.GET.get("kode", "")[:10]
    code = code if code.isalnum() else ""
    context = {
        "text": text,
        "villages": regions.search_villages(text=text) if text and not code else [],
        "offices": regions.offices_for(village_code=code) if code else [],
        "code": code,
    }
    return render(request, "contributions/help_accident.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say which data the portal keeps, why, how long, and how to object."""
    return render(request, "contributions/privacy.html")
