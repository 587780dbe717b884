"""Start a host: `python -m dojo.host DESCRIPTOR once|fork-server|warm-fork-server LIBRARY…`."""

import os
import socket
import sys

from .confinement import end_with_parent, prepare_confinement
from .fork_server import (
    fix_processors,
    fork_snapshots,
    hide_decoders,
    preload,
    warm_up,
)
from .frames import FrameSocket
from .snapshot import Snapshot


def main(arguments: list[str]) -> None:
    """Preload the libraries, then serve the connection inherited as DESCRIPTOR."""
    end_with_parent()
    descriptor, mode, *libraries = arguments
    control = FrameSocket(socket.socket(fileno=int(descriptor)), takes_descriptors=True)
    sys.dont_write_bytecode = True
    fix_processors()
    hide_decoders()
    if mode == "once":
        preload(libraries)
        Snapshot(control).serve()
    else:
        confinement = prepare_confinement(control)
        preload(libraries)
        if mode == "warm-fork-server":
            warm_up()
        fork_snapshots(control, confinement)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
