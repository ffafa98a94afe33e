from django.urls import path

from contributions.views import refund_ask, refund_sources, refunds

urlpatterns = [
    path("donatur/saldo/minta/", refund_ask.refund_ask, name="refund_ask"),
    path("keuangan/pengembalian/", refunds.refunds, name="refunds"),
    path("keuangan/pengembalian/saldo/", refund_sources.refund_credits, name="refund_credits"),
    path(
        "keuangan/pengembalian/saldo/<uuid:uuid>/",
        refund_sources.refund_credit_ask,
        name="refund_credit_ask",
    ),
    path("keuangan/pengembalian/kas-daerah/", refund_sources.refund_funds, name="refund_funds"),
    path(
        "keuangan/pengembalian/kas-daerah/<uuid:uuid>/",
        refund_sources.refund_fund_ask,
        name="refund_fund_ask",
    ),
    path(
        "keuangan/pengembalian/bulan/<uuid:uuid>/",
        refund_sources.refund_months,
        name="refund_months",
    ),
    path("keuangan/pengembalian/<uuid:uuid>/", refunds.refund, name="refund"),
    path(
        "keuangan/pengembalian/<uuid:uuid>/siapkan/", refunds.refund_prepare, name="refund_prepare"
    ),
    path(
        "keuangan/pengembalian/<uuid:uuid>/setujui/", refunds.refund_confirm, name="refund_confirm"
    ),
    path(
        "keuangan/pengembalian/<uuid:uuid>/rekening/", refunds.refund_account, name="refund_account"
    ),
    path("keuangan/pengembalian/<uuid:uuid>/tolak/", refunds.refund_refuse, name="refund_refuse"),
    path("keuangan/pengembalian/<uuid:uuid>/ulang/", refunds.refund_reopen, name="refund_reopen"),
    path("keuangan/pengembalian/<uuid:uuid>/terkirim/", refunds.refund_sent, name="refund_sent"),
]
