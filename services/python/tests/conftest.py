"""A ledger of its own for each test, served by the real binary, which `CASELEDGER_BIN` names.

With `CASELEDGER_NO_SKIP=1` a test that lacks what it needs fails instead of being skipped.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from caseledger import Client, Retry

ROOT = Path(__file__).resolve().parents[3]

CASES = """\
case_number,defendant,court,county,section,severity,conviction_date
SYN-1,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31
SYN-2,01,LASC-CJC,037,HS 11358,FELONY,1994-10-31
SYN-3,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31
SYN-4,01,LASC-CJC,037,HS 11357(b),MISDEMEANOR,1994-10-31
SYN-4,01,LASC-CJC,037,HS 11358,FELONY,1994-10-31
"""


def lacking(what: str) -> None:
    """Leaves a test out, unless leaving out is a failure."""
    if os.environ.get("CASELEDGER_NO_SKIP"):
        pytest.fail(what)
    pytest.skip(what)


def binary() -> str:
    """The binary of the ledger."""
    path = os.environ.get("CASELEDGER_BIN")
    if not path:
        lacking("CASELEDGER_BIN does not name the caseledger binary")
    return os.path.abspath(path or "")


def environment() -> dict[str, str]:
    """Nothing of the caller's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASELEDGER")}
    return {**kept, "NO_COLOR": "1", "CASELEDGER__LOG__FILTER": "warn"}


class Server:
    """A server process."""

    def __init__(self, folder: Path, data: str, *options: str) -> None:
        words = [binary(), "serve", "--data", data, "--listen", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(
            words, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = ""
        for line in self.process.stdout:
            if line.startswith("listening"):
                self.address = line.split()[1]
                break
        assert self.address, f"no server: {self.process.wait()}"

    def kill(self) -> None:
        """Ends it in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Place:
    """A folder with a ledger, and servers that do not outlive the test."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.servers: list[Server] = []
        self.run("init", "--data", "ledger", "--origin", "ledger.example/test", *options)

    def run(self, *words: str, code: int = 0) -> str:
        """Runs the binary, and gives what it printed."""
        ended = subprocess.run(
            [binary(), *words], cwd=self.folder, env=environment(), capture_output=True, text=True
        )
        assert ended.returncode == code, ended
        return ended.stdout + ended.stderr

    def list_cases(self) -> None:
        """Imports three cases."""
        (self.folder / "cases.csv").write_text(CASES)
        words = "import cases.csv --format court --cohort LA-2021-COURT.1 --agency lada"
        who = "--as lada --role PROSECUTOR_COUNTY --data ledger"
        self.run(*words.split(), *who.split())

    def serve(self, *options: str, data: str = "ledger") -> Server:
        """Starts a server."""
        self.servers.append(Server(self.folder, data, *options))
        return self.servers[-1]

    @property
    def key(self) -> Path:
        """The verifier key."""
        return self.folder / "ledger.vkey"

    def client(self, address: str, **options: object) -> Client:
        """A client that speaks for a court."""
        options = {"organisation": "lasc", "verifier_key": self.key, **options}
        return Client(address, **options)  # type: ignore[arg-type]

    def close(self) -> None:
        """Ends what was started."""
        for server in self.servers:
            server.kill()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A folder with an empty ledger."""
    place = Place(tmp_path)
    yield place
    place.close()


@pytest.fixture
def client(place: Place) -> Iterator[Client]:
    """A court's client of a ledger with three cases."""
    place.list_cases()
    with place.client(place.serve().address, retry=Retry(attempts=3)) as client:
        yield client
