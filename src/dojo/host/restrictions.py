"""Restrictions: what a process gives up for good: capabilities, files and ports, system calls.

Landlock decides which files and ports a process can get at; it does not hide that a file exists,
nor does it look at a file's owner, mode and times. A filter of system calls decides the rest: what
is not named fails as if the kernel did not know it, so that libraries fall back; changes of a
file's owner, mode or times seem to succeed and change nothing."""

import contextlib
import ctypes.util
import errno
import functools
import os
import signal
import socket
from collections.abc import Iterator, Sequence

from landlockpy import AccessFS, AccessNet, Ruleset, Scope, abi_version
from seccompy import Action, CmpOp, Filter, FilterFlag, UnsupportedError, supported
from seccompy.syscalls import syscall_nr

_PR_SET_PDEATHSIG = 1
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
            os.access = functools.partial(os.access, effective_ids=True)  # as all else goes
    library = ctypes.CDLL(None, use_errno=True)
    for capability in range(_MOST_CAPABILITIES):
        library.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, none = _Header(_VERSION_3, 0), (_Sets * 2)()
    if library.capset(ctypes.byref(header), ctypes.byref(none)):
        raise OSError(ctypes.get_errno(), "The capabilities of a host cannot be dropped.")


SCOPING_VERSION = 6
"""The version of Landlock from which on it keeps signals in."""

_READ_FILE = AccessFS.READ_FILE
_READ = AccessFS.READ_FILE | AccessFS.READ_DIR
_WRITE_FILE = AccessFS.READ_FILE | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
_WRITE = (
    _READ
    | _WRITE_FILE
    | AccessFS.MAKE_REG
    | AccessFS.MAKE_DIR
    | AccessFS.MAKE_SYM
    | AccessFS.REMOVE_FILE
    | AccessFS.REMOVE_DIR
    | AccessFS.REFER
)


def read_version() -> int:
    """Give the version of Landlock that the kernel has; 0 if it has none."""
    with _take_own_library():
        return abi_version()


def _find_nothing(name: str) -> str | None:
    del name
    return None


@contextlib.contextmanager
def _take_own_library() -> Iterator[None]:
    """Have the packages call the C library of this process: they would run `ldconfig` to find it.

    They look for it once, which a confined process could not.
    """
    search = ctypes.util.find_library
    ctypes.util.find_library = _find_nothing
    try:
        yield
    finally:
        ctypes.util.find_library = search


def restrict(readable: Sequence[str], writable: Sequence[str], ports: Sequence[int]) -> None:
    """Leave this thread, and what it starts, the files and folders named and TCP ports to call.

    Signals and abstract sockets reach nothing outside, where the kernel knows how.
    """
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as ruleset:
        for path in readable:
            ruleset.allow_path(path, _READ if os.path.isdir(path) else _READ_FILE)  # noqa: PTH112
        for path in writable:
            ruleset.allow_path(path, _WRITE)
        ruleset.allow_path(os.devnull, _WRITE_FILE)
        for port in ports:
            ruleset.allow_port(port, AccessNet.CONNECT_TCP)
        ruleset.restrict()


_ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek sendfile
    open openat openat2 creat close close_range dup dup2 dup3 pipe pipe2 flock fsync fdatasync
    sync_file_range truncate ftruncate fallocate fadvise64 copy_file_range
    stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
    getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2
    link linkat unlink unlinkat symlink symlinkat umask
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    select pselect6 poll ppoll eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime
    epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 epoll_wait_old
    mmap munmap mprotect mremap madvise msync mincore brk membarrier rseq arch_prctl
    futex futex_waitv set_robust_list get_robust_list set_tid_address
    exit exit_group wait4 waitid getpid getppid gettid getpgid getpgrp getsid setpgid
    getuid geteuid getgid getegid getresuid getresgid getgroups
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
    sched_get_priority_min getpriority getrusage times getrlimit uname sysinfo getrandom getcpu
    time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep alarm pause
    getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigpending
    sigaltstack restart_syscall
    recvfrom recvmsg recvmmsg shutdown getsockname getpeername setsockopt getsockopt
    listen accept accept4
"""

_WITHOUT_EFFECT = """
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
"""

_REFUSED = """
    fork vfork clone execve execveat kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo ptrace
    socket socketpair connect bind mknod mknodat prctl prlimit64 fcntl sendto sendmsg seccomp
"""
"""Refused as not permitted, which is what people understand; rules that come first may allow."""

_INTEGER = 0xFFFF_FFFF  # the kernel looks at no more of an `int`
_CLONE_THREAD = 0x0001_0000
_CLONE_OTHERWISE = 0x7E02_A080  # new namespaces, a tracer's hand, another parent
_FAST_OPEN = 0x2000_0000
_FCNTL_OF_SIGNALS = (8, 10, 15, 1024, 1026)  # F_SETOWN, F_SETSIG, F_SETOWN_EX, leases, notices
_HARMLESS_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_HARMLESS_PRCTLS = (15, 16, 38, 0x53564D41)  # a thread's name, no new privileges, a mapping's name
_KINDS_OF_SOCKET = 0xF


def make_filter(*, connects: bool, signals: bool, processes: bool = False) -> Filter:
    """Make the filter of a snapshot, for any number of forks of this process to load.

    `connects` lets it make TCP connections, to where Landlock allows; `signals` lets it signal
    threads that it names, and whole `processes`: those that it starts have to be ended.
    """
    with _take_own_library():
        if not supported():
            raise UnsupportedError("This kernel has no filters of system calls.")
    made = Filter(default=int(Action.ERRNO) | errno.ENOSYS, flags=FilterFlag.TSYNC)
    made.allow("clone", args=[(0, CmpOp.MASKED_EQ, 0, _CLONE_OTHERWISE)])
    _allow_sockets(made, connects=connects)
    _allow_requests(made)
    sending = f"tgkill {'kill' if processes else ''}" if signals else ""
    for name in _known(f"fork {sending} {_ALLOWED}"):
        made.allow(name)
    for names, error in ((_WITHOUT_EFFECT, 0), (_REFUSED, errno.EPERM), ("ioctl", errno.ENOTTY)):
        for name in _known(names):
            made.errno(name, error)
    return _assemble(made)


def make_filter_of_forks() -> Filter:
    """Make a filter that, on top of the other one, lets a process make threads only."""
    made = Filter(default=Action.ALLOW, flags=FilterFlag.TSYNC)
    made.allow("clone", args=[(0, CmpOp.MASKED_EQ, _CLONE_THREAD, _CLONE_THREAD)])
    for name in _known("clone fork"):
        made.errno(name, errno.EPERM)
    return _assemble(made)


def _assemble(made: Filter) -> Filter:
    """Have the program made now, once for all forks."""
    assert made.program
    return made


def _allow_sockets(made: Filter, *, connects: bool) -> None:
    stream = (1, CmpOp.MASKED_EQ, socket.SOCK_STREAM, _KINDS_OF_SOCKET)
    # A pair of another kind could still send to any address.
    made.allow("socketpair", args=[(0, CmpOp.EQ, socket.AF_UNIX), stream])
    if connects:
        for protocol in (0, socket.IPPROTO_TCP):  # others would pass Landlock by
            inet = (0, CmpOp.EQ, socket.AF_INET)
            made.allow("socket", args=[inet, stream, (2, CmpOp.EQ, protocol)])
        made.allow("connect")
    for name, flags in (("sendto", 3), ("sendmsg", 2)):
        made.allow(name, args=[(flags, CmpOp.MASKED_EQ, 0, _FAST_OPEN)])


def _allow_requests(made: Filter) -> None:
    """Allow the harmless ones among calls that do many things."""
    for command in _FCNTL_OF_SIGNALS:
        made.errno("fcntl", errno.EPERM, args=[(1, CmpOp.MASKED_EQ, command, _INTEGER)])
    made.allow("fcntl")
    for command in _HARMLESS_IOCTLS:
        made.allow("ioctl", args={1: command})
    for option in _HARMLESS_PRCTLS:
        made.allow("prctl", args={0: option})
    made.allow("prctl", args={0: _PR_SET_PDEATHSIG, 1: signal.SIGKILL})  # as each copy asks for
    made.allow("prlimit64", args={0: 0})
    for flag in (FilterFlag.NONE, FilterFlag.TSYNC):  # one more filter can only refuse more
        made.allow("seccomp", args={0: 1, 1: int(flag)})


def _known(names: str) -> Iterator[str]:
    """Give the names that this architecture has; `UnsupportedError` if it is not known at all."""
    for name in names.split():
        with contextlib.suppress(ValueError):
            syscall_nr(name)
            yield name
