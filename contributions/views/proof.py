"""The public proof: whose the money is, as of the last check of the books (P34, P35)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bricks import clock
from contributions import books_selectors, proof_files


@require_safe
def proof(request: HttpRequest) -> HttpResponse:
    """Show everyone the identity of the last check, what each number counts, and its age."""
    check = books_selectors.newest_check()
    context = {
        "check": check,
        "sums": books_selectors.sums_of(check) if check else None,
        "is_stale": check is not None and books_selectors.is_stale(check, now=clock.now()),
    }
    return render(request, "contributions/books/proof.html", context)


@require_safe
def proof_csv(request: HttpRequest) -> HttpResponse:
    """Send the same as a table."""
    return HttpResponse(
        proof_files.as_csv(books_selectors.newest_check()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="bukti-sertakan.csv"'},
    )


@require_safe
def proof_json(request: HttpRequest) -> HttpResponse:
    """Send the same for programs; amounts are whole rupiah."""
    return JsonResponse(proof_files.as_dict(books_selectors.newest_check()))
