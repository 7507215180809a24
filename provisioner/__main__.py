"""``python -m provisioner``.

Python looks for modules in the current folder first, and that is often a repository that others write to. So it is
taken off the path before anything is imported, ``__future__`` included.
"""

import os
import sys


def main() -> None:
    """The console script."""
    from provisioner.cli.app import run

    sys.exit(run(sys.argv[1:]))


def leave_current_folder() -> None:
    """Import nothing from the current folder, however it came to be on the path.

    Our own modules need no path: the package that they are in is loaded. Where Python itself has its modules is kept.
    """
    try:
        here = os.getcwd()
    except FileNotFoundError:
        here = ""  # somebody has removed it
    site = sys.modules.get("site")
    own = {os.path.dirname(os.__file__), *(site.getsitepackages() if site else ())}
    sys.path[:] = [path for path in sys.path if path and (os.path.realpath(path) != here or path in own)]


if __name__ == "__main__":
    leave_current_folder()
    main()
