"""Privileges: it gives up, for good, what a host started by root could do beyond its own files."""

import contextlib
import ctypes
import os

_PR_CAPBSET_DROP = 24
_VERSION_3 = 0x2008_0522
_MOST_CAPABILITIES = 64


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def drop(real_user: int) -> None:
    """Drop every capability; `OSError` if some remain.

    A host of root is made `real_user` besides: the kernel never limits how many processes root has.
    Files stay as they are, because they go by the effective user.
    """
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # a container may not know so high a number
            os.setresuid(real_user, -1, -1)
    library = ctypes.CDLL(None, use_errno=True)
    for capability in range(_MOST_CAPABILITIES):
        library.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, none = _Header(_VERSION_3, 0), (_Sets * 2)()
    if library.capset(ctypes.byref(header), ctypes.byref(none)):
        raise OSError(ctypes.get_errno(), "The capabilities of a host cannot be dropped.")
