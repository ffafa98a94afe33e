"""Invoices as the API shows them."""

from rest_framework import serializers

from payments.models import Invoice


class InvoiceSerializer(serializers.ModelSerializer[Invoice]):
    """An invoice of the caller's own donor. Amounts are whole rupiah."""

    id = serializers.UUIDField(source="uuid", read_only=True)
    donor = serializers.CharField(source="donor.name", read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id",
            "number",
            "donor",
            "purpose",
            "status",
            "total",
            "issued_at",
            "expires_at",
            "closed_at",
        ]
        read_only_fields = fields
