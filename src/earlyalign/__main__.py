"""``python -m earlyalign`` is the command ``earlyalign``."""

from __future__ import annotations

import sys


def start() -> None:
    """The command, from its first import on: an interrupt is one line and status 130."""
    try:
        from earlyalign.cli import main
    except KeyboardInterrupt:
        print("earlyalign: interrupted before anything was done", file=sys.stderr)
        sys.exit(130)
    main()


if __name__ == "__main__":
    start()
