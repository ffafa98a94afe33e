from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0014_accounts_confirmed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="kind",
            field=models.CharField(
                choices=[
                    ("clearing", "Uang pada penyedia pembayaran"),
                    ("bank", "Rekening bank"),
                    ("deducted", "Dipotong penyedia dan bank"),
                    ("returned", "Sudah dikembalikan"),
                    ("passed", "Sudah dibayarkan ke BPJS Ketenagakerjaan"),
                    ("loss", "Ditanggung pengelola"),
                    ("holding", "Diterima, belum dialokasikan"),
                    ("suspense", "Uang masuk yang belum dikenali"),
                    ("credit", "Saldo donatur"),
                    ("fund", "Dana program"),
                    ("bridge", "Dana talangan"),
                    ("payable", "Iuran yang dibeli"),
                    ("refunds", "Pengembalian"),
                    ("fees", "Biaya yang dibayar donatur"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="bankline",
            name="meaning",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "belum dikenali"),
                    ("transfer", "transfer donatur"),
                    ("payout", "pencairan penyedia"),
                    ("refund", "pengembalian"),
                    ("charge", "biaya bank"),
                    ("passed", "pembayaran iuran ke BPJS Ketenagakerjaan"),
                    ("returned", "dikembalikan ke pengirim"),
                    ("bridge", "masuk dana talangan"),
                ],
                default="",
                max_length=8,
            ),
        ),
    ]
