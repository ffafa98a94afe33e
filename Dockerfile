# Debian slim, because wheels with native code are made for glibc.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home sertakan \
    && install -d -o sertakan -g sertakan -m 700 /var/lib/sertakan /srv/static
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=sertakan.settings \
    VAR_DIR=/var/lib/sertakan \
    STATIC_ROOT=/srv/static \
    BIND=0.0.0.0
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/portal
COPY --chown=sertakan:sertakan . .
RUN chown sertakan:sertakan .
USER sertakan
# The settings ask for keys; none of these reaches the image's environment.
RUN export SECRET_KEY=build SEAL_KEYS=build INDEX_KEY=build VAR_DIR="$(mktemp -d)" \
    && python manage.py collectstatic --noinput \
    && python manage.py compile_texts \
    && rm -r "$VAR_DIR"
VOLUME /var/lib/sertakan
EXPOSE 8000
CMD ["gunicorn", "--config", "python:sertakan.webserver"]
