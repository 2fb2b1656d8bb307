"""Connections to a ledger: TLS, who calls, and what failed calls mean."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
from google.rpc import error_details_pb2 as details_pb2
from grpc_status import rpc_status

from .errors import LedgerError, Refusal, Unreachable, Violation, refused
from .v1 import types_pb2 as types

_DOMAIN = "caseledger.v1"
_REPLY_BYTES_MAX = 32 * 1024 * 1024
_ORGANISATION = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,14}[a-z0-9])?", re.ASCII)
_ROLE = re.compile(r"[A-Z_]+", re.ASCII)
_TOKEN = re.compile(r"clt_[A-Za-z0-9_-]{43}", re.ASCII)

_OPTIONS = [
    ("grpc.max_receive_message_length", _REPLY_BYTES_MAX),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Trying again is ours: it has to tell what may be recorded from what is not.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]

# What the transport says of itself when a connection breaks; the ledger's own come with a reason.
_BROKEN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)

Metadata = list[tuple[str, str]]


def channel(
    address: str,
    ca: str | Path | None,
    cert: str | Path | None,
    key: str | Path | None,
    token_file: str | Path | None,
) -> grpc.Channel:
    """A channel to `https://host:port`, or to `http://` and a loopback address."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"{address!r} is no address; write https://ledger.example:7400")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    target = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if parts.scheme == "http":
        if not _is_loopback(parts.hostname):
            raise ValueError(
                f"{address} can be read on the way; write https, or a loopback address"
            )
        if ca or cert or key or token_file:
            raise ValueError("certificates and tokens are for https only")
        return grpc.insecure_channel(target, options=_OPTIONS)
    if (cert is None) != (key is None):
        raise ValueError("cert and key go together")
    credentials = grpc.ssl_channel_credentials(
        root_certificates=None if ca is None else Path(ca).read_bytes(),
        private_key=None if key is None else secret(key),
        certificate_chain=None if cert is None else Path(cert).read_bytes(),
    )
    if token_file is not None:
        # Credentials of a call never leave a channel without TLS, and no object shows them.
        caller = grpc.access_token_call_credentials(_token(token_file))
        credentials = grpc.composite_channel_credentials(credentials, caller)
    return grpc.secure_channel(target, credentials, options=_OPTIONS)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def secret(path: str | Path) -> bytes:
    """What is in a file that nobody else can read."""
    with open(path, "rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if os.name == "posix" and mode & 0o077:
            raise ValueError(f"{path} has mode {mode:o}; others can read it, give it mode 600")
        return file.read()


def _token(path: str | Path) -> str:
    token = secret(path).decode("ascii", "replace").strip()
    if _TOKEN.fullmatch(token) is None:
        raise ValueError(f"{path} has no token: clt_ and 43 characters")
    return token


def identity(organisation: str, role: str | None) -> Metadata:
    """What every call says about who calls."""
    if _ORGANISATION.fullmatch(organisation) is None:
        raise ValueError(f"organisation {organisation!r} is no id: 1 to 16 of a-z 0-9 - .")
    metadata = [("caseledger-principal", organisation)]
    if role is not None:
        if _ROLE.fullmatch(role) is None:
            raise ValueError(f"role {role!r} is no code like COURT")
        metadata.append(("caseledger-role", role))
    return metadata


@contextmanager
def errors() -> Iterator[None]:
    """Turns what gRPC raises into what this package raises."""
    try:
        yield
    except grpc.RpcError as error:
        raise failure(error) from error


def failure(error: grpc.RpcError) -> LedgerError:
    """What a failed call means."""
    code: grpc.StatusCode = error.code()
    told = _details(error)
    info = told.get(details_pb2.ErrorInfo.DESCRIPTOR.full_name)
    if info is not None and info.domain == _DOMAIN:
        fields = told.get(details_pb2.BadRequest.DESCRIPTOR.full_name)
        rules = told.get(details_pb2.PreconditionFailure.DESCRIPTOR.full_name)
        retry = told.get(details_pb2.RetryInfo.DESCRIPTOR.full_name)
        violations = [
            *(
                Violation(v.field, v.description)
                for v in (fields.field_violations if fields else ())
            ),
            *(Violation(v.type, v.description) for v in (rules.violations if rules else ())),
        ]
        return refused(
            Refusal(
                code.value[0],
                info.reason,
                error.details() or "",
                dict(info.metadata),
                tuple(violations),
                retry.retry_delay.ToTimedelta().total_seconds() if retry else None,
            )
        )
    message = f"{code.name}: {error.details()}"
    return Unreachable(message) if code in _BROKEN else LedgerError(message)


def _details(error: grpc.RpcError) -> dict[str, Any]:
    if not isinstance(error, grpc.Call):
        return {}
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        # The details are not of this status: something else than the ledger wrote them.
        return {}
    told: dict[str, Any] = {}
    for packed in status.details if status else ():
        for kind in (
            details_pb2.ErrorInfo,
            details_pb2.BadRequest,
            details_pb2.PreconditionFailure,
            details_pb2.RetryInfo,
        ):
            message = kind()
            if packed.Is(kind.DESCRIPTOR) and packed.Unpack(message):
                told[kind.DESCRIPTOR.full_name] = message
    return told


def refusal(told: types.Refusal) -> Refusal:
    """A refusal that came in an answer."""
    return Refusal(
        told.code,
        told.reason,
        told.message,
        dict(told.metadata),
        tuple(Violation(v.field, v.description) for v in told.violations),
        told.retry_after_ms / 1000 if told.retry_after_ms else None,
    )
