"""The commands of the store: `python -m precompute build | list | verify`.

Owns their flags, what they print and their exit status: 0 when all is well, 1 when something failed
or is not sound, 2 for a request that makes no sense, 128 + the signal's number when stopped.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

import models
from precompute import settings
from precompute.build import build
from precompute.build.prepared import method_digest
from precompute.cases.case_study import CaseError, CaseStudy, list_case_folders, load_case
from precompute.store.entry import EntryInfo
from precompute.store.store import Key, Store


class UsageError(ValueError):
    """The request makes no sense; one sentence, with the valid values where there are any."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `build`, `list` and `verify` to the command line."""
    for name, text, run in (
        ("build", "compute what is missing, stale or damaged in the store", _build),
        ("list", "show what is in the store and what is not", _list),
        ("verify", "check every number in the store; exit status 1 if any is not sound", _verify),
    ):
        command = commands.add_parser(name, help=text, description=text)
        _add_common(command)
        command.set_defaults(run=_usage_checked(run))
        if name == "build":
            command.add_argument("--device", default=settings.default_device(), help="auto, cpu or cuda")
            command.add_argument(
                "--jacobian", action="store_true", help="with whole Jacobians (float16, 10 to 400 MB each)"
            )
            command.add_argument("--force", action="store_true", help="compute also what is ready")
            command.add_argument(
                "--exact-minutes",
                type=settings.minutes,
                default=settings.exact_minutes(),
                help="exact guidance of a method that sees the whole image, if it takes no longer",
            )


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cases",
        type=Path,
        nargs="+",
        action="extend",
        metavar="DIR",
        help="folders of case studies besides the bundled ones (default: FUSEVIS_CASES)",
    )
    command.add_argument(
        "--store",
        type=Path,
        default=settings.default_store(),
        metavar="DIR",
        help="folder of the store (default: FUSEVIS_STORE, else %(default)s)",
    )
    command.add_argument(
        "--plugins",
        type=Path,
        metavar="DIR",
        help="folder of networks of your own (default: FUSEVIS_PLUGINS)",
    )
    for what in ("method", "case"):
        command.add_argument(
            f"--{what}", nargs="+", action="extend", metavar="ID", help=f"only these {what}s"
        )


def _usage_checked(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def checked(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except UsageError as error:
            _complain(f"error: {error}")
            return 2

    return checked


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")


def select(wanted: Sequence[str] | None, valid: Sequence[str], what: str) -> list[str]:
    """The wanted ids in the order of `valid`; all of them for None.

    Raises:
        UsageError: one of them does not exist; the sentence lists the valid ones.
    """
    for value in wanted or ():
        if value not in valid:
            raise UsageError(f"Unknown {what} {value!r}; expected one of: {', '.join(valid) or '(none)'}.")
    return [value for value in valid if wanted is None or value in wanted]


def _selected(args: argparse.Namespace) -> tuple[list[CaseStudy], list[str], list[build.Failure]]:
    """What a command is about: cases and method ids; failures are unreadable cases and refused plug-ins."""
    try:
        reports = settings.plugins(args.plugins, args.store)
    except ValueError as error:
        raise UsageError(str(error)) from error
    methods = select(args.method, [spec.id for spec in models.list_models()], "method")
    try:
        folders = list_case_folders(settings.case_roots(args.cases))
    except CaseError as error:
        raise UsageError(str(error)) from error
    cases = []
    failures = [build.Failure(report.file, report.reason) for report in reports if not report.accepted]
    for case_id in select(args.case, list(folders), "case"):
        try:
            cases.append(load_case(folders[case_id]))
        except CaseError as error:
            failures.append(build.Failure(case_id, str(error)))
    return cases, methods, failures


def _opened(path: Path) -> Store:
    try:
        return Store(path)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _build(args: argparse.Namespace) -> int:
    try:
        models.select_device(args.device)
    except ValueError as error:
        raise UsageError(str(error)) from error
    cases, methods, failures = _selected(args)
    store = _opened(args.store)
    start = time.monotonic()
    options = {name: getattr(args, name) for name in ("force", "jacobian", "device", "exact_minutes")}
    with logging_redirect_tqdm(), _signals() as received:
        todo = build.plan(cases, methods, store, **options)
        with _bar(len(todo.tasks)) as progress:
            outcome = build.run(todo, store, args.device, progress, lambda: bool(received))
    failures += outcome.failures
    _say(
        f"{len(outcome.computed)} entries computed in {_clock(time.monotonic() - start)}, "
        f"{len(todo.ready) + len(outcome.elsewhere)} were ready, {len(failures)} failed."
    )
    for failure in failures:
        _complain(f"{failure.what}: {failure.reason}")
    if outcome.cancelled:
        _complain("Stopped; what is finished is in the store, the same command goes on from there.")
        return 128 + received[0]
    return 1 if failures else 0


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM, so that work stops between two steps; a second one stops at once."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[build.Report], None]]:
    """A progress bar whose time left is the estimate's; on a pipe, a line now and then."""
    pause = 0.2 if sys.stderr.isatty() else 15.0
    shown: tuple[float, int] = (float("-inf"), -1)
    with tqdm(
        total=1.0, bar_format="{percentage:3.0f}%|{bar:30}| {desc} [{elapsed}]", disable=not total
    ) as bar:
        bar.set_description_str(f"0/{total} entries")

        def show(report: build.Report) -> None:
            nonlocal shown
            now = time.monotonic()
            done = report.finished == report.total
            if now - shown[0] < pause and not done:
                return
            shown = now, report.finished
            bar.n = 1.0 if done else report.share
            left = "" if done else f", about {_clock(report.seconds_left)} left, {report.key}"
            bar.set_description_str(f"{report.finished}/{report.total} entries{left}", refresh=True)

        yield show


def _list(args: argparse.Namespace) -> int:
    cases, methods, failures = _selected(args)
    store = _opened(args.store)
    infos = {info.key: info for info in store.entries()}
    rows = [("CASE", "METHOD", "STATUS", "SECONDS", "CREATED", "SIZE")]
    remarks = []
    for case in cases:
        for method in build.fitting(case, methods):
            state, reason = _status(store, case, method)
            rows.append((case.id, method, state, *_details(infos.pop(Key(case.id, method), None))))
            if state in ("stale", "damaged"):
                remarks.append(reason)
    if args.case is None and args.method is None:
        for key, info in infos.items():
            rows.append((key.case, key.method, "no such case", *_details(info)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _say("  ".join(cells).rstrip())
    for remark in remarks:
        _say(remark)
    for failure in failures:
        _complain(f"{failure.what}: {failure.reason}")
    return 1 if failures else 0


def _status(store: Store, case: CaseStudy, method: str, *, thorough: bool = False) -> tuple[str, str]:
    try:
        digest = method_digest(method)
    except models.WeightsError as error:
        return "no weights", str(error)
    return store.status(case.id, method, case.digest, digest, thorough=thorough)


def _stage(info: EntryInfo) -> str:
    return f", guidance {info.estimated}" if info.estimated else ""


def _details(info: EntryInfo | None) -> tuple[str, str, str]:
    if info is None:
        return "", "", ""
    seconds = f"{sum(info.seconds.values()):.1f}" if info.seconds else ""
    return (
        seconds,
        info.created or "",
        f"{info.size / 1e6:.1f} MB{' with Jacobian' * info.jacobian}{_stage(info)}",
    )


def _verify(args: argparse.Namespace) -> int:
    cases, methods, failures = _selected(args)
    store = _opened(args.store)
    known = {Key(case.id, method): case for case in cases for method in build.fitting(case, methods)}
    checked, problems = 0, [f"{failure.what}: {failure.reason}" for failure in failures]
    infos = store.entries()
    for info in tqdm(infos, unit="entry", disable=not sys.stderr.isatty()):
        key = info.key
        if (args.case and key.case not in args.case) or (args.method and key.method not in args.method):
            continue
        checked += 1
        if key in known:
            state, reason = _status(store, known[key], key.method, thorough=True)
            problem = reason if state in ("stale", "damaged", "no weights") else None
        else:
            problem = store.problem(*key)
        if problem:
            problems.append(problem)
    for problem in problems:
        _complain(problem)
    _say(f"{checked} entries checked, {len(problems)} problems.")
    return 1 if problems else 0


def _clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
