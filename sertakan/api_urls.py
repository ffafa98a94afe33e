"""Every endpoint of the API, version 1."""

from django.urls import path

from contributions.api import CoverageCheck, SponsorshipList
from payments.api import InvoiceList

urlpatterns = [
    path("sponsorships/", SponsorshipList.as_view(), name="api_sponsorships"),
    path("invoices/", InvoiceList.as_view(), name="api_invoices"),
    path("coverage-check/", CoverageCheck.as_view(), name="api_coverage_check"),
]
