"""An accident of C code, before anything can be asked."""

import ctypes

ctypes.string_at(0)
