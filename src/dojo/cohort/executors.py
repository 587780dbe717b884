"""Executors: where the tasks of a run are carried out: on this machine or on a Dask cluster."""

import contextlib
import logging
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from ..commandline import UsageError
from ..sandbox import Mode
from .tasks import open_workers

_DASK = "dask://"
_WAITING_FOR_EACH = 2
"""Tasks that wait beside each one that is graded: enough that no worker is ever idle."""


@dataclass(frozen=True)
class Workforce:
    """An executor, and how many tasks it should hold at a time; the rest is not yet read."""

    executor: Executor
    window: int


@contextlib.contextmanager
def open_workforce(address: str | None, jobs: int | None, mode: Mode) -> Iterator[Workforce]:
    """Open warm workers here, or the Dask cluster at `dask://HOST:PORT`; `UsageError` if none."""
    if address is None:
        size = jobs or os.cpu_count() or 1
        with open_workers(size, mode) as executor:
            yield Workforce(executor, size * (1 + _WAITING_FOR_EACH))
    elif address.startswith(_DASK):
        with _open_cluster(address) as workforce:
            yield workforce
    else:
        raise UsageError(
            f"'{address}' is no executor. Give one like `--executor {_DASK}HOST:8786`."
        )


@contextlib.contextmanager
def _open_cluster(address: str) -> Iterator[Workforce]:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "Grading on a cluster needs Dask. Install it with"
            " `python -m pip install 'fastapi-katas[cluster]'`."
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # this run says it itself
    try:
        client = Client(f"tcp://{address.removeprefix(_DASK)}", timeout="10s")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"There is no Dask scheduler at '{address}': {error}. Start one with `dask scheduler`"
            " and its workers with `dask worker HOST:PORT`."
        ) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise UsageError(
                f"The cluster at '{address}' has no workers. Start some with `dask worker"
                f" {address.removeprefix(_DASK)}`."
            )
        yield Workforce(client.get_executor(pure=False), threads * (1 + _WAITING_FOR_EACH))
