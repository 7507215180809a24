"""How files that others wrote are read: ordinary ones, inside a fence, up to a size, and none that holds keys.

::

    content(Path("platform.toml"), 10**6)         # one file that the user has named
    fence = Fence.around(root, ["../common"])     # what a repository names is read inside its folder only
    fence.read(root / "samples/web/errors.match.log", 16 * 10**6)
    toml.parse(text)                              # at most 100 levels, every error with its line

All of it raises ``OSError`` where something is not read, with the reason in ``strerror``.
"""

from provisioner.files.fence import Fence
from provisioner.files.ordinary import NotRead, content
from provisioner.files.sensitive import holds_keys

__all__ = ["Fence", "NotRead", "content", "holds_keys"]
