"""All settings, read from the environment (the table is in docs/operations.md).

Every server needs ``SECRET_KEY``, ``DATABASE_URL`` and ``REDIS_URL``. ``ENVIRONMENT`` is ``production`` unless it says
``local``; production also needs ``BASE_URL`` (https), ``EMAIL_URL`` and ``DEFAULT_FROM_EMAIL`` and refuses to start
without them. ``make demo`` and ``make dev`` write what they chose to ``var/local.env``, so that ``manage.py`` in
another terminal talks to the same servers.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_language
from kombu import Queue

from healthportal.connections import broker_url, databases
from healthportal.logs import to_the_console
from healthportal.middleware import MIDDLEWARE as MIDDLEWARE
from healthportal.refused_settings import refuse_missing, refuse_no_folder, refuse_no_networks
from healthportal.schedule import beat_schedule
from healthportal.security_headers import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from healthportal.security_headers import FEATURES_NOT_USED as FEATURES_NOT_USED
from healthportal.sign_in import BACKENDS, FACTOR_FORMS, FORMS, PASSWORD_VALIDATORS, RATE_LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if "DATABASE_URL" not in env.ENVIRON:
    environ.Env.read_env(BASE_DIR / "var" / "local.env")


def required(name: str) -> str:
    """The variable's value, or a refusal to start that names it."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it, or start the portal with `make demo` (docs/operations.md lists every setting)."
        )
    return value


ENVIRONMENT = env.str("ENVIRONMENT", default="production")
if ENVIRONMENT not in {"production", "local"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}; it must be production or local.")
PRODUCTION = ENVIRONMENT == "production"

# --- Where it is, and its secrets

DEBUG = env.bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG is set. It shows secrets to visitors: unset it, or set ENVIRONMENT=local.")
SECRET_KEY = required("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASE_URL = (required("BASE_URL") if PRODUCTION else env.str("BASE_URL", default="http://localhost:8000")).rstrip("/")
HTTPS = urlsplit(BASE_URL).scheme == "https"
if PRODUCTION and not HTTPS:
    raise ImproperlyConfigured(f"BASE_URL is {BASE_URL!r}; in production it must start with https://.")
_host = urlsplit(BASE_URL).hostname or ""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host] if PRODUCTION else [_host, "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "accounts.saved_posts.form_out_of_date"

SECURE_SSL_REDIRECT = HTTPS
SECURE_SSL_HOST = urlsplit(BASE_URL).netloc
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|healthz|metrics)$"]  # load balancers ask over plain HTTP
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Who asks is counted from the right of X-Forwarded-For: what is left of the proxies' own lines may be forged.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
if PRODUCTION and BEHIND_PROXY and ALLAUTH_TRUSTED_PROXY_COUNT < 1:
    raise ImproperlyConfigured(
        "BEHIND_PROXY is on and TRUSTED_PROXIES is not set, so all visitors would share one limit of sign-ins. Set it "
        "to the number of proxies in front that add to X-Forwarded-For, usually 1 (docs/operations.md)."
    )
if ALLAUTH_TRUSTED_PROXY_COUNT and not BEHIND_PROXY:
    raise ImproperlyConfigured("TRUSTED_PROXIES is set, but BEHIND_PROXY is off: set both, or neither.")
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
# Both reach beyond the portal, so whoever owns the domain decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
_prefix = "__Host-" if HTTPS else ""  # a browser takes these from this host only, and only by HTTPS
SESSION_COOKIE_NAME = f"{_prefix}portal_session"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
DEVICE_COOKIE_NAME = f"{_prefix}portal_device"
WROTE_COOKIE_NAME = f"{_prefix}portal_wrote"
X_FRAME_OPTIONS = "DENY"

# --- What it is made of

INSTALLED_APPS = [
    "healthportal",
    "healthportal.exports",
    "healthportal.retention",
    "healthportal.workbench",
    "reports",
    "quizzes",
    "workshops",
    "violations",
    "policies",
    "inbox",
    "inbox.events",
    "sellers",
    "accounts",
    "audit",
    "kit.pages",
    "healthportal.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "lucide",
    "ninja",  # its documentation page then comes from here, not from elsewhere
]

ROOT_URLCONF = "healthportal.urls"
WSGI_APPLICATION = "healthportal.wsgi.application"

TEMPLATE_TAGS = [
    "kit.pages.templatetags.charts",
    "kit.pages.templatetags.dates",
    "kit.pages.templatetags.forms",
    "kit.pages.templatetags.cached_parts",
    "kit.pages.templatetags.looks",
    "kit.pages.templatetags.numbers",
    "kit.pages.templatetags.texts",
    "sellers.templatetags.sellers",
    "healthportal.templatetags.navigation",
    "lucide.templatetags.lucide",
]
"""Every template may use these."""

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "portal", BASE_DIR / "templates"],  # the first adds what only the whole knows
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sellers.context.portal",
                "inbox.context.unread",
            ],
            "builtins": TEMPLATE_TAGS,
        },
    },
    {
        "NAME": "emails",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "emails"],
        "OPTIONS": {"environment": "kit.emails.templates.environment"},
    },
]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None  # else they come from where they are written
ATTACHMENTS_ROOT = Path(env.str("ATTACHMENTS_ROOT", default=str(BASE_DIR / "var" / "attachments")))
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "kit.pages.upload_handlers.PatientUploadHandler",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "attachments": {  # never served by the web server: it has no address
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ATTACHMENTS_ROOT,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- Data

DATABASES = databases(env, required("DATABASE_URL"))
DATABASE_ROUTERS = ["kit.database.replica.ReplicaRouter"]
REPLICA_LAG_SECONDS = env.int("DATABASE_REPLICA_LAG_SECONDS", default=5)
# A page of the admin that would take longer is given up, and says so; set in a session, which a pooler does not keep.
ADMIN_STATEMENT_SECONDS = env.int(
    "ADMIN_STATEMENT_SECONDS", default=0 if DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] else 20
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL: str = required("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "kit.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # nobody waits longer for what may be missing
    }
}

# --- Work in the background

CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_TASK_QUEUES = [Queue("celery"), Queue("account")]  # a worker takes from both in turn
CELERY_TASK_ROUTES = {"accounts.tasks.deliver_account_emails": {"queue": "account"}}
REPORT_CHUNK_SELLERS = env.int("REPORT_CHUNK_SELLERS", default=50_000)
REVERSAL_BATCH_SELLERS = env.int("REVERSAL_BATCH_SELLERS", default=200)
REVERSAL_BATCH_VIOLATIONS = env.int("REVERSAL_BATCH_VIOLATIONS", default=2_000)
CELERY_BEAT_SCHEDULE = beat_schedule(env)

# --- People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = BACKENDS
AUTH_PASSWORD_VALIDATORS = PASSWORD_VALIDATORS
ACCOUNT_FORMS = FORMS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
LOGOUT_REDIRECT_URL = "home"  # also from the admin
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before addresses change; passwords and factors ask anyway
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of each change, to the address before it
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
PASSWORD_RESET_TIMEOUT = 4 * 3600  # seconds that the link of the email is good for
ACCOUNT_RATE_LIMITS = RATE_LIMITS
MFA_TOTP_TOLERANCE = 1  # the step before and after, for clocks that differ; each code is good once
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_FORMS = FACTOR_FORMS
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_TOTP_ISSUER = "Account health"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey stands for the password too: a finger, a face or a PIN
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # http://localhost, which browsers trust as well
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # nothing to guess; an office shares one address
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=60)
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=PRODUCTION)

# --- The API of the marketplace's systems

API_MAX_ITEMS = env.int("API_MAX_ITEMS", default=5_000)
API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", default=20_000_000)
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=300)

# --- Webhooks

WEBHOOK_PORTS = [int(port) for port in env.list("WEBHOOK_PORTS", default=["443"])]
# Of the marketplace's own network, which webhooks may go to though it leads inside: 10.20.0.0/16,fd00:20::/32
WEBHOOK_NETWORKS = env.list("WEBHOOK_NETWORKS", default=[] if PRODUCTION else ["127.0.0.0/8", "::1/128"])
refuse_no_networks(WEBHOOK_NETWORKS)

# --- Documents

PDF_FONTS = env.list("PDF_FONTS", default=[])
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=50_000_000)

# --- Badges of attendance (Open Badges 3.0)

BADGES = env.bool("BADGES", default=False)
BADGE_KEY: str = env.str("BADGE_KEY", default="", multiline=True)  # the private one, RSA, as PEM
BADGE_KEYS_BEFORE = env.json("BADGE_KEYS_BEFORE", default=[])  # public ones that signed before it, as JWK
BADGE_ISSUER: str = env.str("BADGE_ISSUER", default="Account health")
if BADGES and "PRIVATE KEY" not in BADGE_KEY:
    raise ImproperlyConfigured(
        "BADGES is on, and BADGE_KEY is not a private key in PEM. Make one with `openssl genpkey -algorithm RSA "
        "-pkeyopt rsa_keygen_bits:2048`, or switch BADGES off (docs/workshops.md)."
    )

# --- Email

if EMAIL_BACKEND := env.str("EMAIL_BACKEND", default=""):  # such as a provider's, by django-anymail
    ANYMAIL = env.json("ANYMAIL", default={})
    if EMAIL_BACKEND.startswith("anymail."):
        refuse_missing("anymail", setting="EMAIL_BACKEND", page="docs/email.md")
        INSTALLED_APPS += ["anymail"]
else:
    vars().update(env.email_url_config(required("EMAIL_URL") if PRODUCTION else env.str("EMAIL_URL", "consolemail://")))
# What came back of emails is taken in at /mail/events/<secret>/; empty: nowhere.
EMAIL_EVENTS_SECRET = env.str("EMAIL_EVENTS_SECRET", default="")
# Where an email comes back to: bounces+{seal}@portal.example; empty: to its sender.
EMAIL_RETURN_PATH = env.str("EMAIL_RETURN_PATH", default="")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
EMAILS_PER_MINUTE = env.int("EMAILS_PER_MINUTE", default=3_000)
# The same for a kind of message or a receiving domain: report=2000,gmail.com=600
EMAIL_PACES: dict[str, int] = {name.lower(): int(most) for name, most in env.dict("EMAIL_PACES", default={}).items()}
# By kind of message; others say what the message says.
EMAIL_WRITERS = {
    "report": "reports.presentation.email.report_writer",
    "workshop": "workshops.emails.workshop_writer",
}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    required("DEFAULT_FROM_EMAIL") if PRODUCTION else env.str("DEFAULT_FROM_EMAIL", "Account health <portal@localhost>")
)

# --- Language and time: stored in UTC, shown in the time zone of the seller's market

LANGUAGE_CODE: str = env.str("LANGUAGE_CODE", default="en")  # of pages
FORMAT_MODULE_PATH = ["healthportal.formats"]  # 22 Nov 2026, 20:48 instead of Nov. 22, 2026, 8:48 p.m.
LOCALE_PATHS = [BASE_DIR / "healthportal" / "locale"]  # a folder of a catalogue for each language but English
_catalogues = sorted(to_language(path.parents[1].name) for path in LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.mo"))
# Those that the portal speaks; people choose one of them for their emails.
LANGUAGES = [("en", "English"), *((code, LANG_INFO.get(code, {}).get("name_local", code)) for code in _catalogues)]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Seen from outside (docs/monitoring.md)

LOGGING = to_the_console(level=env.str("LOG_LEVEL", default="INFO"), form=env.str("LOG_FORMAT", default="line"))
refuse_no_folder(env.str("PROMETHEUS_MULTIPROC_DIR", default=""), setting="PROMETHEUS_MULTIPROC_DIR")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
TELEMETRY = bool(env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default=""))  # with OpenTelemetry's own variables beside it
