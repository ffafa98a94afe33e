from django.urls import include, path

from accounts import views

urlpatterns = [
    path("bahasa/", views.set_language, name="set_language"),
    path("akun/", include("allauth.urls")),
]
