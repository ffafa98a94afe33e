from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("donors", "0002_show_name"),
    ]

    operations = [
        migrations.AlterField(
            model_name="programme",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sertakan", "SERTAKAN"),
                    ("csr", "CSR perusahaan"),
                    ("government", "Pekerja rentan pemerintah daerah"),
                    ("village", "Ekosistem desa"),
                    ("bridge", "Dana talangan"),
                ],
                default="sertakan",
                max_length=12,
            ),
        ),
    ]
