"""Certificates and family cards: one worker's, his own, and those of many in one file."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import donors_only, user_of
from bricks import clock
from bricks.fragments import is_fragment
from contributions import access, own_page, paper_access
from contributions.certificate_form import CertificateForm
from contributions.models import Sponsorship
from contributions.papers.certificates import certificates_paper, family_paper
from contributions.protection import Protection, donors_protections, own_protection
from contributions.services import certifying
from contributions.views.papers import printed
from workers.person_access import PersonRequest
from workers.person_access import own_page as own_page_only


# --- one worker --------------------------------------------------------------------------
@login_required
@never_cache
@require_safe
def certificate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Print the certificate of a sponsored worker."""
    found = _of_sponsorship(request, uuid)
    return _certificate(request, found) if found else _none_yet(request, "sponsorship", uuid)


@login_required
@never_cache
@require_safe
def family_card(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Print the card that a sponsored worker's family keeps at home."""
    found = _of_sponsorship(request, uuid)
    return _family_card(request, found) if found else _none_yet(request, "sponsorship", uuid)


@require_safe
@own_page_only
def person_certificate(request: PersonRequest) -> HttpResponse:
    """Print a worker's own certificate: every month, whoever paid (P16)."""
    found = _own(request)
    return _certificate(request, found) if found else _none_yet(request, "person")


@require_safe
@own_page_only
def person_family_card(request: PersonRequest) -> HttpResponse:
    """Print a worker's own family card."""
    found = _own(request)
    return _family_card(request, found) if found else _none_yet(request, "person")


def _of_sponsorship(request: HttpRequest, uuid: UUID) -> Protection | None:
    today = clock.jakarta_date(clock.now())
    row = access.sponsorship_for(request.user, uuid)
    return next(iter(donors_protections([row], today=today)), None)


def _own(request: PersonRequest) -> Protection | None:
    today = clock.jakarta_date(clock.now())
    page = own_page.own_page(request.person, today=today)
    if page.worker is None:
        return None
    return own_protection(page.worker, office=page.office, today=today)


def _certificate(request: HttpRequest, found: Protection) -> HttpResponse:
    return printed(
        request, "certificate", certificates_paper([found], now=clock.now()), "sertifikat"
    )


def _family_card(request: HttpRequest, found: Protection) -> HttpResponse:
    return printed(request, "family", family_paper(found, now=clock.now()), "kartu-keluarga")


def _none_yet(request: HttpRequest, page: str, *args: UUID) -> HttpResponse:
    messages.info(request, _("Belum ada iuran yang dibayar, jadi belum ada sertifikat."))
    return redirect(page, *args)


# --- many --------------------------------------------------------------------------------
@donors_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: HttpRequest) -> HttpResponse:
    """Ask for the certificates of many workers, and find those that were asked for."""
    user = user_of(request)
    donors = access.statement_donors(user)
    form = CertificateForm(request.POST or None, donors=donors)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        rows = Sponsorship.objects.visible_to(user)
        chosen = form.chosen(rows, today=clock.jakarta_date(now))
        try:
            batch = certifying.ask(donor=form.donor(), by=user, rows=chosen, now=now)
        except certifying.CannotCertify as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("certificate_batch", uuid=batch.uuid)
    context = {
        "form": form if donors else None,
        "batches": paper_access.certificate_batches(donors, now=clock.now()),
        "days": settings.CERTIFICATE_DAYS,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "contributions/certificates.html", context, status=status)


@donors_only
@never_cache
@require_safe
def certificate_batch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show how far the certificates are, and the file once it is there."""
    batch = paper_access.certificate_batch_for(user_of(request), uuid)
    is_over = batch.expires_at <= clock.now()
    context = {"batch": batch, "is_over": is_over}
    name = "_certificate_progress" if is_fragment(request) else "certificate_batch"
    return render(request, f"contributions/{name}.html", context)


@donors_only
@never_cache
@require_safe
def certificate_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Hand the file out to a member of its donor; that is logged."""
    user = user_of(request)
    batch = paper_access.certificate_batch_for(user, uuid)
    try:
        fetched = certifying.fetch(batch=batch, viewer=user, now=clock.now())
    except certifying.FileNotThere as refusal:
        messages.warning(request, str(refusal))
        return redirect("certificate_batch", uuid=uuid)
    kind, ending = ("application/zip", "zip") if fetched.is_zip else ("application/pdf", "pdf")
    answer = HttpResponse(fetched.content, content_type=kind)
    name = f"sertifikat-{clock.jakarta_date(batch.asked_at):%Y-%m-%d}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
