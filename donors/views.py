"""The branch's pages on which organisations become donors (P9)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import donors_only, roles_only, user_of
from accounts.models import Role
from bricks import clock
from donors import selectors, services
from donors.access import person_donor
from donors.forms import OrganisationForm

supervisors_only = roles_only(Role.Kind.BRANCH_SUPERVISOR)


@supervisors_only
@require_safe
def opened(request: HttpRequest) -> HttpResponse:
    """List the organisations that the supervisor's branches have opened."""
    programmes = selectors.organisations_opened_by(request.user)  # type: ignore[arg-type]
    return render(request, "donors/opened.html", {"programmes": programmes})


@supervisors_only
@require_http_methods(["GET", "HEAD", "POST"])
def open_donor(request: HttpRequest) -> HttpResponse:
    """Open an organisation from its signed letter."""
    offices = request.user.offices("branch_supervisor")  # type: ignore[union-attr]
    form = OrganisationForm(request.POST or None, offices=offices)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            donor = services.open_organisation(
                key=data["key"],
                kind=data["kind"],
                name=data["name"],
                tax_number=data["tax_number"],
                letter_reference=data["letter_reference"],
                agreement=form.agreement(),
                owner_email=data["owner_email"],
                owner_name=data["owner_name"],
                office=data["office"],
                supervisor=request.user,  # type: ignore[arg-type]
                now=clock.now(),
            )
        except services.OwnerWorksHere:
            form.add_error("owner_email", _("Alamat ini milik petugas. Pakai alamat donatur."))
        except services.NotOfThisBranch:
            form.add_error(None, _("Formulir ini sudah dipakai. Muat ulang halamannya."))
        else:
            messages.success(
                request, _("Sudah kami terima: %(name)s dibuka.") % {"name": donor.name}
            )
            return redirect("donors_opened")
    return render(request, "donors/open.html", {"form": form}, status=400 if form.errors else 200)


@donors_only
@require_POST
def donor_name(request: HttpRequest) -> HttpResponse:
    """Let a private donor say whether his workers may read his name (P18)."""
    donor = person_donor(request.user)
    if donor is None:
        raise Http404
    allowed = request.POST.get("boleh") == "ya"
    services.allow_name(donor=donor, allowed=allowed, by=user_of(request), now=clock.now())
    messages.success(request, _("Sudah kami simpan."))
    return redirect("orders")
