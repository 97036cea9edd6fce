"""The README's worked example of one's own network, run as it is written there."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
SECTION = re.search(
    r"^## Your own network$(.*?)^## ",
    (ROOT / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
assert SECTION is not None
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", SECTION[1], re.MULTILINE | re.DOTALL)
FILES = {re.match(r"# (\S+)", text)[1]: text for kind, text in BLOCKS if kind == "python"}  # type: ignore[index]
COMMANDS = next(text for kind, text in BLOCKS if kind == "sh").splitlines()
SAID = next(text for kind, text in BLOCKS if not kind)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the project's, in which a reader creates the README's files."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("app.py", "models", "precompute", "dashboard", "assets"):
        (folder / name).symlink_to(ROOT / name)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FUSEVIS_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": path, "FUSEVIS_STORE": str(folder / "store")}


def without_rounding(text: str) -> str:
    """Everything but the last digits of float64 arithmetic, which differ between machines."""
    return re.sub(r"\d+e-\d+|0e\+00", "tiny", text)


def test_the_commands_are_three() -> None:
    assert [command.split()[:2] for command in COMMANDS] == [
        ["python", "export.py"],
        ["python", "-m"],
        ["python", "app.py"],
    ]
    assert set(FILES) == {"my-networks/contrast.py", "export.py"}


def test_the_example_works_as_written(clone: Path) -> None:
    for command in COMMANDS[:2]:
        done = subprocess.run(
            command,
            shell=True,
            cwd=clone,
            env=environment(clone),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert without_rounding(done.stdout) == without_rounding(SAID)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (clone / "log").open("w") as log:
        server = subprocess.Popen(
            [*COMMANDS[2].split(), "--port", str(port)],
            cwd=clone,
            env=environment(clone),
            stdout=log,
            stderr=log,
        )
    try:
        _ask(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(30)


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def _ask(home: str, server: subprocess.Popen[bytes]) -> None:
    """Both networks are offered, and answer for a bundled case study."""
    until = time.monotonic() + 120
    while True:
        assert server.poll() is None
        try:
            _get(f"{home}/health")
            break
        except urllib.error.URLError:
            assert time.monotonic() < until
            time.sleep(0.3)
    methods = {method["id"]: method for method in json.loads(_get(f"{home}/api/v1/methods"))}
    assert methods["contrast"]["window"] == [9, 9]
    assert methods["ours"]["plugin"]["check"]["path"] == "cones"
    case = json.loads(_get(f"{home}/api/v1/cases"))[0]["id"]
    for method, side in (("contrast", 9), ("ours", 5)):
        data = _get(f"{home}/api/v1/jacobian?case={case}&method={method}&y=100&x=100&format=npz")
        values = np.load(io.BytesIO(data))["jacobian"]
        assert values.shape == (2, side, side)
        assert np.abs(values).max() > 0
