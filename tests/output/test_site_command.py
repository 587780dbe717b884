"""The command `site`."""

from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

from dojo.__main__ import run
from dojo.commandline.site_command import open_server
from dojo.model.errors import ExitCode, UsageError


def test_served_page_is_the_built_one(tmp_path: Path) -> None:
    """The server answers on this machine with the files of the folder."""
    (tmp_path / "index.html").write_text("Katas", "utf-8")
    with open_server(tmp_path, 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        with urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            page = answer.read()
        server.shutdown()
        thread.join()

    assert page == b"Katas"


@pytest.mark.parametrize("port", [None, 70_000, -1])
def test_port_in_use_is_said(tmp_path: Path, port: int | None) -> None:
    """A port that is taken, or is none, is named with what to do."""
    with open_server(tmp_path, 0) as server:
        wanted = server.server_port if port is None else port
        with pytest.raises(UsageError, match=rf"Port '{wanted}' cannot be used.*--port 8002"):
            open_server(tmp_path, wanted)


@pytest.mark.parametrize("name", [".", "precious.txt"])
def test_other_files_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A file, or a folder that holds anything but a website, is neither emptied nor replaced."""
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", "utf-8")
    code = run(["site", "--to", str(tmp_path / name)])

    assert code == ExitCode.USED_WRONGLY
    assert "holds other files" in capsys.readouterr().err
    assert precious.read_text("utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [precious]
