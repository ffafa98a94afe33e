from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0002_registry_and_desk"),
    ]

    operations = [
        migrations.AlterField(
            model_name="allocation",
            name="reason",
            field=models.CharField(
                choices=[
                    ("full", "sesuai tagihan"),
                    ("too_much", "lebih dari tagihan"),
                    ("too_little", "kurang dari tagihan"),
                    ("late", "dibayar setelah tagihan berakhir"),
                    ("double", "tagihan sudah dibayar"),
                    ("taken", "bulan sudah dibayar donatur lain"),
                    ("refused", "perlindungan baru tidak boleh dimulai lagi"),
                    ("held", "cabang sedang memeriksa seorang pekerja"),
                ],
                max_length=10,
            ),
        ),
    ]
