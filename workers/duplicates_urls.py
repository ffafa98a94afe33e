"""Rulings on two NIKs that look like one person."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
