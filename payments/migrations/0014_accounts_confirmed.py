"""Accounts of before count as confirmed by their opening: donors are sent there already."""

from typing import Any

from django.db import migrations
from django.db.models import F


def confirm(apps: Any, schema_editor: Any) -> None:
    accounts = apps.get_model("payments", "BankAccount")._base_manager
    accounts.filter(confirmed_at__isnull=True).update(confirmed_at=F("opened_at"))


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_second_people")]
    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
