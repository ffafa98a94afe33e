"""What the portal refuses to start with.

A place is local (its PUBLIC_URL is this machine: development, demo, tests) or it is
production. `manage.py check` tells every fault; web, worker and beat refuse to start.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from sertakan.keys import wrong_key

SANDBOX = "sandbox"
# What a payment provider cannot do without.
GATEWAY_SETTINGS: dict[str, tuple[str, ...]] = {
    SANDBOX: (),
    "midtrans": ("MIDTRANS_URL", "MIDTRANS_SERVER_KEY"),
    "xendit": ("XENDIT_URL", "XENDIT_SECRET_KEY", "XENDIT_CALLBACK_TOKEN", "XENDIT_VA_BANKS"),
}
MIDTRANS_BANKS = ("bca", "bni", "bri", "cimb", "permata", "mandiri")
# What is of no use by one half alone.
HALVES = {
    ("WHATSAPP_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"): "one is missing, nothing goes by WhatsApp",
    ("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"): "one is missing, WhatsApp's door is shut",
    ("WHATSAPP_TOKEN", "WHATSAPP_APP_SECRET"): "both are needed to send and to hear what arrived",
}
SHORTEST_KEY = 32
FEWEST_LETTERS = 10
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
#: The months for which the calendar table tells the day (contributions.CalendarDay).
CALENDAR_MONTHS = (1, 2, 3, 6, 12)
MOST_BRIDGE_DAYS = 28
# Words of keys that stand in examples and tests.
KNOWN_KEYS = ("for-tests-only", "django-insecure", "change-me", "changeme", "example")
SLOW_HASHERS = ("Argon2", "Scrypt", "BCrypt", "PBKDF2")


def is_local() -> bool:
    """Tell whether the portal is offered to this machine only."""
    return urlsplit(settings.PUBLIC_URL).hostname in LOCAL_HOSTS


def register_all() -> None:
    """Make the checks part of `manage.py check`."""
    register(check_settings, Tags.security)
    register(check_keys, Tags.database)


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured with every fault; the long-lived processes call it first."""
    faults = [fault for fault in _faults() if fault.level >= Error("").level]
    if faults:
        lines = "\n".join(f"  {fault.id}: {fault.msg}" for fault in faults)
        raise ImproperlyConfigured(f"the settings are not fit for this place:\n{lines}")


def check_settings(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """The system check."""
    return list(_faults())


def check_keys(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The system check of `manage.py check --database default`, which `prepare` makes too."""
    told = wrong_key() if databases else ""
    return [Error(told, id="sertakan.E005")] if told else []


def _faults() -> Iterator[CheckMessage]:
    yield from _time()
    yield from _keys()
    yield from _gateway()
    yield from _channels()
    if not is_local():
        yield from _production()


def _time() -> Iterator[CheckMessage]:
    if settings.TIME_ZONE != "Asia/Jakarta":
        yield Error("TIME_ZONE must be Asia/Jakarta: business days hang on it", id="sertakan.E001")
    if not settings.USE_TZ:
        yield Error("USE_TZ must be on: the database keeps UTC", id="sertakan.E002")
    if settings.ARREARS_MONTHS not in CALENDAR_MONTHS:
        yield Error("ARREARS_MONTHS is none of 1, 2, 3, 6, 12", id="sertakan.E017")
    if not 1 <= settings.BRIDGE_DAYS_AHEAD <= MOST_BRIDGE_DAYS:
        # The renewal looks no further than three months ahead (contributions.renewal_sql).
        yield Error(f"BRIDGE_DAYS_AHEAD is not 1 to {MOST_BRIDGE_DAYS}", id="sertakan.E018")


def _keys() -> Iterator[CheckMessage]:
    """Keys are needed everywhere; known ones are for tests and this machine only."""
    keys = {
        "SECRET_KEY": [settings.SECRET_KEY],
        "SEAL_KEYS": settings.SEAL_KEYS,
        "INDEX_KEY": [settings.INDEX_KEY],
    }
    if SANDBOX in _gateways():
        # Who knows it can tell the portal that an invoice is paid.
        keys["SANDBOX_SERVER_KEY"] = [settings.SANDBOX_SERVER_KEY]
    for name, values in keys.items():
        if not values or any(_is_weak(value) for value in values):
            yield Error(
                f"{name} is missing, short or known",
                hint="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
                id="sertakan.E003",
            )
    every = [value for values in keys.values() for value in values]
    if len(set(every)) != len(every):
        yield Error("each of the keys must be another", id="sertakan.E004")


def _gateways() -> list[str]:
    """Return the provider of new payments, and those that serve what is open."""
    return [settings.PAYMENT_GATEWAY, *settings.PAYMENT_GATEWAYS_ALSO]


def _gateway() -> Iterator[CheckMessage]:
    """A provider that is not known, or without its keys, would fail at the first payer."""
    if not GATEWAY_SETTINGS.keys() >= set(_gateways()):
        names = ", ".join(GATEWAY_SETTINGS)
        told = "PAYMENT_GATEWAY, or one of PAYMENT_GATEWAYS_ALSO, is none of"
        yield Error(f"{told} {names}", id="sertakan.E006")
    for name in chain.from_iterable(GATEWAY_SETTINGS.get(g, ()) for g in _gateways()):
        if not getattr(settings, name):
            yield Error(f"{name} is missing for this payment provider", id="sertakan.E007")
    if SANDBOX in settings.PAYMENT_GATEWAYS_ALSO and not settings.DEMO:
        yield Error("PAYMENT_GATEWAYS_ALSO lets the sandbox's word be money", id="sertakan.E009")
    asked = "midtrans" in _gateways()
    if asked and settings.MIDTRANS_VA_BANK not in MIDTRANS_BANKS:
        names = ", ".join(MIDTRANS_BANKS)
        yield Error(f"MIDTRANS_VA_BANK is none of {names}", id="sertakan.E008")


def _channels() -> Iterator[CheckMessage]:
    """Half of what WhatsApp or SMS needs would look as if messages went out."""
    for names, told in HALVES.items():
        given = [bool(getattr(settings, name)) for name in names]
        if any(given) and not all(given):
            yield checks.Warning(f"{' and '.join(names)}: {told}", id="sertakan.W023")
    if settings.SMS_URL and "{phone}" not in settings.SMS_URL:
        yield checks.Warning("SMS_URL lacks {phone}: where should it go?", id="sertakan.W024")


def _is_weak(key: str) -> bool:
    known = not is_local() and any(word in key.lower() for word in KNOWN_KEYS)
    return known or len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS


def _production() -> Iterator[CheckMessage]:
    if settings.DEMO:
        yield Error("DEMO shows every message and signs anyone in: turn it off", id="sertakan.E010")
    if settings.DEBUG:
        yield Error("DEBUG shows settings and rows to strangers: turn it off", id="sertakan.E011")
    if urlsplit(settings.PUBLIC_URL).scheme != "https" or not settings.HTTPS:
        yield Error("PUBLIC_URL must be https, and HTTPS on", id="sertakan.E012")
    if urlsplit(settings.PUBLIC_URL).hostname not in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS lacks the host of PUBLIC_URL", id="sertakan.E013")
    if any(host == "*" for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS must not be *", id="sertakan.E014")
    if not any(name in settings.PASSWORD_HASHERS[0] for name in SLOW_HASHERS):
        yield Error("the first of PASSWORD_HASHERS must be a slow one", id="sertakan.E015")
    if settings.CELERY_TASK_ALWAYS_EAGER:
        yield Error("CELERY_TASK_ALWAYS_EAGER is for tests", id="sertakan.E016")
    yield from _advice()


def _advice() -> Iterator[CheckMessage]:
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        yield checks.Warning("SQLite serves one machine; set DATABASE_URL", id="sertakan.W020")
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        yield checks.Warning(
            "the broker of files loses a message with its worker; set CELERY_BROKER_URL",
            id="sertakan.W021",
        )
    if SANDBOX in {settings.PAYMENT_GATEWAY, settings.CORE_SYSTEM}:
        yield checks.Warning(
            "a sandbox stands for the payment provider or BPJS's core system: no real money "
            "moves, and nobody is protected",
            id="sertakan.W022",
        )
