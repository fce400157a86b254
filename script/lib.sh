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
