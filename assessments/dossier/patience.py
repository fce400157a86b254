"""Waiting for what may never answer: the library of a token is somebody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def in_time(seconds: float, work: Callable[[], T]) -> T:
    """Return what ``work`` returns. What hangs is left behind: nothing waits for its thread.

    Raises:
        TimeoutError: it did not end within ``seconds``.
    """
    done: Future[T] = Future()
    threading.Thread(target=_run, args=(work, done), name="patience", daemon=True).start()
    return done.result(timeout=seconds)


def _run(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
        done.set_exception(error)


class Here(ThreadPoolExecutor):
    """Runs what an event loop hands over in its own thread.

    The threads of the usual one are waited for when the process ends.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run ``fn`` at once."""
        done: Future[Any] = Future()
        _run(lambda: fn(*args, **options), done)
        return done
