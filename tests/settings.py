"""Settings of the tests: the portal's, quick and without files of ours."""

import atexit
import os
import shutil
import tempfile

os.environ["SECRET_KEY"] = "tests only, never used elsewhere, long enough for the checks"
# A process that a test starts may be told to keep files where the test does.
SCRATCH = os.environ.get("KEEP_FILES_IN") or tempfile.mkdtemp(prefix="ansm-portal-")
if "KEEP_FILES_IN" not in os.environ:
    atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
os.environ["DATA_DIR"] = os.environ["STATIC_ROOT"] = SCRATCH
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["PORTAL_HTTPS"] = "off"

from ansm_portal.settings import *  # noqa: E402, F403 -- the variables above come first

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405 -- imported above
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
WHITENOISE_USE_FINDERS = True  # nothing is collected, also where a test starts a server of its own
WHITENOISE_AUTOREFRESH = True  # else each client of a test looks at each file once
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405 -- imported above
    # In a file, so that the threads of a server and other processes have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": f"{SCRATCH}/test.sqlite3"}  # noqa: F405 -- imported above
