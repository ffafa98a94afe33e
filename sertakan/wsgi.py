"""The door that gunicorn opens."""

import os

from django.core.wsgi import get_wsgi_application

from sertakan import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sertakan.settings")

application = get_wsgi_application()
checks.refuse_unsafe_settings()
