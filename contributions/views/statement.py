"""The donor's statement: every rupiah on a page, in files, and a year of it on paper."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import donors_only, user_of
from bricks import clock
from bricks.clock import jakarta_date
from bricks.tables import write_table
from contributions import access, statement, statement_rows
from contributions.papers.giving import giving_paper
from contributions.statement import Span
from contributions.statement_form import MONTHS, StatementForm
from contributions.views.papers import printed, table
from donors.models import Donor

PAGE_SIZE = 20
MONTHS_A_PAGE = 50


@donors_only
@never_cache
@require_safe
def statement_page(request: HttpRequest) -> HttpResponse:
    """Show what became of every rupiah of a donor, of one year or of all."""
    form, donor = _asked(request)
    if not form.is_valid():
        return render(request, "contributions/statement.html", {"form": form}, status=400)
    if donor is None:
        return render(request, "contributions/statement.html", {"form": form, "none": True})
    span = Span.year(form.cleaned_data["tahun"])
    found = statement.statement_of(donor, span=span)
    came, went = statement_rows.sums(found)
    context = {
        "form": form,
        "donor": donor,
        "year": form.cleaned_data["tahun"],
        "came": came,
        "went": went,
        "came_sum": sum(amount for _word, amount in came),
        "went_sum": sum(amount for _word, amount in went),
        "months": statement.months_of(donor),
        "shows_months": form.cleaned_data["lihat"] == MONTHS,
        **_rows(request, form, donor, span),
    }
    return render(request, "contributions/statement.html", context)


def _rows(request: HttpRequest, form: StatementForm, donor: Donor, span: Span) -> dict[str, Any]:
    asked = request.GET.get("page")
    if form.cleaned_data["lihat"] == MONTHS:
        rows = statement_rows.months_in(donor, span=span, posting=form.cleaned_data["baris"])
        page = Paginator(rows, MONTHS_A_PAGE).get_page(asked)
        return {"page": page, "rows": statement_rows.month_rows(page.object_list)}
    postings = Paginator(statement.postings_of(donor, span=span), PAGE_SIZE).get_page(asked)
    return {"page": postings, "rows": statement_rows.entries_of(postings.object_list, donor)}


def _asked(request: HttpRequest) -> tuple[StatementForm, Donor | None]:
    """Read which of his donors the user asks about; another's is a 404."""
    donors = access.statement_donors(user_of(request))
    donor = access.statement_donor(donors, request.GET.get("donatur", ""))
    today = clock.jakarta_date(clock.now())
    years = statement.years_of(donor, today=today) if donor else [today.year]
    return StatementForm(request.GET, donors=donors, years=years), donor


@donors_only
@never_cache
@require_safe
def statement_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the movements of money as a file."""
    donor, span, name = _file(request)
    heads = [
        _("Tanggal"),
        _("Apa"),
        _("Kuitansi"),
        _("Masuk"),
        _("Menjadi iuran"),
        _("Saldo"),
        _("Keluar"),
        _("Belum dialokasikan"),
        _("Pekerja"),
        _("Bulan"),
    ]
    rows = map(_entry_cells, statement_rows.all_entries(donor, span=span))
    return table(write_table(heads, rows), f"laporan-uang-{name}")


def _entry_cells(entry: statement_rows.Entry) -> Sequence[Any]:
    money = entry.money
    return [
        f"{jakarta_date(entry.posting.posted_at):%d-%m-%Y}",
        entry.what,
        entry.receipt.receipt_number if entry.receipt else "",
        money.came_in,
        money.months,
        money.spare,
        money.out,
        money.unallocated,
        entry.workers,
        entry.months,
    ]


@donors_only
@never_cache
@require_safe
def statement_months_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the months that the money bought as a file, one row for each."""
    donor, span, name = _file(request)
    heads = [
        _("Tanggal"),
        _("Sumber"),
        _("Pekerja"),
        _("Dari"),
        _("Sampai"),
        _("Iuran"),
        _("Keadaan"),
    ]
    rows = map(_month_cells, statement_rows.all_months(donor, span=span))
    return table(write_table(heads, rows), f"laporan-bulan-{name}")


def _month_cells(row: statement_rows.MonthRow) -> Sequence[Any]:
    return [
        f"{row.day:%d-%m-%Y}",
        row.source,
        row.name,
        f"{row.first_day:%d-%m-%Y}" if row.first_day else "",
        f"{row.last_day:%d-%m-%Y}" if row.last_day else "",
        row.amount,
        row.state,
    ]


def _file(request: HttpRequest) -> tuple[Donor, Span, str]:
    form, donor = _asked(request)
    if donor is None or not form.is_valid():
        raise Http404
    year = form.cleaned_data["tahun"]
    return donor, Span.year(year), str(year or _("semua"))


@donors_only
@never_cache
@require_safe
def giving_pdf(request: HttpRequest, year: int) -> HttpResponse:
    """Print a donor's year."""
    now = clock.now()
    donors = access.statement_donors(user_of(request))
    donor = access.statement_donor(donors, request.GET.get("donatur", ""))
    if donor is None or year not in statement.years_of(donor, today=clock.jakarta_date(now)):
        raise Http404
    return printed(request, "giving", giving_paper(donor, year=year, now=now), f"laporan-{year}")
