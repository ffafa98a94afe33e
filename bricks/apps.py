from django.apps import AppConfig


class BricksConfig(AppConfig):
    name = "bricks"
    default_auto_field = "django.db.models.BigAutoField"
