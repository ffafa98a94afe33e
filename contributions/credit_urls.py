from django.urls import path

from contributions.views import credit

urlpatterns = [
    path("donatur/saldo/", credit.credit, name="credit"),
    path("cabang/uang-terlambat/", credit.late_money, name="late_money"),
    path("cabang/uang-terlambat/<int:pk>/", credit.late_money_decide, name="late_money_decide"),
]
