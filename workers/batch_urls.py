"""Check files out and back."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
