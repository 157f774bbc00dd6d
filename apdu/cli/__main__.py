"""`python -m apdu.cli`, the same as the console script."""

from apdu.cli import main

main()
