from django.apps import AppConfig

from sertakan import checks


class WiringConfig(AppConfig):
    name = "sertakan"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register_all()
