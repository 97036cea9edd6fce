"""`python -m precompute report`: a report on a region, as HTML, CSV and NPZ, without the dashboard."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

import models
from precompute import settings
from precompute.build.compute import compute_entry
from precompute.build.prepared import method_digest, prepared_model
from precompute.build.stages import stages
from precompute.cases.case_study import CaseStudy, list_case_folders, load_case
from precompute.regions.masks import region_mask
from precompute.report.contents import HOME, MethodReport, Report, Subject, middle, report_on, usual_source
from precompute.report.files import report_csv, report_npz
from precompute.report.html import report_html
from precompute.store.entry import Entry
from precompute.store.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of the command."""
    parser.add_argument("--case", required=True, metavar="ID", help="the case study")
    parser.add_argument(
        "--region", required=True, metavar="REGION", help="a region's id, rect:Y,X,Y,X or poly:Y,X;…"
    )
    parser.add_argument(
        "--methods", nargs="+", metavar="ID", help="the methods (default: all that fit and have weights)"
    )
    parser.add_argument("--pixel", metavar="Y,X", help="the principal pixel (default: the region's middle)")
    parser.add_argument(
        "--relevant",
        type=int,
        metavar="K",
        help="number of the source that matters there, from 0",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file")
    parser.add_argument("--link", default=HOME, metavar="URL", help="where links lead (default: %(default)s)")
    parser.add_argument("--cases", type=Path, nargs="+", metavar="DIR", help="folders of case studies")
    parser.add_argument("--store", type=Path, default=settings.default_store(), metavar="DIR")
    parser.add_argument("--plugins", type=Path, metavar="DIR", help="folder of networks of your own")
    parser.add_argument("--device", default=settings.default_device(), help="auto, cpu or cuda")


def run(args: argparse.Namespace) -> int:
    """Make the report; 1 where a method had to be left out, which the report says too.

    Raises:
        ValueError: a case study, region, method, pixel or source that does not exist; no method at all.
    """
    settings.plugins(args.plugins, args.store)
    if args.out.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"The file is {args.out}; expected a name that ends in .html.")
    if not re.fullmatch(r"https?://\S+", args.link):
        raise ValueError(
            f"The link is {args.link!r}; expected an address that begins with http:// or https://."
        )
    case = _case(args)
    subject = _subject(args, case)
    store, done, problems = Store(args.store), [], []
    methods = _methods(args.methods, case)
    with tqdm(total=len(methods), unit="method", disable=not sys.stderr.isatty()) as bar:
        for number, method in enumerate(methods):
            try:
                done.append(_one(subject, method, store, args.device, _shown(bar, number)))
            except models.WeightsError as error:
                problems.append((models.get_method(method).title, str(error)))
    if not done:
        raise ValueError(f"No method could be computed: {problems[0][1]}")
    write_report(Report(subject, tuple(done), tuple(problems), args.link.rstrip("/")), args.out)
    for title, sentence in problems:
        sys.stderr.write(f"{title}: {sentence}\n")
    sys.stdout.write(f"{args.out} with its numbers in {args.out.with_suffix('.csv').name} and .npz\n")
    return 1 if problems else 0


def write_report(report: Report, path: Path) -> None:
    """Write the HTML to `path`, the CSV and the NPZ beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report_html(report), encoding="utf-8")
    path.with_suffix(".csv").write_text(report_csv(report), encoding="utf-8")
    path.with_suffix(".npz").write_bytes(report_npz(report))


def _case(args: argparse.Namespace) -> CaseStudy:
    folders = list_case_folders(settings.case_roots(args.cases))
    if args.case not in folders:
        raise ValueError(f"Unknown case study {args.case!r}; expected one of: {', '.join(folders)}.")
    return load_case(folders[args.case])


def _subject(args: argparse.Namespace, case: CaseStudy) -> Subject:
    mask = region_mask(args.region, case.shape, {region.id: region.mask for region in case.regions})
    region = args.region.removeprefix("region:")
    relevant = usual_source(case) if args.relevant is None else args.relevant
    if not 0 <= relevant < len(case.sources):
        raise ValueError(f"The relevant source is {args.relevant}; expected 0 to {len(case.sources) - 1}.")
    pixel = middle(mask) if args.pixel is None else _pixel(args.pixel, case)
    return Subject(case, region, region_title(case, region), mask, pixel, relevant)


def region_title(case: CaseStudy, region: str) -> str:
    """The name of a region of the case study; "Drawn region" for another."""
    region_id = region.removeprefix("region:")
    return next((each.title for each in case.regions if each.id == region_id), "Drawn region")


def _pixel(text: str, case: CaseStudy) -> tuple[int, int]:
    parts = re.fullmatch(r"(\d{1,6}),(\d{1,6})", text)
    height, width = case.shape
    if not parts or int(parts[1]) >= height or int(parts[2]) >= width:
        raise ValueError(f"The pixel is {text!r}; expected row,column from 0,0 to {height - 1},{width - 1}.")
    return int(parts[1]), int(parts[2])


def _methods(wanted: list[str] | None, case: CaseStudy) -> list[str]:
    fitting = [spec.id for spec in models.list_models() if spec.sources == len(case.sources)]
    for method in wanted or ():
        if method not in fitting:
            raise ValueError(f"Unknown method {method!r}; expected some of: {', '.join(fitting)}.")
    return list(dict.fromkeys(wanted)) if wanted else fitting


def _one(
    subject: Subject, method: str, store: Store, device: str, progress: Callable[[float], None]
) -> MethodReport:
    model: Any = prepared_model(method, device)
    entry = _entry(subject.case, method, store, device, lambda share: progress(0.6 * share))
    return report_on(
        subject,
        method,
        model,
        entry.fused,
        entry.guidance,
        lambda share: progress(0.6 + 0.4 * share),
        estimated=str(entry.estimated or ""),
    )


def _entry(
    case: CaseStudy, method: str, store: Store, device: str, progress: Callable[[float], None]
) -> Entry:
    """The stored entry of a case study and a method; computed and stored where there is none."""
    digests = case.digest, method_digest(method)
    entry = store.read(case.id, method, *digests)
    if entry is None:
        with store.claim(case.id, method, wait=True):
            entry = store.read(case.id, method, *digests)
            if entry is None:
                first = stages(method, case.sources, device)[0]
                entry = compute_entry(case, method, device, progress, stride=first)
                store.write(entry)
    return entry


def _shown(bar: Any, number: int) -> Callable[[float], None]:
    def show(share: float) -> None:
        bar.n = round(number + share, 2)
        bar.refresh()

    return show
