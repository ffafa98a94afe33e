from typing import Any

from django.db import migrations

from workers.naming import name_key

BITE = 500


def fill(apps: Any, schema_editor: Any) -> None:
    """Give every worker and case that came before the column its name key."""
    for model in ("Worker", "Enrollment"):
        rows = apps.get_model("workers", model)._base_manager.exclude(name="").filter(name_key="")
        bite = []
        for row in rows.only("pk", "name").iterator(chunk_size=BITE):
            row.name_key = name_key(row.name)
            bite.append(row)
            if len(bite) == BITE:
                rows.model._base_manager.bulk_update(bite, ["name_key"])
                bite = []
        rows.model._base_manager.bulk_update(bite, ["name_key"])


class Migration(migrations.Migration):
    dependencies = [("workers", "0002_registry_and_desk")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
