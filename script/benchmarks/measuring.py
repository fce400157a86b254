"""What a piece of work costs: statements, processor time, and the same SQL without the rest.

Processor time is that of this process and, where PostgreSQL runs on this machine, of its
process that serves us: waiting for neighbours does not count, so figures travel.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction

WARM_UP = 2
# What the bare view took where the goals in milliseconds were set: a slower machine is allowed
# as many times its own bare view.
BARE_OF_THE_GOALS = 1.4


@dataclass(frozen=True)
class Work:
    """Something to measure: ``prepare`` is not counted, and gives ``run`` its argument."""

    run: Callable[[Any], Any]
    prepare: Callable[[], Any] = lambda: None
    rounds: int = 15
    goal: float | None = None  # milliseconds of processor time


@dataclass(frozen=True)
class Measure:
    """Medians of one piece of work, in milliseconds; ``sql`` is its floor."""

    queries: int
    processor: float
    elapsed: float
    sql: float
    goal: float | None


class Recorder:
    """Keeps what is sent to the driver, to send it again."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any, bool]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        self.sent.append((sql, params, many))
        return execute(sql, params, many, context)

    def replay(self) -> None:
        """Send it all again, and read what comes: no models, no templates."""
        with _bare_cursor() as cursor:
            for sql, params, many in self.sent:
                (cursor.executemany if many else cursor.execute)(sql, params)
                if cursor.description:
                    cursor.fetchall()


def _bare_cursor() -> Any:
    if connection.vendor == "postgresql":
        return connection.connection.cursor()
    return connection.cursor()  # Django's: it writes %s as SQLite wants it, and little else


def measure(work: Work) -> Measure:
    """Do ``work`` often enough to know what it costs."""
    for _ in range(WARM_UP if work.rounds > WARM_UP else 1):
        work.run(work.prepare())
    counted = Recorder()
    prepared = work.prepare()
    with connection.execute_wrapper(counted):
        work.run(prepared)
    times = [_timed(work.run, work.prepare()) for _ in range(work.rounds)]
    return Measure(
        queries=len(counted.sent),
        processor=statistics.median(processor for processor, _elapsed in times),
        elapsed=statistics.median(elapsed for _processor, elapsed in times),
        sql=_floor(work),
        goal=work.goal,
    )


def _floor(work: Work) -> float:
    """Return the processor time of the same statements alone: all of them, undone each time."""
    prepared = work.prepare()
    recorder = Recorder()
    with _undone(), connection.execute_wrapper(recorder):
        work.run(prepared)
    times = []
    for _ in range(work.rounds):
        with _undone():
            times.append(_timed(lambda _nothing: recorder.replay(), None)[0])
    return statistics.median(times)


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _timed(run: Callable[[Any], Any], prepared: Any) -> tuple[float, float]:
    gc.collect()
    processor, start = _processor(), time.perf_counter()
    run(prepared)
    elapsed = time.perf_counter() - start
    return 1000 * (_processor() - processor), 1000 * elapsed


def _processor() -> float:
    """Return the seconds of processor time that this process and its server have used."""
    server = _server()
    beside = int(server.read_text(encoding="ascii").split()[0]) / 1e9 if server else 0.0
    return time.process_time() + beside


@cache
def _server() -> Path | None:
    """Return where Linux counts the time of the process of PostgreSQL that serves us."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), inet_server_addr() = inet_client_addr()")
        pid, is_here = cursor.fetchone()
    path = Path(f"/proc/{pid}/schedstat")
    return path if is_here and path.exists() else None


HEAD = ("queries", "CPU ms", "elapsed", "SQL ms", "x SQL", "x bare", "goal")


def print_table(title: str, measures: Mapping[str, Measure], floor: Measure) -> None:
    """Print one line for each piece of work, as a table of Markdown."""
    rows = [
        (
            name,
            str(m.queries),
            f"{m.processor:.1f}",
            f"{m.elapsed:.1f}",
            f"{m.sql:.2f}",
            f"{m.processor / m.sql:.1f}" if m.queries else "",
            f"{m.processor / floor.processor:.1f}",
            _judged(m, floor),
        )
        for name, m in {"bare view, signed in": floor, **measures}.items()
    ]
    _print(title, HEAD, rows)


def _judged(measured: Measure, floor: Measure) -> str:
    """Say whether the goal is met: in milliseconds, or else as so many times the bare view."""
    if measured.goal is None:
        return ""
    times = measured.goal / BARE_OF_THE_GOALS
    goal = f"{measured.goal:.0f} ms, {times:.1f} x bare"
    if measured.processor <= measured.goal:
        return f"{goal}: met"
    is_met = measured.processor / floor.processor <= times
    return f"{goal}: {'met in x bare' if is_met else 'missed'}"


def print_growth(title: str, before: Mapping[str, Measure], after: Mapping[str, Measure]) -> None:
    """Print how the cost of each piece of work grew."""
    rows = [
        (
            name,
            f"{before[name].processor:.1f}",
            f"{after[name].processor:.1f}",
            f"{after[name].processor / before[name].processor:.2f}",
            f"{after[name].sql / before[name].sql:.2f}",
        )
        for name in before
    ]
    _print(title, ("CPU ms before", "after", "growth", "growth of the SQL"), rows)


def _print(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    width = max(len(row[0]) for row in rows)
    print(f"\n{title}\n")
    print(f"| {'':{width}} | {' | '.join(head)} |")
    print(f"|{'-' * (width + 2)}|{'|'.join('-' * (len(name) + 1) + ':' for name in head)}|")
    for row in rows:
        cells = (f"{cell:>{len(name)}}" for cell, name in zip(row[1:], head, strict=True))
        print(f"| {row[0]:{width}} | {' | '.join(cells)} |", flush=True)
