"""Start a host: `python -m dojo.host DESCRIPTOR once|zygote LIBRARY…`."""

import os
import socket
import sys

from .base import Base
from .cells import open_cell
from .frames import FrameSocket
from .processors import fix_processors
from .zygote import fork_bases, preload, warm_up


def main(arguments: list[str]) -> None:
    """Preload the libraries, then serve the connection inherited as DESCRIPTOR."""
    descriptor, mode, *libraries = arguments
    control = FrameSocket(socket.socket(fileno=int(descriptor)), takes_descriptors=True)
    sys.dont_write_bytecode = True
    fix_processors()
    if mode == "zygote":
        cell = open_cell(control)
        preload(libraries)
        warm_up()
        fork_bases(control, cell)
    else:
        preload(libraries)
        Base(control).serve()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
