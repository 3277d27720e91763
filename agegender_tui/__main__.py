"""`python -m agegender_tui` is the command `agegender-tui`."""

import sys

from agegender_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
