import django.db.models.deletion
import django.db.models.manager
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0018_renewals_that_fail"),
        ("donors", "0003_bridge_programme"),
        ("payments", "0015_bridge_account"),
        ("regions", "0002_office_exceptions"),
        ("workers", "0012_continued_cases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BridgeFund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("legal_basis", models.TextField(max_length=1000)),
                ("document_number", models.CharField(max_length=80)),
                ("document_date", models.DateField()),
                ("proposed_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("close_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.office",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="donors.programme",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BridgeGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("loses_on", models.DateField()),
                ("granted_at", models.DateTimeField()),
                (
                    "contribution",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contributions.contribution",
                    ),
                ),
                (
                    "former",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contributions.sponsorship",
                    ),
                ),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contributions.bridgefund",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.office",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workers.worker",
                    ),
                ),
            ],
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="BridgeOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("had_one", "sudah dibantu tahun ini"),
                            ("held", "meninggal, berhenti, atau menjadi penerima upah"),
                            ("reported", "ada laporan; cabang memeriksa"),
                            ("frozen", "berkas dibekukan; cabang memeriksa"),
                            ("parked", "datanya bertentangan; perlu dilihat orang"),
                            ("stage", "menunggu tahap program; cabang belum melepas"),
                            ("too_old", "sudah 65 tahun dan perlindungannya terputus"),
                            ("taken", "bulan itu sudah dibayar"),
                            ("no_tariff", "tarif bulannya belum ada"),
                            ("fund_dry", "dana tidak cukup"),
                        ],
                        max_length=9,
                    ),
                ),
                ("loses_on", models.DateField()),
                ("first_seen", models.DateField()),
                ("last_seen", models.DateField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "former",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contributions.sponsorship",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.office",
                    ),
                ),
                (
                    "worker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workers.worker",
                    ),
                ),
            ],
            managers=[
                ("everything", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="BridgeReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount", models.BigIntegerField(help_text="rupiah")),
                ("taken_back", models.BigIntegerField(default=0, help_text="rupiah")),
                ("source", models.CharField(max_length=200)),
                ("booked_at", models.DateTimeField()),
                (
                    "booked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.bankline",
                    ),
                ),
                (
                    "posting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.posting",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="bridgefund",
            constraint=models.UniqueConstraint(
                models.ExpressionWrapper(
                    models.Q(("closed_at__isnull", True)), models.BooleanField()
                ),
                condition=models.Q(("closed_at__isnull", True)),
                name="bridgefund_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("legal_basis", ""), _negated=True),
                    models.Q(("document_number", ""), _negated=True),
                ),
                name="bridgefund_has_a_legal_basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("opened_at__isnull", True),
                        ("opened_by__isnull", True),
                        ("programme__isnull", True),
                    ),
                    models.Q(
                        ("opened_at__isnull", False),
                        ("opened_by__isnull", False),
                        ("programme__isnull", False),
                        models.Q(("opened_by", models.F("proposed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="bridgefund_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("close_reason", ""),
                        ("closed_at__isnull", True),
                        ("closed_by__isnull", True),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        models.Q(("close_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="bridgefund_closed_by_someone",
            ),
        ),
        migrations.AddIndex(
            model_name="bridgegrant",
            index=models.Index(fields=["office", "-granted_at"], name="bridgegrant_list"),
        ),
        migrations.AddConstraint(
            model_name="bridgegrant",
            constraint=models.UniqueConstraint(
                fields=("worker", "year"), name="bridgegrant_once_a_year"
            ),
        ),
        migrations.AddIndex(
            model_name="bridgeoutcome",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["office", "loses_on"],
                name="bridgeoutcome_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgeoutcome",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("worker",),
                name="bridgeoutcome_one_is_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgeoutcome",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("last_seen__gte", models.F("first_seen")),
                ),
                name="bridgeoutcome_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="bridgereceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gt", 0),
                    ("taken_back__gte", 0),
                    ("taken_back__lte", models.F("amount")),
                    models.Q(("source", ""), _negated=True),
                ),
                name="bridgereceipt_within_it",
            ),
        ),
    ]
