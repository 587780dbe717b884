"""The command `site`: build the website of the repository, and serve it on this machine."""

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..model.catalogue import Catalogue, find_root
from ..model.errors import ExitCode, UsageError
from ..output.terminal import open_console, render_sentences
from ..output.website import Website

FOLDER = Path(".dojo", "site")
HOST = "127.0.0.1"


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """Add where it goes, what it links to, and whether to look at it."""
    parser.add_argument("--to", type=Path, metavar="FOLDER", help=f"instead of '{FOLDER}'")
    parser.add_argument("--url", metavar="URL", help="the address at which it is published")
    parser.add_argument("--repository", metavar="URL", help="the repository that it links to")
    parser.add_argument("--serve", action="store_true", help="serve it on this machine")
    parser.add_argument("--port", type=int, default=8001, metavar="N", help="of --serve: 8001")


def run_site(arguments: argparse.Namespace) -> int:
    """Build the website; serve it if asked, until it is interrupted."""
    root = find_root(Path.cwd())
    target = (arguments.to or root / FOLDER).resolve()
    count = Website(Catalogue(root), arguments.url, arguments.repository).build(target)
    console = open_console()
    render_sentences([f"{count} pages are in '{target}'."], console)
    if arguments.serve:
        serve(target, arguments.port)
    else:
        render_sentences(["Next: `nox -s site -- --serve` shows them in a browser."], console)
    return ExitCode.PASSED


def serve(folder: Path, port: int) -> None:
    """Serve a folder on this machine until it is interrupted."""
    console = open_console()
    with open_server(folder, port) as server:
        address = f"http://{HOST}:{server.server_port}/"
        render_sentences([f"Open {address} in a browser. Ctrl-C ends it."], console)
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            render_sentences(["Stopped."], console)


def open_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Listen on a port of this machine, any free one for 0; `UsageError` if it is in use."""
    handler = partial(_QuietHandler, directory=str(folder))
    try:
        return _Server((HOST, port), handler)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Port '{port}' cannot be used: {getattr(error, 'strerror', None) or error}. "
            "Choose another: `nox -s site -- --serve --port 8002`."
        ) from None


class _Server(ThreadingHTTPServer):
    """A server that takes it calmly when a browser leaves before its answer is written."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what went wrong, unless the browser has gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and writes no line for each."""

    def log_message(self, format: str, *arguments: object) -> None:
        """Write nothing."""
