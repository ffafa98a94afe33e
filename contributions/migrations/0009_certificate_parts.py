import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0008_credit_to_spend"),
    ]

    operations = [
        migrations.CreateModel(
            name="CertificatePart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "certificates",
                    models.PositiveIntegerField(help_text="pages; 0 where nobody was paid for"),
                ),
                ("file", models.CharField(blank=True, default="", max_length=100)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="contributions.certificatebatch",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="certificatepart",
            constraint=models.UniqueConstraint(
                fields=("batch", "number"), name="certificatepart_once"
            ),
        ),
    ]
