"""`python -m atkg` is the command `atkg`."""

from atkg.cli import main

main()
