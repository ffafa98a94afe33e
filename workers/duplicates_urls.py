"""Rulings on two NIKs that look like one person."""

from django.urls import path

from workers.views import duplicates

urlpatterns = [
    path("cabang/kasus/<uuid:uuid>/mirip/", duplicates.case_rule, name="case_rule"),
]
