from django.urls import path

from contributions.views import renewals

urlpatterns = [
    path("perpanjangan/", renewals.renewal_runs, name="renewal_runs"),
    path("cabang/tidak-diperpanjang/", renewals.renewal_outcomes, name="renewal_outcomes"),
    path(
        "cabang/tidak-diperpanjang/tabel.csv",
        renewals.renewal_outcomes_csv,
        name="renewal_outcomes_csv",
    ),
]
