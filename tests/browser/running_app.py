"""`python app.py` on a free port, the system's Chromium, and a page that is watched for what goes wrong."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from dashboard import create_app
from dashboard.service.jacobians import JacobianService
from precompute.cases.case_study import CaseStudy

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SMALL = "small-pair"


@dataclass
class Watched:
    """A page, and what went wrong on it."""

    page: Page
    base: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, query: str = "", ready: bool = True) -> Page:
        """Go to the Explore page; with `ready`, until its first Jacobian and its guidance are painted."""
        self.page.goto(f"{self.base}/{query}")
        self.page.wait_for_selector("#explorer[data-pixel][data-jacobian]")
        if ready:
            self.page.wait_for_selector("#explorer[data-guidance=ready]", timeout=240_000)
        return self.page


def small_pair() -> CaseStudy:
    """Two different smooth images of 48 × 80 pixels."""
    down, across = np.mgrid[0:48, 0:80].astype(np.float32)
    first = np.exp(-((down - 20) ** 2 + (across - 30) ** 2) / 300) + 0.2 * np.sin(across / 5)
    second = np.exp(-((down - 30) ** 2 + (across - 55) ** 2) / 500) + 0.1 * np.cos(down / 4)
    sources = np.stack([(image - image.min()) / np.ptp(image) for image in (first, second)])
    return CaseStudy(
        id=SMALL,
        title="A small pair",
        description="Two blobs, made by a test.",
        modalities=("one", "two"),
        sources=sources.astype(np.float32),
        regions=(),
        provenance="Made by a test.",
        synthetic=True,
    )


@contextmanager
def serving(service: JacobianService) -> Iterator[str]:
    """The app of a service on a free port."""
    app: Flask = create_app(service).server
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python app.py` in a process of its own, that can be stopped and started again.

    `root` is the folder of the code, another than this repository's where something of it shall be missing.
    """

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.folder, self.root, self.port = folder, root, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "app.py", "--port", str(self.port), "--device", "cpu"]
        command += ["--cases", str(self.folder / "cases"), "--store", str(self.folder / "store")]
        log = (self.folder / "server.log").open("ab")
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(command, cwd=self.root, stdout=log, stderr=log, env=environment)
        for _ in range(600):
            if self.process.poll() is not None:
                break
            if self.answers():
                return
            time.sleep(0.1)
        raise RuntimeError(f"app.py did not start: {(self.folder / 'server.log').read_text()}")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
