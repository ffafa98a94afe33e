from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_refund_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="last_transfer",
            # No snapshot was made before.
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
    ]
