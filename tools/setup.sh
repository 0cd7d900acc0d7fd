#!/usr/bin/env bash
# Installs what Confab needs from Debian, and nothing that is already there. Run it as root.
#
#   tools/setup.sh build   a compiler and cmake, for the Opus and SQLite libraries that are built along
#   tools/setup.sh test    that, the phones, the browser, the player and the PostgreSQL that the tests use, and what scores sound
set -euo pipefail

usage() {
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# What each command comes from: `command:package`.
build=(cc:gcc c++:g++ cmake:cmake make:make)
test=("${build[@]}" sipp:sip-tester baresip:baresip-core chromium:chromium node:nodejs python3:python3 zbarimg:zbar-tools rsvg-convert:librsvg2-bin opusdec:opus-tools)

case "${1-}" in
    build) wanted=("${build[@]}") ;;
    test) wanted=("${test[@]}") ;;
    *) usage ;;
esac

missing=()
for pair in "${wanted[@]}"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done

# Debian keeps PostgreSQL's programs out of the way, in a directory a version.
if [[ $1 == test ]] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    missing+=(postgresql)
fi
# Without it Python can make no environment, which the tests do for what comes from PyPI.
if [[ $1 == test ]] && ! python3 -c 'import ensurepip' 2>/dev/null; then
    missing+=(python3-venv)
fi
# Without its headers Python can't build a package that is partly C.
if [[ $1 == test ]] && ! python3 -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null; then
    missing+=(python3-dev)
fi

if ((${#missing[@]})); then
    if ((EUID != 0)); then
        echo "these Debian packages are missing, and only root can install them: ${missing[*]}" >&2
        exit 1
    fi
    echo "installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Packages of PyPI, in environments beside the built files: what scores sound (one of them is built here), and what
# reads calendars and takes mail.
environment() {
    local requirements="$(dirname "$0")/$2"
    local environment="${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/$1"
    if ! cmp -s "$requirements" "$environment/installed.txt"; then
        echo "making $environment" >&2
        python3 -m venv --clear "$environment"
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
        cp "$requirements" "$environment/installed.txt"
    fi
}
if [[ $1 == test ]]; then
    environment sound sound/requirements.txt
    environment mail mail/requirements.txt
fi

if ! command -v cargo >/dev/null; then
    echo "there is no Rust toolchain here: see https://rustup.rs" >&2
    exit 1
fi
