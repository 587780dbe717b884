"""Browsers: a headless Chromium that lays pages out and tells how; it needs no driver."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest

PHONE = 390
DESKTOP = 1280
"""Widths in CSS pixels."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, _NAMES)), None)

needs_chromium = pytest.mark.skipif(
    PROGRAM is None, reason="Chromium is not installed. On Debian: `apt-get install chromium`."
)

_SECONDS = 120
_LOOK = """<!DOCTYPE html>
<title>look</title>
<pre id="seen"></pre>
<script>
const pages = %s, width = %d;
const frames = Object.entries(pages).map(([name, address]) => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `border: 0; height: 800px; width: ${width}px`;
  frame.src = address;
  document.body.append(frame);
  return [name, frame];
});
const look = (window, document) => (%s);
addEventListener("load", () => {
  const seen = frames.map(([name, frame]) =>
    [name, look(frame.contentWindow, frame.contentDocument)]);
  document.getElementById("seen").textContent = JSON.stringify(Object.fromEntries(seen));
});
</script>
"""


def run_chromium(scratch: Path, address: str, *options: str) -> str:
    """Run Chromium once with a profile of its own; give what it prints."""
    assert PROGRAM is not None
    unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root
    command = [PROGRAM, "--headless", *unconfined, "--disable-gpu", "--hide-scrollbars"]
    profile = f"--user-data-dir={scratch / 'profile'}"
    done = subprocess.run(
        [*command, profile, *options, address],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout.decode()


def look_at(
    scratch: Path, pages: Mapping[str, Path], question: str, width: int, options: Sequence[str] = ()
) -> dict[str, Any]:
    """Lay pages out in frames of this width and ask each a question.

    The question is an expression in JavaScript over the page's `window` and `document`.
    """
    addresses = {name: path.as_uri() for name, path in pages.items()}
    wrapper = scratch / "look.html"
    wrapper.write_text(_LOOK % (json.dumps(addresses), width, question), "utf-8")
    every = ("--allow-file-access-from-files", "--dump-dom", f"--window-size={DESKTOP},900")
    shown = run_chromium(scratch, wrapper.as_uri(), *every, *options)
    text = shown.partition('<pre id="seen">')[2].partition("</pre>")[0]
    answers: dict[str, Any] = json.loads(unescape(text))
    return answers
