"""The view log, the audit log, and who stands in for whom."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
