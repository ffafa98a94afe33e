"""Reports of an accident or a death."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
