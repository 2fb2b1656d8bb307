"""docs/PYTHON.md is run: what it shows is what happens.

A `console` block has commands and what they print: `...` stands for any lines, `[..]` for any text. Any other
block with a file name behind its language is that file. The rest is for reading.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Place, Server, binary, environment

PAGE = (ROOT / "docs/PYTHON.md").read_text(encoding="utf-8")


def fits(pattern: str, line: str) -> bool:
    parts = (re.escape(" ".join(part.split(" "))) for part in pattern.split("[..]"))
    spaces = re.sub(r"(\\ )+", r"\\s+", ".*".join(parts))
    return re.fullmatch(spaces, line) is not None


def shows(expected: list[str], printed: str) -> bool:
    """Whether the lines printed are those expected."""
    lines = printed.splitlines()
    for at, pattern in enumerate(expected):
        if pattern == "...":
            rest = expected[at + 1 :]
            return any(shows(rest, "\n".join(lines[skip:])) for skip in range(len(lines) + 1))
        if not lines or not fits(pattern, lines.pop(0)):
            return False
    return not lines


def test_the_page_is_true(tmp_path: Path) -> None:
    settings = environment()
    folders = [Path(binary()).parent, Path(sys.executable).parent]
    settings["PATH"] = os.pathsep.join([*map(str, folders), settings["PATH"]])
    server: Server | None = None
    try:
        for language, name, text in re.findall(
            r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
        ):
            if name:
                (tmp_path / name).write_text(text)
            if language != "console":
                continue
            for step in text.split("$ ")[1:]:
                command, *expected = step.splitlines()
                if command == "caseledger serve --data ledger":
                    server = Server(tmp_path, "ledger")
                    settings["CASELEDGER_SERVER"] = server.address
                    continue
                ended = subprocess.run(
                    ["sh", "-c", f"{command} 2>&1"],
                    cwd=tmp_path,
                    env=settings,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                assert ended.returncode == 0, f"{command}\n{ended.stdout}"
                assert shows(expected, ended.stdout), f"{command}\n{ended.stdout}"
    finally:
        if server is not None:
            server.kill()
    assert server is not None


@pytest.mark.parametrize(
    ("expected", "printed", "fitting"),
    [
        (["a", "...", "d [..] f"], "a\nb\nd  e f\n", True),
        (["a", "..."], "a\nb\n", True),
        (["a"], "a\nb\n", False),
        (["b"], "a\nb\n", False),
        (["...", "b"], "b\na\n", False),
        (["d [..] f"], "d e g\n", False),
        ([], "anything", False),
    ],
)
def test_a_page_that_does_not_fit_is_noticed(
    expected: list[str], printed: str, fitting: bool
) -> None:
    assert shows(expected, printed) is fitting


def test_every_exception_has_its_row() -> None:
    import caseledger

    table = PAGE.split("| exception |")[1].split("\n\n")[0]
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", table))
    raised = {
        name
        for name in caseledger.__all__
        if isinstance(getattr(caseledger, name), type)
        and issubclass(getattr(caseledger, name), caseledger.LedgerError)
    }
    assert named == raised - {"LedgerError"}


def test_the_page_names_what_there_is(place: Place) -> None:
    with place.client("http://127.0.0.1:1") as client:
        court = client.court("LASC-CJC", source="odyssey")
        statements = PAGE.split("The other statements are")[1].split(";")[0]
        for name in re.findall(r"`(\w+)`", statements):
            assert callable(getattr(court, name))
