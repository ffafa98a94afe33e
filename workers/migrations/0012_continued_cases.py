import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workers", "0011_frozen_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="consent", name="consent_recorded_by_someone"),
        migrations.RemoveConstraint(model_name="enrollment", name="enrollment_approved_by_someone"),
        migrations.AddField(
            model_name="enrollment",
            name="continues",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="workers.enrollment",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="channel",
            field=models.CharField(
                choices=[
                    ("form", "Formulir bertanda tangan"),
                    ("link", "Pekerja sendiri lewat tautan"),
                    ("page", "Pekerja sendiri di halamannya"),
                    ("message", "Pekerja sendiri lewat pesan"),
                    ("branch", "Dicatat cabang"),
                    ("public_task", "Tugas pemerintah daerah"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["link", "page", "message"]),
                    ("recorded_by__isnull", False),
                    _connector="OR",
                ),
                name="consent_recorded_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "approved"), _negated=True),
                    models.Q(
                        ("worker__isnull", False),
                        models.Q(
                            ("decided_by__isnull", False),
                            ("continues__isnull", False),
                            _connector="OR",
                        ),
                        ("decided_at__isnull", False),
                        ("approved_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="enrollment_approved_by_someone",
            ),
        ),
    ]
