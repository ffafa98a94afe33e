from typing import Any

from django.db import migrations

from workers.naming import name_key

BITE = 500


def fill(apps: Any, schema_editor: Any) -> None:
    """Give every worker and case the name key by the rules of today."""
    for model in ("Worker", "Enrollment"):
        rows = apps.get_model("workers", model)._base_manager
        bite = []
        for row in rows.exclude(name="").only("pk", "name").iterator(chunk_size=BITE):
            row.name_key = name_key(row.name)
            bite.append(row)
            if len(bite) == BITE:
                rows.bulk_update(bite, ["name_key"])
                bite = []
        rows.bulk_update(bite, ["name_key"])


class Migration(migrations.Migration):
    dependencies = [("workers", "0007_own_page")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
