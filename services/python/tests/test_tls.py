"""Over TLS: who calls is proven, and a token goes nowhere else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from caseledger import Client, LedgerError, NotIdentified, Retry, Unreachable
from conftest import ROOT, Place

TLS = (
    *("--tls-cert", "certs/server.pem", "--tls-key", "certs/server.key"),
    *("--client-ca", "certs/ca.pem", "--client-crl", "certs/clients.crl"),
)


@pytest.fixture
def declared(tmp_path: Path) -> Iterator[Place]:
    """A ledger that declares who may do what: a court by certificate, and another by token."""
    place = Place(tmp_path, "--operator-uri", "spiffe://ledger.example/operator")
    place.run(*"dev-certs certs --org lasc --org nobody".split())
    data = ("--data", "ledger")
    for org in ("lasc", "sfsc"):
        place.run("org", "register", org, "--name", "SUPERIOR COURT", *data)
        place.run("org", "grant", org, "COURT", *data)
    place.run(*"org bind lasc caseledger://org/lasc".split(), *data)
    issued = re.search(r"clt_[\w-]{43}", place.run("org", "token", "issue", "sfsc", *data))
    assert issued is not None
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_text(f"{issued[0]}\n")
    yield place
    place.close()


def client(place: Place, address: str, org: str | None = None, **options: object) -> Client:
    """A client with the certificate of an organisation, if one is named."""
    certs = place.folder / "certs"
    if org is not None:
        options = {"cert": certs / f"{org}.pem", "key": certs / f"{org}.key", **options}
    options = {"ca": certs / "ca.pem", "retry": Retry(attempts=1), **options}
    # The certificate of the server has this name, too.
    return place.client(address.replace("127.0.0.1", "localhost"), **options)


def test_a_certificate_or_a_token_proves_who_calls(declared: Place) -> None:
    address = declared.serve(*TLS).address
    assert address.startswith("https://")
    filing = {"filed_on": "2020-02-11"}
    with client(declared, address, "lasc") as court:
        first = court.court("LASC-CJC", source="odyssey").confirm_filing(
            "m-1", "SYN-1", "F-1", **filing
        )
        assert first.receipts[0].entry.submitter == "lasc"
    token = declared.folder / "token"
    # The only role in force is left to the server.
    with client(declared, address, organisation="sfsc", role=None, token_file=token) as court:
        second = court.court("SFSC", source="odyssey").confirm_filing(
            "m-1", "SYN-1", "F-1", **filing
        )
        assert second.receipts[0].entry.submitter == "sfsc"
        assert court.checkpoint().size == second.receipts[0].position + 1


def test_the_client_of_the_page_is_one(declared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/PYTHON.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(client = .*?)^```$", page, re.DOTALL | re.MULTILINE)
    address = declared.serve(*TLS).address.replace("127.0.0.1", "localhost")
    for name in ("ca.pem", "lasc.pem", "lasc.key"):
        shutil.copy(declared.folder / "certs" / name, declared.folder)
    monkeypatch.chdir(declared.folder)
    made: dict[str, Client] = {"Client": Client}  # type: ignore[dict-item]
    exec(code.replace("https://ledger.example:7400", address), made)
    with made["client"] as caller:
        court = caller.court("LASC-CJC", source="odyssey")
        assert court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-11").receipts


def test_who_proves_nothing_is_told_what_is_missing(declared: Place) -> None:
    address = declared.serve(*TLS).address
    token = declared.folder / "token"
    for reason, org, options in (
        ("NO_IDENTITY", None, {}),
        ("UNKNOWN_PRINCIPAL", "nobody", {}),
        ("IDENTITIES_DISAGREE", "lasc", {"organisation": "sfsc"}),
        ("IDENTITIES_DISAGREE", "lasc", {"token_file": token}),
    ):
        with client(declared, address, org, **options) as caller:
            with pytest.raises(LedgerError, match=reason) as refused:
                caller.checkpoint()
            assert isinstance(refused.value, NotIdentified), refused.value
    token.write_text("clt_" + "A" * 43)
    with client(declared, address, organisation="sfsc", token_file=token) as caller:
        with pytest.raises(NotIdentified, match="TOKEN_UNKNOWN") as unknown:
            caller.checkpoint()
        assert "AAAA" not in str(unknown.value)


def test_a_server_of_another_ca_is_not_spoken_to(declared: Place) -> None:
    address = declared.serve(*TLS).address
    others = declared.folder / "certs/lasc.pem"
    with client(declared, address, "lasc", ca=others) as caller, pytest.raises(Unreachable):
        caller.checkpoint()


def test_a_certificate_that_is_revoked_is_refused(declared: Place) -> None:
    declared.run("dev-certs", "certs", "--revoke", "lasc")
    address = declared.serve(*TLS).address
    with client(declared, address, "lasc") as caller, pytest.raises(Unreachable):
        caller.checkpoint()


def test_nothing_secret_shows(declared: Place) -> None:
    token = declared.folder / "token"
    with client(declared, "https://localhost:1", token_file=token) as caller:
        with pytest.raises(Unreachable) as error:
            caller.checkpoint()
        secret = token.read_text().strip()
        for text in (repr(caller), str(caller), repr(vars(caller)), str(error.value)):
            assert secret not in text
    assert isinstance(error.value.__cause__, grpc.RpcError)
    assert secret not in str(error.value.__cause__)
