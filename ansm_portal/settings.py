"""Settings of the portal, read from the environment. Production values are the defaults.

Each secret may come as ``NAME`` or, from a file, as ``NAME_FILE``. A ``.env`` file beside
``manage.py`` is read when it exists; ``.env.example`` lists every variable.
"""

from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
env = environ.FileAwareEnv()

# Where the database (SQLite), evidence, dossiers and sealing keys lie.
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data"))).resolve()

# Security
SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("PORTAL_HTTPS", True)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "ansm_portal.errors.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}

# Applications
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_tasks_db",
    "template_partials",
    "csp",
    "ansm_portal",
    "ansm_portal.accounts",
    "ansm_portal.audit",
    "devices",
    "assessments",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ansm_portal.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ansm_portal.middleware.OrganisationMiddleware",
]
ROOT_URLCONF = "ansm_portal.urls"
WSGI_APPLICATION = "ansm_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "ansm_portal.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator creates accounts; nobody signs up
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {  # besides those of django-allauth
    "verify_dossier": "10/m/ip",
    "verify_pages": "20/m/ip",
    "open_link": "20/m/ip",
    "use_link": "60/m/ip",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses that others type
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 12 * 3600  # a working day

# Pages
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# Database and cache
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            # FULL: a compliance record survives a power cut; +1.1 ms a save.
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-64000; PRAGMA journal_size_limit=67108864;"
        ),
    }
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
CACHES = {  # shared by all workers, or sign-in limits would count per process
    "default": env.cache_url("CACHE_URL", "dbcache://portal_cache"),
}

# Files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"  # never served by a URL: downloads pass through a view
STORAGES = {
    "default": {"BACKEND": "ansm_portal.files.WholeFileStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # text of a form, files apart

# Background work
TASKS = {
    "default": {"BACKEND": env.str("TASKS_BACKEND", "django_tasks_db.DatabaseBackend")},
}

# Language and time
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
FORMAT_MODULE_PATH = "ansm_portal.formats"
LOCALE_PATHS = [BASE_DIR / "ansm_portal" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "Europe/Paris")
USE_TZ = True

# Mail
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "ansm-portal@localhost")

# Log
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"without_secrets": {"()": "ansm_portal.logs.WithoutSecrets"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}

# The portal's own
VERIFY_PAGES_AT_ONCE = env.int("VERIFY_PAGES_AT_ONCE", 1)  # dossiers printed again to be compared
EVIDENCE_MAX_BYTES = env.int("EVIDENCE_MAX_BYTES", 100 * 1024 * 1024)
DOSSIER_ATTACHED_MAX_BYTES = env.int("DOSSIER_ATTACHED_MAX_BYTES", 100_000_000)  # all files
DOSSIER_ATTACHED_FILE_MAX_BYTES = env.int("DOSSIER_ATTACHED_FILE_MAX_BYTES", 20_000_000)
DOSSIER_MAX_PAGES = env.int("DOSSIER_MAX_PAGES", 400)  # above: the register is a table beside
DOSSIER_MAX_SECONDS = env.int("DOSSIER_MAX_SECONDS", 600)
DOSSIER_MAX_MEMORY_BYTES = env.int("DOSSIER_MAX_MEMORY_BYTES", 4 * 1024**3)
WORKERS = env.int("WORKERS", 0)  # processes that make dossiers; 0: one for each core
AUDITOR_LINK_DAYS = env.int("AUDITOR_LINK_DAYS", 30)  # what the form of a link offers
AUDITOR_LINK_MAX_DAYS = env.int("AUDITOR_LINK_MAX_DAYS", 180)
SEAL_PKCS12_FILE = env.str("SEAL_PKCS12_FILE", "")  # empty: a test seal is made in DATA_DIR
SEAL_PKCS12_PASSWORD = env.str("SEAL_PKCS12_PASSWORD", "")
# Or the key of the seal is in a token (PKCS#11), or with a remote signing service (CSC API).
SEAL_PKCS11_MODULE = env.str("SEAL_PKCS11_MODULE", "")  # the library of its maker
SEAL_PKCS11_TOKEN = env.str("SEAL_PKCS11_TOKEN", "")  # label of the token
SEAL_PKCS11_KEY = env.str("SEAL_PKCS11_KEY", "")  # label of the key and of its certificate
SEAL_PKCS11_PIN = env.str("SEAL_PKCS11_PIN", "")
SEAL_PKCS11_TIMEOUT = env.float("SEAL_PKCS11_TIMEOUT", 10.0)  # seconds
SEAL_CSC_URL = env.str("SEAL_CSC_URL", "")  # what comes before /csc/v1
SEAL_CSC_CREDENTIAL = env.str("SEAL_CSC_CREDENTIAL", "")
SEAL_CSC_TOKEN = env.str("SEAL_CSC_TOKEN", "")  # OAuth 2 access token
SEAL_CSC_PIN = env.str("SEAL_CSC_PIN", "")
SEAL_CSC_TIMEOUT = env.float("SEAL_CSC_TIMEOUT", 30.0)  # seconds
SEAL_CHAIN = env.str("SEAL_CHAIN", "")  # PEM file: certificates above, where the key has none
SIGNER_TRUST = env.str("SIGNER_TRUST", "")  # PEM file: who vouches for people who sign dossiers
SEAL_TSA_URL = env.str("SEAL_TSA_URL", "")  # RFC 3161; empty: no time stamps (PAdES B-B)
SEAL_TSA_TRUST = env.str("SEAL_TSA_TRUST", "")  # PEM file: who vouches for time stamps
SEAL_TSA_USER = env.str("SEAL_TSA_USER", "")
SEAL_TSA_PASSWORD = env.str("SEAL_TSA_PASSWORD", "")
SEAL_TSA_TIMEOUT = env.float("SEAL_TSA_TIMEOUT", 10.0)  # seconds
PUBLIC_URL = env.str("PUBLIC_URL", "")  # printed in dossiers, e.g. https://portal.example.org
