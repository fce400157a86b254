# Shared by the commands of this folder: finds or installs what is missing. POSIX sh.

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or by sudo when that asks no password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 126; fi
}

# need_packages NAME...: Debian packages that must be there.
need_packages() {
    missing=
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null 2>&1 || die "Install the equivalent of these Debian packages, then start again:$missing"
    say "Installing$missing"
    # shellcheck disable=SC2086 -- a list of names
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    } || die "Without root and sudo this cannot install packages. Ask an administrator for: apt-get install$missing"
}

# Names the packages of Python where there is none, to be installed with the others.
python_packages() { command -v "${PYTHON:-python3}" >/dev/null 2>&1 || echo python3 python3-venv; }

# Sets PYTHON to an interpreter of 3.11 or later.
find_python() {
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            PYTHON=$name
            return
        fi
    done
    die "Python 3.11 or later is needed. On Debian 12 or later: apt-get install python3 python3-venv"
}

# need_environment FILE: a virtual environment in .venv with the locked packages of FILE.
need_environment() {
    lock=$1
    stamp=".venv/installed-$(basename "$lock")"
    if [ ! -x .venv/bin/python ]; then
        find_python
        "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv
        "$PYTHON" -m venv .venv || die "No virtual environment could be made in .venv. Install python3-venv."
    fi
    cmp -s "$lock" "$stamp" && return
    say "Installing the packages of $lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9" ||
        die "The package uv could not be installed: look at the lines above, often it is the network."
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock" ||
        die "The packages of $lock could not be installed: look at the lines above. If one wants a compiler: apt-get install build-essential python3-dev"
    cp "$lock" "$stamp"
}

# PostgreSQL refuses to run as root.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# start_postgresql FOLDER: an empty server of its own in FOLDER, which others may enter; sets postgresql_url.
start_postgresql() {
    postgresql_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$postgresql_bin" ] || postgresql_bin=$(dirname "$(command -v initdb || die "PostgreSQL is needed: apt-get install postgresql")")
    mkdir "$1/pg"
    if [ "$(id -u)" = 0 ]; then chown postgres "$1/pg"; fi
    postgresql_data="$1/pg/data"
    postgresql_port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    as_postgres "$postgresql_bin/initdb" -D "$postgresql_data" -U portal -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    as_postgres "$postgresql_bin/pg_ctl" -D "$postgresql_data" -w -l "$1/pg/log" \
        -o "-h 127.0.0.1 -p $postgresql_port -k $1/pg -c fsync=off" start >/dev/null
    postgresql_url="postgres://portal@127.0.0.1:$postgresql_port/postgres"
}

# Stops what start_postgresql started, if it did.
stop_postgresql() {
    [ -n "${postgresql_data-}" ] || return 0
    as_postgres "$postgresql_bin/pg_ctl" -D "$postgresql_data" -m immediate stop >/dev/null 2>&1 || true
    postgresql_data=
}
