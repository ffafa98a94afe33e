"""A payment may be ruled on again once an earlier ruling on it is confirmed."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("contributions", "0009_certificate_parts")]

    operations = [
        migrations.RemoveConstraint(
            model_name="reversalruling", name="reversalruling_once_per_payment"
        ),
        migrations.RemoveConstraint(model_name="reversalruling", name="reversalruling_once"),
        migrations.AddConstraint(
            model_name="reversalruling",
            constraint=models.UniqueConstraint(
                fields=["sponsorship", "payment"],
                condition=Q(withdrawn_at__isnull=True, confirmed_at__isnull=True),
                name="reversalruling_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversalruling",
            constraint=models.UniqueConstraint(
                fields=["payment"],
                condition=Q(
                    withdrawn_at__isnull=True, confirmed_at__isnull=True, sponsorship__isnull=True
                ),
                name="reversalruling_once_per_payment",
            ),
        ),
    ]
