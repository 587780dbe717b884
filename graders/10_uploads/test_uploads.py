"""Grader of 10_uploads: what is taken in, what is refused, and what is left of it in the storage.

Bodies are written here byte by byte, so that a sender can lie. The given files say how large the
pieces are that they are asked for.
"""

import io
import re
import warnings
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from dojo.grader import Exchange, Failure, Host, Oracle, SeededInputs, criterion, expect

KIB = 1024
LARGEST_BODY = LARGEST_ALBUM = 1024 * KIB
LARGEST_PHOTO, LARGEST_PIECE, MOST_UNPACKED = 256 * KIB, 64 * KIB, 4096 * KIB
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
PHOTOS, ALBUMS, USAGE = "/photos", "/albums", "/usage"
KEY = re.compile(r"[a-z0-9-]{8,64}")
BOUNDARY = "----katas-7f3a91"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
SMALL_PIECES = "`storage.write` and `read` move at most 64 KiB at once."
NOTHING_STAYS = "A request that is refused leaves no file."
EARLY = "Do not wait for the rest of a body that is already too long."


@dataclass(frozen=True)
class Part:
    """A part of a form: a file, or a text if it has no name."""

    content: bytes
    name: str | None = "photo.png"
    type: str = "image/png"
    field: str = "files"

    def encode(self) -> bytes:
        """Write the part as it is sent."""
        named = (
            "" if self.name is None else f'; filename="{self.name}"\r\nContent-Type: {self.type}'
        )
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{self.field}"{named}\r\n\r\n'
        return head.encode() + self.content + b"\r\n"

    def __str__(self) -> str:
        """Say in words what is sent."""
        if self.name is None:
            return f"{self.field} of {len(self.content.decode())} characters"
        name = self.name if self.name.isprintable() else ascii(self.name)[1:-1]
        name = name if len(name) < 60 else f"{name[:50]}…"
        start = f", which begin with {self.content[:8]!r}" if self.content else ""
        return f"{self.field} '{name}' of {len(self.content)} bytes{start}"


def describe(text: str) -> Part:
    """Write the description of a form."""
    return Part(text.encode(), None, field="description")


def pack(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, pad: int = 0) -> Part:
    """Pack an archive; `pad` is the length of a comment behind its entries."""
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", method) as archive:
        warnings.simplefilter("ignore")  # two entries of the same name are two photos
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, method)
        archive.comment = b"-" * pad
    return Part(packed.getvalue(), "album.zip", "application/zip", "archive")


def encode(*parts: Part) -> bytes:
    """Write a body."""
    return b"".join(part.encode() for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def fill(start: bytes, size: int) -> bytes:
    """Make a file of a size that begins with a signature."""
    return start.ljust(size, b".")


async def cut(body: bytes) -> AsyncIterator[bytes]:
    """Give a body in pieces, so that nobody knows its length."""
    for start in range(0, len(body), LARGEST_PIECE):
        yield body[start : start + LARGEST_PIECE]


class Sender:
    """Somebody who sends forms, and looks what is stored then."""

    def __init__(self, client: httpx.AsyncClient, host: Host) -> None:
        self.client = client
        self.host = host
        self.usage = {"files": 0, "bytes": 0}

    async def send(self, path: str, *parts: Part, chunked: bool = False) -> httpx.Response:
        """Send a form; a failure says in words what it was."""
        body = encode(*parts)
        headers = {"content-type": TYPE}
        self.host.history.clear()
        answer = await self.client.post(
            path, content=cut(body) if chunked else body, headers=headers
        )
        length = " without Content-Length" if chunked else ""
        shown = [f"POST {path}{length} with {'; '.join(map(str, parts))}"]
        self.host.history[:] = shown
        answer.extensions["did"] = shown
        return answer

    async def expect_stored(
        self, path: str, *parts: Part, because: str = "", chunked: bool = False, **same: Any
    ) -> list[Any]:
        """Expect that photos are stored, with what is the `same` in each; give the answer."""
        answer = await self.send(path, *parts, chunked=chunked)
        expect(answer).status(201, because)
        photos = expect(answer).read_json()
        for index in range(len(photos) if isinstance(photos, list) else 1):
            for key, value in same.items():
                expect(answer).json_at(index, key, equals=value, because=because)
        sizes = [expect(answer).read_json(index, "size") for index in range(len(photos))]
        self.usage["files"] += len(sizes)
        self.usage["bytes"] += sum(size for size in sizes if isinstance(size, int))
        await self.expect_usage()
        return list(photos)

    async def expect_refused(
        self, status: int, path: str, *parts: Part, because: str = "", chunked: bool = False
    ) -> None:
        """Expect a refusal with this status, 422 being 400 too, that leaves nothing behind."""
        answer = await self.send(path, *parts, chunked=chunked)
        if status == 422 and answer.status_code not in (400, 422):
            raise expect(answer).fails("status 400 or 422", "", because)
        if status != 422:
            expect(answer).status(status, because)
        await self.expect_usage(NOTHING_STAYS)

    async def expect_usage(self, because: str = "") -> None:
        """Expect that the storage holds what was stored so far."""
        expect(await self.client.get(USAGE)).status(200).json(self.usage, because)

    def expect_small_pieces(self) -> None:
        """Expect that no piece was larger than it may be, and that all were written in pieces."""
        if sum(self.read_sizes("kata.storage")) < self.usage["bytes"]:
            expected = "all bytes of a photo written with `storage.write`"
            seen = "the storage did not get these bytes"
            raise Failure(expected, seen, list(self.host.history))
        for logger, what in (("kata.storage", "written"), ("kata.archives", "unpacked")):
            sizes = self.read_sizes(logger)
            if max(sizes, default=0) > LARGEST_PIECE:
                expected = f"at most {LARGEST_PIECE} bytes {what} at once"
                seen = f"{max(sizes)} bytes {what} at once"
                raise Failure(expected, seen, list(self.host.history), SMALL_PIECES)

    def read_sizes(self, logger: str) -> list[int]:
        """Read how large the pieces were that a given file has moved."""
        found = [log.fields.get("size") for log in self.host.evidence.logs(logger)]
        return [size for size in found if isinstance(size, int)]


async def expect_refused_early(host: Host, path: str, body: bytes, length: int | None) -> None:
    """Expect a 413 while the client still holds back the rest of its body."""
    told = "no Content-Length" if length is None else f"Content-Length: {length}"
    size = ("transfer-encoding", "chunked") if length is None else ("content-length", str(length))
    did = f"{len(body)} bytes of a body go to POST {path} ({told}), the rest is not sent yet"
    host.history.clear()
    exchange = host.call(make_scope(path, size), did=did)
    for start in range(0, len(body), LARGEST_PIECE):
        piece = body[start : start + LARGEST_PIECE]
        exchange.push({"type": "http.request", "body": piece, "more_body": True})
    await exchange.wait_until_receiving()
    status = await read_status(exchange)
    exchange.push({"type": "http.disconnect"})
    if status != 413:
        seen = "the app waits for the rest" if status is None else f"status {status}"
        raise Failure("status 413", seen, list(host.history), EARLY, exchange.endpoint)


def make_scope(path: str, *headers: tuple[str, str]) -> dict[str, Any]:
    """Make the scope of an upload whose body is pushed by hand."""
    pairs = [("host", "127.0.0.1:8000"), ("content-type", TYPE), *headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in pairs],
        "client": ("203.0.113.7", 50000),
        "server": ("127.0.0.1", 8000),
    }


async def read_status(exchange: Exchange) -> int | None:
    """Give the status that was sent by now."""
    for sent in await exchange.take_sent():
        status = sent.event.get("status")
        if isinstance(status, int):
            return status
    return None


@criterion(task=1)
async def test_long_body_is_refused_early(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A body over 1 MiB gets a 413 as soon as its size is known, and stores nothing."""
    sender = Sender(client, host)
    body = encode(Part(fill(PNG, LARGEST_BODY + inputs.number()), inputs.word()))
    for path in (PHOTOS, ALBUMS):
        await expect_refused_early(host, path, body[: LARGEST_BODY + 1], None)
        await expect_refused_early(host, path, body[: inputs.number()], LARGEST_BODY + 1)
    await sender.expect_usage(NOTHING_STAYS)
    for spare, chunked in ((1, False), (1, True), (0, False), (0, True)):
        entries = [(f"{inputs.word()}.png", fill(PNG, 250_000)) for _ in range(4)]
        bare = len(encode(pack(*entries, method=zipfile.ZIP_STORED)))
        album = pack(*entries, method=zipfile.ZIP_STORED, pad=LARGEST_BODY - bare + spare)
        because = f"This body has {LARGEST_BODY + spare} bytes."
        if spare:
            await sender.expect_refused(413, ALBUMS, album, because=because, chunked=chunked)
        else:
            await sender.expect_stored(ALBUMS, album, because=because, chunked=chunked)


@criterion(task=1)
async def test_large_photo_is_refused(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """A photo has at most 256 KiB and is written in pieces of at most 64 KiB."""
    sender = Sender(client, host)
    because = "A photo has at most 256 KiB, which are 262144 bytes."
    for chunked in (False, True):
        for size in (LARGEST_PHOTO + 1, inputs.randint(400, 900) * KIB):
            large = Part(fill(PNG, size), f"{inputs.word()}.png")
            await sender.expect_refused(413, PHOTOS, large, because=because, chunked=chunked)
        right = Part(fill(JPEG, LARGEST_PHOTO), f"{inputs.word()}.jpg")
        await sender.expect_stored(
            PHOTOS, right, because=because, chunked=chunked, size=LARGEST_PHOTO
        )
        sender.expect_small_pieces()
    shown = await client.get(f"{PHOTOS}/2")
    expect(shown).status(200)
    if shown.content != right.content:
        seen = f"{len(shown.content)} bytes, some of them others"
        raise expect(shown).fails("the bytes that were sent", seen)


@criterion(task=2)
async def test_names_are_made_safe(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """The app makes the key, and keeps only the last part of the sent file name."""
    sender = Sender(client, host)
    word = inputs.word()
    keys: list[Any] = []
    for sent, kept in (
        (f"{word}.png", f"{word}.png"),
        (f"{word}.png", f"{word}.png"),
        (f"../../{word}.py", f"{word}.py"),
        (f"/etc/{word}", word),
        (f"a/b\\{word} é.png", f"{word} é.png"),
        (f"..\\{word}..", f"{word}.."),
        (f"{word}\x07\x1b\u202e.png", f"{word}.png"),
        ("é" * 300, "é" * 100),
    ):
        because = f"The file's name is '{sent[:40]}'." if sent.isprintable() else ""
        photos = await sender.expect_stored(
            PHOTOS, Part(PNG, sent), Part(PNG, sent), because=because, name=kept
        )
        keys += [photo.get("key") for photo in photos]
        expect_good_keys(host, keys)
    for sent in ("..", ".", f"{word}/", f"{word}/..", "\x07"):
        because = "The last part of this file name is empty."
        await sender.expect_refused(422, PHOTOS, Part(PNG), Part(PNG, sent), because=because)


def expect_good_keys(host: Host, keys: list[Any]) -> None:
    """Expect keys of the promised form, each of them once."""
    bad = [key for key in keys if not isinstance(key, str) or not KEY.fullmatch(key)]
    bad += [key for key in keys if keys.count(key) > 1]
    if bad:
        expected = "a 'key' of 8 to 64 characters out of a-z, 0-9 and -, which no other photo has"
        raise Failure(expected, f"the key {bad[0]!r}", list(host.history))


@criterion(task=2)
async def test_first_bytes_decide_type(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """Only the first bytes decide the type of a file. An EXE named `a.png` is a 415."""
    sender = Sender(client, host)
    rest = inputs.word().encode()
    because = "The first bytes of a file decide its type, not the sender."
    for start, media_type in ((PNG, "image/png"), (JPEG, "image/jpeg")):
        for name, told in (("a.gif", "image/gif"), ("b", "application/x-msdownload")):
            for content in (start, start + rest):
                await sender.expect_stored(
                    PHOTOS, Part(content, name, told), because=because, type=media_type
                )
    for wrong in (b"MZ" + rest, b"", PNG[:7], PNG[:4] + rest, JPEG[:2], rest + PNG, b"GIF89a"):
        for name, told in (("a.png", "image/png"), ("a.jpg", "image/jpeg")):
            await sender.expect_refused(415, PHOTOS, Part(wrong, name, told), because=because)


@criterion(task=3)
async def test_request_is_all_or_none(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """One to three photos come with one description. If one is refused, none is stored."""
    sender = Sender(client, host)
    good = [Part(fill(PNG, inputs.number(9, 999)), f"{inputs.word()}.png") for _ in range(3)]
    text = f" {inputs.word()}, {inputs.word()} "
    photos = await sender.expect_stored(PHOTOS, *good, describe(text), description=text)
    await sender.expect_stored(PHOTOS, good[0], describe("é" * 200), description="é" * 200)
    await sender.expect_stored(PHOTOS, good[0], description="")
    one, other = good[:2]
    for status, parts, because in (
        (415, (one, other, Part(inputs.word().encode())), "The third file is no photo."),
        (415, (one, Part(inputs.word().encode()), other), "The second file is no photo."),
        (413, (one, other, Part(fill(PNG, LARGEST_PHOTO + 1))), "The third photo is too large."),
        (422, (one, Part(PNG, "..")), "The second photo has no name."),
        (422, (*good, one), "These are four photos."),
        (422, (describe(text),), "There is no photo."),
        (422, (one, describe("x" * 201)), "The description has 201 characters."),
    ):
        await sender.expect_refused(status, PHOTOS, *parts, because=because)
    large = Part(fill(PNG, LARGEST_PHOTO))
    for _ in range(2):
        await sender.expect_stored(PHOTOS, large, large, large)
    because = "There is room for two of these photos, but not for the third."
    await sender.expect_refused(507, PHOTOS, large, large, large, because=because)
    await sender.expect_stored(PHOTOS, one)
    listed = await client.get(PHOTOS)
    expect(listed).status(200)
    for index, photo in enumerate(photos):
        expect(listed).json_at(index, equals=photo)
    if len(expect(listed).read_json()) != sender.usage["files"]:
        expected = f"a list of {sender.usage['files']} photos"
        raise expect(listed).fails(expected, "", "A refused upload is in no list.")


@criterion(task=4)
async def test_albums_follow_same_rules(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """The entries of an archive become photos in order: all of them or none."""
    sender = Sender(client, host)
    last, first, word = f"z{inputs.word()}", f"a{inputs.word()}", inputs.word()
    good = (f"{last}.png", PNG + word.encode()), (f"{word}/{first}..x.jpg", JPEG)
    album = pack((f"{word}/", b""), *good, (f"{word}\\{word}.png", PNG))
    photos = await sender.expect_stored(ALBUMS, album, description="")
    expect_good_keys(host, [photo.get("key") for photo in photos])
    listed = await client.get(PHOTOS)
    for index, (name, media_type) in enumerate(
        [
            (f"{last}.png", "image/png"),
            (f"{first}..x.jpg", "image/jpeg"),
            (f"{word}.png", "image/png"),
        ]
    ):
        because = "The photos are in the order of the archive."
        expect(listed).json_at(index, "name", equals=name, because=because)
        expect(listed).json_at(index, "type", equals=media_type, because=because)
    await sender.expect_stored(ALBUMS, pack(*[(f"{word}.png", PNG)] * 20))
    for name in (
        f"../{word}.png",
        f"{word}/../../{word}.png",
        f"/{word}.png",
        f"\\{word}.png",
        f"{word}\\..\\..\\{word}.png",
        f"{word}/..",
    ):
        because = f"The entry '{name}' points outside the archive."
        await sender.expect_refused(422, ALBUMS, pack(*good, (name, PNG)), because=because)
    for count in (0, 21):
        because = f"These are {count} photos."
        await sender.expect_refused(422, ALBUMS, pack(*[good[0]] * count), because=because)
    damaged = pack(good[0], (f"{word}.png", fill(PNG, 300)), method=zipfile.ZIP_STORED).content
    for content, because in (
        (damaged.replace(b"....", b".,..", 1), "The second entry is damaged."),
        (damaged[:-40], "The end of the archive is missing."),
        (fill(PNG, 300), "This is no archive."),
    ):
        archive = Part(content, "album.zip", "application/zip", "archive")
        await sender.expect_refused(415, ALBUMS, archive, because=because)
    because = "The second entry is no photo."
    no_photo = pack(good[0], (f"{word}.png", word.encode()))
    await sender.expect_refused(415, ALBUMS, no_photo, because=because)


@criterion(task=4)
async def test_bombs_are_not_unpacked(
    client: httpx.AsyncClient, host: Host, inputs: SeededInputs
) -> None:
    """An archive with photos that are too large is refused before they are unpacked."""
    sender = Sender(client, host)
    word = inputs.word()
    for sizes, because in (
        ([64, 16 * LARGEST_ALBUM], "The second entry has 16 MiB."),
        ([LARGEST_PHOTO + 1], "A photo has at most 256 KiB."),
        ([LARGEST_PHOTO] * 20, "Together, the photos have 5 MiB."),
        ([LARGEST_PHOTO] * 4 + [8], "Together, the photos have 8 bytes more than 1 MiB."),
    ):
        unpacked = sum(sender.read_sizes("kata.archives"))
        album = pack(*[(f"{word}{n}.png", fill(PNG, size)) for n, size in enumerate(sizes)])
        await sender.expect_refused(413, ALBUMS, album, because=because)
        sender.expect_small_pieces()
        unpacked = sum(sender.read_sizes("kata.archives")) - unpacked
        if unpacked > MOST_UNPACKED:
            expected, seen = f"at most {MOST_UNPACKED} bytes unpacked", f"{unpacked} bytes unpacked"
            raise Failure(expected, seen, list(host.history), because)
    await sender.expect_stored(ALBUMS, pack(*[(word, fill(JPEG, LARGEST_PHOTO))] * 4))
    sender.expect_small_pieces()
    if sum(sender.read_sizes("kata.archives")) < LARGEST_ALBUM:
        raise Failure(
            "each entry unpacked with its `read`",
            "photos whose bytes no `read` has given",
            list(host.history),
        )


@criterion(task=3)
async def test_any_upload_keeps_contract(oracle: Oracle) -> None:
    """Any uploads, in any order, are stored or refused correctly."""
    await oracle.compare()
