"""What is checked in and what is installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import caseledger
from caseledger.trust import _STREAMS
from caseledger.v1.types_pb2 import StreamRef
from conftest import ROOT, lacking

HERE = ROOT / "services/python"


def test_the_generated_modules_are_what_the_protos_make(tmp_path: Path) -> None:
    if importlib.util.find_spec("grpc_tools") is None:
        lacking("grpcio-tools is not installed")
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "import generate; generate.generate(Path(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", script, HERE, tmp_path], check=True)
    made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("*.py*")}
    kept = {
        path.relative_to(HERE / "src"): path
        for folder in ("v1", "event")
        for path in (HERE / "src/caseledger" / folder).rglob("*.py*")
        if path.suffix in (".py", ".pyi")
    }
    assert set(made) == set(kept)
    for name, path in made.items():
        assert kept[name].read_text() == path.read_text(), (
            f"{name}: run services/python/generate.py"
        )


def test_every_kind_of_stream_is_known() -> None:
    assert set(_STREAMS) == {field.name for field in StreamRef.DESCRIPTOR.fields}


def test_the_package_is_installed_typed_and_of_this_release() -> None:
    installed = Path(caseledger.__file__).parent
    assert (installed / "py.typed").is_file()
    assert (installed / "v1/court_service_pb2.pyi").is_file()
    release = (ROOT / "Cargo.toml").read_text().split('\nversion = "')[1].split('"')[0]
    assert metadata.version("caseledger") == release


def test_the_types_hold() -> None:
    if importlib.util.find_spec("mypy") is None:
        lacking("mypy is not installed")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", "/dev/null"],
        cwd=HERE,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
