"""The two streams that people and programs read. Whatever is written to them passes here.

Text comes from files, from AWS and through AWS from strangers. It is only ever text here: no markup, no link, no
emoji's name, no colouring by content, and nothing that would not be seen (:mod:`provisioner.render.visible`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import IO, Any

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from provisioner.render.secrets import Secrets
from provisioner.render.visible import visible

WIDTH_OF_A_FILE = 400
"""Characters: a table in a file or a pipe is not cut to the width of a screen that is not there."""


class Screen(Console):
    """Standard output or standard error, or ``file``.

    With ``secrets`` none of them is shown in what is said there. When whoever reads it has seen enough and closes the
    pipe, it is ``closed``: what is written then is dropped. What cannot be written to standard error, of which a full
    disk may be the reason, is dropped as well, and ``refused`` says why: an apply goes on to its end.
    """

    def __init__(
        self,
        *,
        stderr: bool = False,
        no_color: bool = False,
        file: IO[str] | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        super().__init__(stderr=stderr, no_color=no_color, file=file, markup=False, emoji=False, highlight=False)
        self.closed = False
        self.refused: OSError | None = None
        self._may_lose = stderr
        self.secrets = secrets
        if not self.is_terminal:
            self.width = WIDTH_OF_A_FILE

    def render_str(self, text: str, **how: Any) -> Text:
        """Every plain text that is printed, also in a cell of a table; what rich would read into it is left out."""
        kept = {name: value for name, value in how.items() if name in ("style", "justify", "overflow")}
        return Text(self._shown(text), **kept)

    def say(self, text: str, style: str = "") -> None:
        """``text`` as one line, never wrapped.

        Where there are no colours it is written without ``rich``, which is a hundred times faster.
        """
        if self.is_terminal:
            self.print(text, style=style, soft_wrap=True)
        else:
            self._write(f"{self._shown(text)}\n")

    def json(self, document: Mapping[str, Any] | list[str]) -> None:
        """``document``; coloured, which takes long, only where somebody sees it."""
        text = to_json(document, indent=2)
        if self.is_terminal:
            self.print(JSONHighlighter()(text), soft_wrap=True)
        else:
            self._write(f"{text}\n")

    def flush(self) -> None:
        """Hand over what is written. Raises OSError where that is refused; a reader who has gone is no error."""
        if self.file.closed:
            return
        self._do(self.file.flush)

    def on_broken_pipe(self) -> None:
        """Nothing more is written, and nothing fails by that: an apply goes on to its end."""
        self.quiet = self.closed = True
        self._discard()

    def _shown(self, text: str) -> str:
        return visible(self.secrets.hide(text) if self.secrets else text)

    def _write(self, text: str) -> None:
        if not self.quiet:
            self._do(lambda: self.file.write(text))

    def _do(self, action: Callable[[], object]) -> None:
        try:
            action()
        except BrokenPipeError:
            self.on_broken_pipe()
        except OSError as error:
            self._discard()
            if not self._may_lose:
                raise
            self.refused = error

    def _discard(self) -> None:
        """What Python still holds for this stream would fail again when the process ends."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def to_json(document: object, *, indent: int) -> str:
    """``document`` as JSON in printable ASCII."""
    return json.dumps(document, indent=indent).replace("\x7f", "\\u007f")
