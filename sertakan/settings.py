"""Settings of the portal, read from the environment (or `.env`), in sections.

`.env.example` lists what can be set; `sertakan/checks.py` refuses what must not be.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from sertakan import api_settings
from sertakan.env import BASE_DIR, env

# Channels, limits and what the floors above tell the floor of messages.
from sertakan.notice_settings import *  # noqa: F403
from sertakan.schedule import BELLS, CLOCK

# --- what kind of place this is ------------------------------------------------
# DEMO shows the mailbox and the sign-ins of the demo; production leaves it off.
DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
# This machine's own names are always in, for the health checks.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The address under which people and payment providers reach the portal.
PORT = env.int("PORT", default=8000)
BIND = env.str("BIND", default="127.0.0.1")
WEB_WORKERS = env.int("WEB_WORKERS", default=1)
WEB_THREADS = env.int("WEB_THREADS", default=8)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
# Every page names who runs the portal (P46).
OPERATOR_NAME = env.str("OPERATOR_NAME", default="Kantor Wilayah Sumatera Bagian Selatan")
OPERATOR_PHONE = env.str("OPERATOR_PHONE", default="")
# Everything that the portal writes on this machine.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).absolute()
VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

# --- rooms, lowest floor first -------------------------------------------------
HOUSE = [
    "bricks",
    "regions",
    "accounts",
    "notices",
    "donors",
    "workers",
    "payments",
    "contributions",
    "dashboards",
    "sertakan",
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "knox",
    "drf_spectacular",
    *HOUSE,
]
MIDDLEWARE = [
    "bricks.logs.RequestIdMiddleware",
    "bricks.business_day.BusinessDayMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "sertakan.urls"
WSGI_APPLICATION = "sertakan.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bricks.context.portal",
            ],
            "builtins": ["bricks.templatetags.house"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database ------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'sertakan.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # The last one lets REPLACE meet the triggers of the append-only tables too.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA recursive_triggers=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits of sign-in attempts must hold over all processes, so the cache is shared.
CACHES = {
    "default": env.cache_url("CACHE_URL", default="dbcache://cache_entries"),
}

# --- celery --------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "processed", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        # The default of one second makes every bell feel broken.
        "polling_interval": 0.05,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Portals that share one broker need a queue each.
CELERY_TASK_DEFAULT_QUEUE = env.str("QUEUE", default="celery")
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Jakarta"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULE = CLOCK
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
BELL_TASKS = BELLS
CLOCK_JOBS = CLOCK

# --- people --------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "/"
PHONE_SIGN_IN = env.bool("PHONE_SIGN_IN", default=DEMO)
ACCOUNT_ADAPTER = "accounts.adapter.PortalAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"} if PHONE_SIGN_IN else {"email"}
# One field of our own asks for either of the two (accounts.forms).
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone"] if PHONE_SIGN_IN else ["email*"]
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Six digits are typed from a phone's notification; three attempts guard them.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True

# --- language and time ---------------------------------------------------------
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"
FORMAT_MODULE_PATH = ["sertakan.formats"]

# --- files ---------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = DEBUG or DEMO
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or DEMO
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
MEDIA_ROOT = VAR_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 600

# --- safety --------------------------------------------------------------------
# NIK, phone and address are sealed with these keys (bricks.secrets). The first key
# seals, all of them open; the index key must never change without a rotation.
SEAL_KEYS = env.list("SEAL_KEYS")
INDEX_KEY = env.str("INDEX_KEY")
# Signs what the built-in sandbox of a payment gateway sends, as a provider's key would.
SANDBOX_SERVER_KEY = env.str("SANDBOX_SERVER_KEY", default="")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_SSL_REDIRECT = True
    # Health checks come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)

# --- payments ------------------------------------------------------------------
# The sandbox is a provider inside the portal; it takes no real money and says so.
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", default="sandbox")
# Former providers that still serve what is open there (docs/gateways.md).
PAYMENT_GATEWAYS_ALSO = env.list("PAYMENT_GATEWAYS_ALSO", default=[])
SANDBOX_WEBHOOK_URL = env.str("SANDBOX_WEBHOOK_URL", default="")
# What each of these is stands in .env.example; sertakan/checks.py says which are needed.
MIDTRANS_URL = env.str("MIDTRANS_URL", default="https://api.midtrans.com").rstrip("/")
MIDTRANS_SERVER_KEY = env.str("MIDTRANS_SERVER_KEY", default="")
MIDTRANS_NOTIFICATION_KEY = env.str("MIDTRANS_NOTIFICATION_KEY", default="")
MIDTRANS_VA_BANK = env.str("MIDTRANS_VA_BANK", default="bni")
XENDIT_URL = env.str("XENDIT_URL", default="https://api.xendit.co").rstrip("/")
XENDIT_SECRET_KEY = env.str("XENDIT_SECRET_KEY", default="")
XENDIT_CALLBACK_TOKEN = env.str("XENDIT_CALLBACK_TOKEN", default="")
XENDIT_VA_BANKS = env.list("XENDIT_VA_BANKS", default=["BNI", "BRI", "MANDIRI", "PERMATA"])
PROVIDER_TIMEOUT = env.int("PROVIDER_TIMEOUT", default=10)
# Rupiah: QRIS takes no more in one payment, a virtual account no less (domain 6.1).
QRIS_MAX = env.int("QRIS_MAX", default=10_000_000)
VA_MIN = env.int("VA_MIN", default=10_000)
# Rupiah that the payer of a virtual account pays on top; 0: the operator bears the fee.
# The fee of QRIS may not be charged to the payer (P36).
VA_FEE = env.int("VA_FEE", default=0)
# The name that a bank's app shows for a virtual account (P14).
VA_NAME = env.str("VA_NAME", default="")
# An invoice is due so many days after its issue.
INVOICE_DUE_DAYS = env.int("INVOICE_DUE_DAYS", default=14)

# --- messages ------------------------------------------------------------------
# The default keeps every message in the portal's own mailbox, which the demo shows.
EMAIL_BACKEND = "notices.mail.MailboxBackend"
# A mail server that is silent must not hold up the sender.
EMAIL_TIMEOUT = PROVIDER_TIMEOUT
if env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="SERTAKAN <portal@sertakan.example>")

# --- log -----------------------------------------------------------------------
# One stream, standard error; Celery and gunicorn write through it too.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "bricks.logs.MaskingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        # gunicorn brings a handler of its own, which would mask nothing.
        "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
        # Each bell and each minute would say "received" and "succeeded"; the page
        # of jobs shows that, so that the log keeps what went wrong.
        "celery": {"level": "WARNING"},
        # The library of SMS providers would write telephone numbers.
        "apprise": {"level": "CRITICAL"},
        "kombu": {"level": "WARNING"},
    },
}

# --- rules that may change -----------------------------------------------------
# An approval expires unpaid after so many days (P6).
APPROVAL_DAYS = env.int("APPROVAL_DAYS", default=30)
# The branch decides within so many working days.
DECISION_WORKING_DAYS = env.int("DECISION_WORKING_DAYS", default=2)
# A donor enters so many workers before his first paid invoice (P8).
NIK_QUOTA = env.int("NIK_QUOTA", default=5)
# The link on which a worker fills in his own data works for so many days.
WORKER_LINK_DAYS = env.int("WORKER_LINK_DAYS", default=14)
# Who takes a worker over has so many days to pay at least, also where cover ends sooner;
# the link by which a donor hands a worker over works for so many days.
TAKE_OVER_DAYS = env.int("TAKE_OVER_DAYS", default=7)
HAND_OVER_LINK_DAYS = env.int("HAND_OVER_LINK_DAYS", default=14)
# The bridge fund helps whoever would lose the wait for the full JKM within so many days (P39).
BRIDGE_DAYS_AHEAD = env.int("BRIDGE_DAYS_AHEAD", default=7)
# Drafts and cases that came to nothing are forgotten after so many days; the consent
# text says so (workers.consent_text).
FORGET_DAYS = env.int("FORGET_DAYS", default=90)
MINIMUM_AGE = env.int("MINIMUM_AGE", default=17)
# More cases than this, decided in bulk by one person on one day, need a supervisor.
BULK_CONFIRM_ABOVE = env.int("BULK_CONFIRM_ABOVE", default=20)
# So many of a hundred approvals are drawn for a telephone call by the supervisor (P7).
CALL_BACK_PERCENT = env.int("CALL_BACK_PERCENT", default=5)
# A check file for the core system or the civil registry is gone after so many days (P21).
CHECK_FILE_DAYS = env.int("CHECK_FILE_DAYS", default=7)
# A file with the certificates of many workers is gone after so many days.
CERTIFICATE_DAYS = env.int("CERTIFICATE_DAYS", default=7)
# A worker's printed code works for so many days; one sent to his phone 15 minutes (P16).
PERSON_CODE_DAYS = env.int("PERSON_CODE_DAYS", default=30)
# How identities are looked up: `not_connected` asks nobody and says so.
CIVIL_REGISTRY = env.str("CIVIL_REGISTRY", default="not_connected")
# Arrears months before a sponsorship lapses (domain reference 1.3).
ARREARS_MONTHS = env.int("ARREARS_MONTHS", default=3)
# Whether a lapsed member comes back through the branch (`branch`) or by paying again (`pay`),
# and whether the months of arrears count as protected: `branch` (it decides), `yes` or `no`.
# Sources disagree on both (domain reference 1.3).
LAPSED_RETURN = env.str("LAPSED_RETURN", default="branch", choices=["branch", "pay"])
ARREARS_PROTECTED = env.str("ARREARS_PROTECTED", default="branch", choices=["branch", "yes", "no"])
# What a donor paid too much buys months by itself that end at most so many months from now.
CREDIT_MONTHS_AHEAD = env.int("CREDIT_MONTHS_AHEAD", default=24)

# Which function tells the floor of workers what is paid (workers.ports).
PAID_SPANS = "contributions.selectors.paid_spans"

# --- BPJS's core system --------------------------------------------------------
CORE_SYSTEM = env.str("CORE_SYSTEM", default="sandbox")
# So many days after it was handed over does a file to BPJS lie on disk, sealed.
REMITTANCE_FILE_DAYS = env.int("REMITTANCE_FILE_DAYS", default=14)
SANDBOX_CORE_DELAY_SECONDS = env.int("SANDBOX_CORE_DELAY_SECONDS", default=3)
# Paid months go out on business days at set hours; the demo sends them at once, any day.
REMIT_AT_ONCE = env.bool("REMIT_AT_ONCE", default=DEMO)

# --- api -----------------------------------------------------------------------
REST_FRAMEWORK = api_settings.REST_FRAMEWORK
# A token is as good as its owner's password: it ends by itself.
REST_KNOX = {"TOKEN_TTL": timedelta(days=env.int("API_TOKEN_DAYS", default=90))}
SPECTACULAR_SETTINGS = api_settings.SPECTACULAR_SETTINGS
