from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    """Name the provider of the one clearing account, and the due day of old invoices."""
    apps.get_model("payments", "Account").objects.filter(kind="clearing", gateway="").update(
        gateway="sandbox"
    )
    invoices = apps.get_model("payments", "Invoice")._base_manager
    for invoice in invoices.filter(due_on=None).only("pk", "expires_at").iterator():
        invoices.filter(pk=invoice.pk).update(due_on=invoice.expires_at.date())


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_money"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
