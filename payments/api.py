"""The API's door to invoices."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from bricks.api import REFUSALS, NewestFirst
from donors.selectors import donors_of
from payments.models import Invoice
from payments.serializers import InvoiceSerializer


class NewestIssued(NewestFirst):
    """Pages of invoices, by the time of issue."""

    ordering = ("-issued_at", "-pk")


class InvoiceList(GenericAPIView[Invoice]):
    """Invoices of the caller's own donors; a member of staff has none."""

    serializer_class = InvoiceSerializer
    pagination_class = NewestIssued
    throttle_scope = "lists"

    @extend_schema(
        summary="Own invoices",
        description="The invoices of the caller's own donors, newest first.",
        responses={200: InvoiceSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        user: Any = request.user
        rows = Invoice.objects.visible_to(user).filter(donor__in=donors_of(user))
        page = self.paginate_queryset(rows.select_related("donor")) or []
        return self.get_paginated_response(InvoiceSerializer(page, many=True).data)
