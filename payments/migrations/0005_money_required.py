from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_money_filled"),
    ]

    operations = [
        migrations.AlterField(
            model_name="invoice",
            name="due_on",
            field=models.DateField(),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bank_account__isnull", True),
                        ("kind", "clearing"),
                        models.Q(("gateway", ""), _negated=True),
                    ),
                    models.Q(("bank_account__isnull", False), ("gateway", ""), ("kind", "bank")),
                    models.Q(
                        models.Q(("kind__in", ["clearing", "bank"]), _negated=True),
                        ("bank_account__isnull", True),
                        ("gateway", ""),
                    ),
                    _connector="OR",
                ),
                name="account_names_its_place",
            ),
        ),
    ]
