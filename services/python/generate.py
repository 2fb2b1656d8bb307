"""Writes the modules of the API from the .proto files of this repository.

    python3 -m pip install 'services/python[test]'
    python3 services/python/generate.py

They are checked in, so that installing the package needs no compiler and no .proto files; a test
runs this again and compares.
"""

import sys
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
PROTOS = HERE.parent.parent / "proto"


def generate(target: Path) -> None:
    """Writes all modules below `target`."""
    protos = sorted(PROTOS.glob("caseledger/**/*.proto"))
    # Services only where there are some; the others would come to empty modules.
    serving = [path for path in protos if path.stem.endswith("_service")]
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    include = [f"-I{PROTOS}", f"-I{well_known}"]
    for output, sources in (("python", protos), ("pyi", protos), ("grpc_python", serving)):
        arguments = ["protoc", *include, f"--{output}_out={target}", *map(str, sources)]
        if protoc.main(arguments) != 0:
            sys.exit(f"the protocol compiler fails at --{output}_out")


if __name__ == "__main__":
    generate(HERE / "src")
