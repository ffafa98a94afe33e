from django.urls import path

from payments.views import bank_accounts as accounts
from payments.views import bank_payouts as payouts
from payments.views import bank_statements as statements
from payments.views import bank_worklist as worklist

urlpatterns = [
    path("keuangan/rekening/", accounts.bank_accounts, name="bank_accounts"),
    path("keuangan/rekening/baru/", accounts.bank_account_new, name="bank_account_new"),
    path(
        "keuangan/rekening/<uuid:uuid>/tutup/",
        accounts.bank_account_close,
        name="bank_account_close",
    ),
    path(
        "keuangan/rekening/<uuid:uuid>/benar/",
        accounts.bank_account_confirm,
        name="bank_account_confirm",
    ),
    path("keuangan/mutasi/", statements.bank_statements, name="bank_statements"),
    path("keuangan/mutasi/impor/", statements.bank_import, name="bank_import"),
    path(
        "keuangan/mutasi/impor/kolom/",
        statements.bank_import_columns,
        name="bank_import_columns",
    ),
    path("keuangan/mutasi/impor/simpan/", statements.bank_import_apply, name="bank_import_apply"),
    path("keuangan/mutasi/cocokkan/", worklist.bank_worklist, name="bank_worklist"),
    path("keuangan/mutasi/baris/<uuid:uuid>/", worklist.bank_line, name="bank_line"),
    path(
        "keuangan/mutasi/baris/<uuid:uuid>/bagi/",
        worklist.bank_line_allocate,
        name="bank_line_allocate",
    ),
    path(
        "keuangan/mutasi/baris/<uuid:uuid>/arti/",
        worklist.bank_line_explain,
        name="bank_line_explain",
    ),
    path(
        "keuangan/mutasi/baris/<uuid:uuid>/kembali/",
        worklist.bank_line_returned,
        name="bank_line_returned",
    ),
    path("keuangan/mutasi/<uuid:uuid>/", statements.bank_statement, name="bank_statement"),
    path("keuangan/pencairan/", payouts.payouts, name="payouts"),
    path("keuangan/pencairan/impor/", payouts.payout_import, name="payout_import"),
    path("keuangan/pencairan/impor/simpan/", payouts.payout_apply, name="payout_apply"),
    path("keuangan/pencairan/sandbox.csv", payouts.payout_sandbox, name="payout_sandbox"),
    path("keuangan/pencairan/<uuid:uuid>/", payouts.payout, name="payout"),
    path("keuangan/pencairan/<uuid:uuid>/mutasi/", payouts.payout_join, name="payout_join"),
]
