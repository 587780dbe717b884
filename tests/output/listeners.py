"""Listeners: a server of a website to which a script in the browser tells what it saw."""

import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from .browsers import run_chromium

_SECONDS = 60
_SCRIPT = """<!DOCTYPE html>
<title>look</title>
<iframe src="%s" style="height: 900px; width: 1280px"></iframe>
<img src="/held" alt="keeps the browser until the script has answered">
<script>
const frame = document.querySelector("iframe");
const wait = find => new Promise(done => {
  const look = () => { const found = find(); found ? done(found) : requestAnimationFrame(look); };
  look();
});
const act = async (page, wait) => { %s };
frame.onload = async () => fetch("/seen", {
  method: "POST", body: JSON.stringify(await act(frame.contentDocument, wait))});
</script>
"""


def act_on(scratch: Path, site: Path, page: str, script: str) -> Any:
    """Serve a website, run a script on one of its pages in Chromium, and give what it returns.

    The script is the body of an asynchronous function of the page and of `wait`, which gives what
    a function finds as soon as it finds something.
    """
    answered, answers = Event(), list[bytes]()

    class Listener(SimpleHTTPRequestHandler):
        """Serves the website and the page that holds the script, and takes its answer."""

        def do_GET(self) -> None:
            """Serve a file; `/held` only once the script has answered."""
            if self.path == "/look":
                self._answer((_SCRIPT % (page, script)).encode())
            elif self.path == "/held":
                answered.wait(_SECONDS)
                self._answer(b"")
            else:
                super().do_GET()

        def do_POST(self) -> None:
            """Take the answer."""
            answers.append(self.rfile.read(int(self.headers["content-length"])))
            self._answer(b"")
            answered.set()

        def log_message(self, format: str, *arguments: object) -> None:
            """Write nothing."""

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    handler = partial(Listener, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            run_chromium(scratch, f"http://127.0.0.1:{server.server_port}/look", "--dump-dom")
        finally:
            server.shutdown()
            thread.join()
    assert answers, "the script gave no answer"
    return json.loads(answers[0])
