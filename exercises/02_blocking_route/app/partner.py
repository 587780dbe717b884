"""A slow stand-in for the partner, to try the service by hand: `python -m app.partner`.

It prints how many callers are inside at each moment. The service never imports it.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = ("127.0.0.1", 9000)
DELAY = 5.0
"""Seconds that every answer takes."""

ANSWERS: dict[str, tuple[int, dict[str, str]]] = {
    "/quotes/q-17": (200, {"id": "q-17", "price": "129.90", "currency": "EUR"}),
    "/quotes/q-18": (200, {"id": "q-18", "price": "75.00", "currency": "EUR"}),
    "/quotes/q-19": (200, {"id": "q-19", "price": "8.40", "currency": "EUR"}),
    "/quotes/q-50": (504, {}),
    "/customers/c-3": (200, {"id": "c-3", "name": "Asha Rao", "tier": "gold"}),
    "/customers/c-4": (200, {"id": "c-4", "name": "Jan Vos", "tier": "basic"}),
    "/customers/c-50": (504, {}),
}


class Partner(BaseHTTPRequestHandler):
    """Answers every known path after DELAY, everything else with 404."""

    lock = threading.Lock()
    inside = 0

    def do_GET(self) -> None:
        self._count(+1)
        time.sleep(DELAY)
        self._count(-1)
        status, data = ANSWERS.get(self.path, (404, {}))
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _count(self, change: int) -> None:
        with Partner.lock:
            Partner.inside += change
            word = "enters" if change > 0 else "leaves"
            user = self.headers["X-User"]
            print(f"{self.path} for {user} {word}, {Partner.inside} inside", flush=True)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: `_count` says more than an access log."""


if __name__ == "__main__":
    print(f"Partner on http://{ADDRESS[0]}:{ADDRESS[1]}, {DELAY:g} s per answer", flush=True)
    ThreadingHTTPServer(ADDRESS, Partner).serve_forever()
