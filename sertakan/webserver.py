"""How gunicorn serves the portal (its `--config`)."""

from django.conf import settings

wsgi_app = "sertakan.wsgi"
bind = f"{settings.BIND}:{settings.PORT}"
worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 8
# Addresses may bear tokens of pay links, so no access log is kept here.
accesslog = None
logconfig_dict = settings.LOGGING
# Its socket would be one more way in.
control_socket_disable = True
