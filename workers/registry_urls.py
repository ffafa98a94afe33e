"""The registry: workers, corrections of their data, events of their lives."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
