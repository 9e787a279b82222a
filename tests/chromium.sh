#!/bin/sh
# Print the path of a Chromium for the site tests: CHROMIUM, else the one on PATH, else Debian's, if we may install it.
set -eu

if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ] || { echo "CHROMIUM=$CHROMIUM is not a program that can be run" >&2; exit 1; }
    echo "$CHROMIUM"
    exit 0
fi
if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "The site tests need Chromium. Install it (Debian: sudo apt-get install chromium)," >&2
        echo "or name the one you have: make test CHROMIUM=/path/to/chromium" >&2
        exit 1
    fi
    { apt-get update && apt-get install -y --no-install-recommends chromium; } >&2
fi
command -v chromium
