"""An accident of C code, before anything can be asked."""

import ctypes

from .targets import acted

acted("import")
ctypes.string_at(0)
