"""Deliveries: the feedback of a cohort in the files that a platform hands out, each student alone.

Platforms find the owner of a file by how they named the hand-in that they gave out.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from ..runner.cohort_records import name_folder


@dataclass(frozen=True)
class Page:
    """The feedback for one student; `source` is what they handed in, by name."""

    student: str
    email: str
    source: str
    title: str
    html: str
    markdown: str


Files = dict[str, bytes]

_MOODLE = re.compile(r".+_\d+_assignsubmission_(?:file|onlinetext)_")
_CANVAS = re.compile(r"[^_]+_(?:LATE_)?\d+_\d+_", re.IGNORECASE)


class NotDeliverable(Exception):
    """A page that this platform cannot be given; the message says why."""


def write_pages(page: Page) -> Files:
    """Give a page for the browser and one for everything else."""
    name = name_folder(page.student)
    return {f"{name}.html": page.html.encode(), f"{name}.md": page.markdown.encode()}


def write_for_moodle(page: Page) -> Files:
    """Give the page by the name that Moodle gave the hand-in: person, number and kind of file."""
    return {f"{_find_prefix(page, _MOODLE, 'Moodle')}feedback.html": page.html.encode()}


def write_for_canvas(page: Page) -> Files:
    """Give the page by the name that Canvas gave the hand-in: person, number and file."""
    return {f"{_find_prefix(page, _CANVAS, 'Canvas')}feedback.html": page.html.encode()}


def write_comment(page: Page) -> Files:
    """Give the body of a comment on a pull request, by the name of the repository."""
    return {f"{page.source or name_folder(page.student)}.md": page.markdown.encode()}


def write_mail(page: Page) -> Files:
    """Give a mail with the page attached, to be opened or sent by a mail program."""
    if "@" not in page.email:
        raise NotDeliverable("no mail address is known; name the roster with `--roster`")
    mail = EmailMessage(policy=SMTP)
    mail["To"] = page.email
    mail["Subject"] = page.title
    mail["X-Unsent"] = "1"  # mail programs open it as a draft
    mail.set_content(page.markdown)
    mail.add_attachment(page.html, subtype="html", filename="feedback.html")
    return {f"{name_folder(page.student)}.eml": mail.as_bytes()}


WAYS: dict[str, Callable[[Page], Files]] = {
    "pages": write_pages,
    "moodle": write_for_moodle,
    "canvas": write_for_canvas,
    "comments": write_comment,
    "mail": write_mail,
}
"""How feedback can be delivered."""

ZIPPED = ("moodle", "canvas")
"""The ways that end in one archive to upload."""


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files into an archive that is the same for the same files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _find_prefix(page: Page, pattern: re.Pattern[str], platform: str) -> str:
    name = page.source if pattern.match(page.source) else f"{page.source}_"
    found = pattern.match(name)
    if found is None:
        what = f"'{page.source}' is not named as {platform} names hand-ins"
        raise NotDeliverable(what if page.source else "nothing was handed in")
    return found[0]
