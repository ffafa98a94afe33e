"""The Celery application; its clock and its bells stand in `sertakan.schedule`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sertakan.settings")

app = Celery("sertakan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
