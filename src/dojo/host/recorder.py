"""The recorder: it sends log records, warnings and output to the grader, in order.

Everything goes through the same socket as the ASGI events, so the order of frames is the order in
which things happened. It judges nothing.
"""

import contextlib
import contextvars
import io
import logging
import sys
from typing import Any, TextIO, cast

from .frames import FrameSocket
from .warning_filters import open_filters

current_call: contextvars.ContextVar[int | None] = contextvars.ContextVar("call", default=None)
"""The ASGI call on whose behalf the code runs; follows tasks and copied contexts."""

_MOST_OUTPUT = 64 * 1024
_MOST_RECORDS = 20_000
_LONGEST_TEXT = 4000
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Recorder(logging.Handler):
    """Forward what a submission logs, warns and prints to whichever connection is current."""

    def __init__(self, frames: FrameSocket) -> None:
        super().__init__(logging.NOTSET)
        self.frames = frames
        self._detailed: tuple[str, ...] = ()
        self._records = 0
        self._has_left = False

    def install(self, root: str, detailed: list[str]) -> None:
        """Listen on the root logger, on the `detailed` loggers, to warnings and to output.

        Records of the detailed ones are forwarded from DEBUG upwards, and each warning that the
        submission below `root` causes, even if it is hidden.
        """
        EvidenceLogger.recorder = self
        self._detailed = tuple(detailed)
        manager = logging.root.manager
        manager.loggerClass = cast(type[logging.Logger], self._make_logger)
        for name in detailed:
            logging.getLogger(name)
        logging.getLogger().addHandler(self)
        self.reopen()
        open_filters(root, self.forward_warning)
        sys.stdout = _open_text(Output(self, "stdout"))
        sys.stderr = _open_text(Output(self, "stderr"))
        # A stream that nobody holds closes what is below it, also where that is wrapped again.
        self._streams = (sys.stdout, sys.stderr)

    def _make_logger(self, name: str) -> logging.Logger:
        """Make the logger of a name as `logging` does when somebody first asks for it."""
        kind = logging.getLoggerClass()
        return EvidenceLogger(name) if self._is_detailed(name) else kind(name)

    def _is_detailed(self, name: str) -> bool:
        return any(name == each or name.startswith(f"{each}.") for each in self._detailed)

    def reopen(self) -> None:
        """Have detailed loggers that were made elsewhere say what they log."""
        for name, logger in logging.root.manager.loggerDict.items():
            if isinstance(logger, logging.Logger) and self._is_detailed(name):
                logger.__class__ = EvidenceLogger

    def handle(self, record: logging.LogRecord) -> bool:
        """Forward a record that came to the root logger, unless it was forwarded at its own."""
        return not self._is_detailed(record.name) and bool(super().handle(record))

    def emit(self, record: logging.LogRecord) -> None:
        """Forward one record with its message and its extra fields; what is not plain, as text."""
        self._records += 1
        if self._records > _MOST_RECORDS:
            if self._records == _MOST_RECORDS + 1:
                self.write({"kind": "cut_off", "records": _MOST_RECORDS})
            return
        extra = {name: vars(record)[name] for name in vars(record).keys() - _STANDARD_FIELDS}
        send = self.write if record.levelno > logging.DEBUG else self.write_later
        send(
            {
                "kind": "log",
                "logger": record.name,
                "level": record.levelname,
                "message": _text_of(record),
                "fields": {name: _simplify(value) for name, value in extra.items()},
                "call": current_call.get(),
            }
        )

    def leave(self) -> None:
        """Have no part in the connection: this process was started by the one whose it is.

        Two that write to one socket could mix their frames. No lock is taken that another thread
        may have held when this process was forked.
        """
        self._has_left = True
        self.frames.close()

    def write(self, frame: dict[str, Any]) -> None:
        """Send a frame; a grader that has gone is no error of the submission."""
        if self._has_left:
            return
        with contextlib.suppress(OSError):
            self.frames.write(frame)

    def write_later(self, frame: dict[str, Any]) -> None:
        """Send a frame with the next one: there are many of a kind that nobody waits for."""
        if self._has_left:
            return
        with contextlib.suppress(OSError):
            self.frames.write_later(frame)

    def forward_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Forward one warning, as `warnings.showwarning` gets it."""
        del file, line
        self.write(
            {
                "kind": "warning",
                "category": category.__name__,
                "message": str(message)[:_LONGEST_TEXT],
                "file": filename,
                "line": lineno,
            }
        )


class _OpenManager:
    """The manager of loggers, except that nothing is disabled: SQLAlchemy asks it for that."""

    disable = logging.NOTSET

    def __getattr__(self, name: str) -> Any:
        return getattr(logging.root.manager, name)


class EvidenceLogger(logging.Logger):
    """A logger whose records are forwarded first, and then treated as the submission configured.

    So no level, handler or switch of the submission's can take evidence away.
    """

    recorder: Recorder
    manager: Any = _OpenManager()

    def isEnabledFor(self, level: int) -> bool:
        """Say that a record of this level is worth making."""
        return level >= logging.DEBUG

    def handle(self, record: logging.LogRecord) -> None:
        """Forward a record, then pass it on to those who would get it anyway."""
        self.recorder.emit(record)
        if logging.root.manager.disable < record.levelno >= self.getEffectiveLevel():
            super().handle(record)


class Output(io.RawIOBase):
    """The bytes of a standard stream, which become frames, up to a cap in characters."""

    def __init__(self, recorder: Recorder, stream: str) -> None:
        self.name = f"<{stream}>"
        self._recorder = recorder
        self._stream = stream
        self._left = _MOST_OUTPUT

    def writable(self) -> bool:
        """Say that something can be written."""
        return True

    def fileno(self) -> int:
        """Give the descriptor of the real stream, for code that writes past Python."""
        return 1 if self._stream == "stdout" else 2

    def write(self, data: Any) -> int:
        """Forward the text while the cap is not reached; say once that the rest is left out."""
        written = bytes(data)
        if written and self._left > 0:
            shown = written.decode("utf-8", "backslashreplace")[: self._left]
            self._left -= len(shown)
            frame = {"kind": "output", "stream": self._stream, "text": shown}
            self._recorder.write(frame | {"truncated": self._left == 0})
        return len(written)


def _open_text(output: Output) -> io.TextIOWrapper:
    """Make a standard stream as Python has it, whose text is passed on at once."""
    return io.TextIOWrapper(
        output,  # raw, as under `python -u`
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )


def _text_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()[:_LONGEST_TEXT]
    except Exception as error:
        text = record.msg if isinstance(record.msg, str) else "A record"
        return f"{text[:_LONGEST_TEXT]} (its arguments do not fit: {type(error).__name__})"


def _simplify(value: object) -> str | int | float | None:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int) and value.bit_length() < 64:
        return value
    try:
        return (value if isinstance(value, str) else repr(value))[:_LONGEST_TEXT]
    except Exception as error:
        return f"A {type(value).__name__} (it cannot be shown: {type(error).__name__})"
