from django.urls import path

from contributions.views import books, ledger, proof

urlpatterns = [
    path("keuangan/", books.home, name="treasury"),
    path("keuangan/buku/", books.books, name="books"),
    path("keuangan/buku/periksa/", books.books_check, name="books_check"),
    path("keuangan/bulan/", books.closed_months, name="closed_months"),
    path("keuangan/akun/", ledger.ledger_accounts, name="ledger_accounts"),
    path("keuangan/akun/<int:pk>/", ledger.ledger_account, name="ledger_account"),
    path("keuangan/akun/<int:pk>/mutasi.csv", ledger.ledger_account_csv, name="ledger_account_csv"),
    path("bukti/", proof.proof, name="proof"),
    path("bukti/bukti.csv", proof.proof_csv, name="proof_csv"),
    path("bukti/bukti.json", proof.proof_json, name="proof_json"),
]
