"""Decisions in bulk, call-backs, figures of the branch."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
