from django.urls import include, path

from accounts import views, views_tokens

urlpatterns = [
    path("bahasa/", views.set_language, name="set_language"),
    path("akun/token/", views_tokens.token_list, name="tokens"),
    path("akun/token/cabut/", views_tokens.token_revoke, name="token_revoke"),
    path("akun/", include("allauth.urls")),
]
