"""``python -m earlyalign`` is the command ``earlyalign``."""

from earlyalign.cli import main

main()
