"""Batches: a file of statements, sent whole and answered row by row (docs/COURTS.md, Batches)."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import connect, receipt
from .errors import NotBelieved, NotNow, Unreachable
from .event.v1.manifest_pb2 import ControlTotals
from .event.v1.vocabulary_pb2 import Severity
from .v1 import command_service_pb2 as commands
from .v1 import court_service_pb2 as courts

if TYPE_CHECKING:
    from .client import Client, Confirmed

COLUMNS = (
    "case_id",
    "case_number",
    "defendant",
    "severity",
    "statement",
    "status",
    "date",
    "code",
    "order",
    "filing",
    "remedy",
    "surfaces",
    "severity_after",
    "docketing_status",
    "received_at",
    "docketed_at",
    "charges",
    "rejected_charges",
    "envelope",
)
"""The columns of a file."""
TOTAL = "#TOTAL"
"""First field of the last row, which declares the totals."""

_FILE_BYTES_MAX = 256 << 20
_ROWS_AT_ONCE = 500
_TOTALS = ("rows", "felonies", "misdemeanors", "infractions", "unknown")
_SEVERITIES = {
    "": "UNKNOWN",
    "U": "UNKNOWN",
    "F": "FELONY",
    "M": "MISDEMEANOR",
    "I": "INFRACTION",
}
_COUNTED = {
    Severity.SEVERITY_FELONY: "felonies",
    Severity.SEVERITY_MISDEMEANOR: "misdemeanors",
    Severity.SEVERITY_INFRACTION: "infractions",
}


class BadBatch(ValueError):
    """A file is no batch. Nothing of it is sent. The message never repeats what stands in a row."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its file has it."""

    rows: tuple[courts.ManifestRow, ...]
    """Every row in order, its number from 1. One that is wrong in itself is there, too: without a
    statement, so that it is refused and the others are not."""
    wrong: Mapping[int, str]
    """What is wrong with which row, as far as it shows here."""
    digest: bytes
    """SHA-256 of the file."""
    totals: ControlTotals
    declared: bool
    """Whether the file declares totals; then they are those of the rows. A row that was lost on the
    way shows in nothing else."""

    @classmethod
    def read(cls, path: str | Path) -> Batch:
        """Reads a file: JSON lines if it begins with a brace, CSV with a header otherwise."""
        if Path(path).stat().st_size > _FILE_BYTES_MAX:
            raise BadBatch(f"file has more than {_FILE_BYTES_MAX} bytes; split it")
        return cls.parse(Path(path).read_bytes())

    @classmethod
    def parse(cls, raw: bytes) -> Batch:
        """The same for what is in the file."""
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadBatch("file is no text in UTF-8") from None
        lines = _json_lines(text) if text.lstrip().startswith("{") else _csv_rows(text)
        rows: list[courts.ManifestRow] = []
        wrong: dict[int, str] = {}
        declared: ControlTotals | None = None
        for cells in lines:
            if declared is not None:
                raise BadBatch("the totals row must be the last")
            if isinstance(cells, ControlTotals):
                declared = cells
                continue
            number = len(rows) + 1
            row = courts.ManifestRow(row=number, severity=Severity.SEVERITY_UNKNOWN)
            try:
                row.severity = severity(cells.get("severity", ""))
                row.confirmation.CopyFrom(confirmation(cells))
            except ValueError as error:
                wrong[number] = str(error)
                row.confirmation.SetInParent()
            rows.append(row)
        if not rows:
            raise BadBatch("file has no rows")
        totals = count(rows)
        if declared is not None and declared != totals:
            raise BadBatch(
                f"the file declares {_told(declared)}, it has {_told(totals)}; nothing is sent"
            )
        digest = hashlib.sha256(raw).digest()
        return cls(tuple(rows), wrong, digest, totals, declared is not None)


def count(rows: Iterable[courts.ManifestRow]) -> ControlTotals:
    """The control totals of some rows."""
    totals = ControlTotals()
    for row in rows:
        totals.rows += 1
        name = _COUNTED.get(row.severity, "unknown")
        setattr(totals, name, getattr(totals, name) + 1)
    return totals


def _told(totals: ControlTotals) -> str:
    return ", ".join(f"{getattr(totals, name)} {name}" for name in _TOTALS)


def _csv_rows(text: str) -> Iterator[dict[str, str] | ControlTotals]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_columns(header)
        for record in reader:
            if not record:
                continue
            if record[0].strip() == TOTAL:
                yield _totals([cell for cell in record[1:] if cell.strip()])
            elif len(record) == len(header):
                yield {name: cell.strip() for name, cell in zip(header, record)}
            else:
                raise BadBatch(
                    f"line {reader.line_num} has another number of fields than the header; "
                    "is a quote or comma missing?"
                )
    except csv.Error:
        raise BadBatch(f"line {reader.line_num} is no CSV") from None


def _json_lines(text: str) -> Iterator[dict[str, str] | ControlTotals]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row: Any = json.loads(line, object_pairs_hook=_once)
        except ValueError:
            raise BadBatch(f"line {number} is no JSON object of texts") from None
        if isinstance(row, dict) and TOTAL in row:
            if not isinstance(row[TOTAL], list):
                raise BadBatch(f"{TOTAL} is no list of five numbers")
            yield _totals([str(cell) for cell in row[TOTAL]])
        elif isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values()):
            cells = {name.strip().lower(): cell.strip() for name, cell in row.items()}
            _check_columns(list(cells))
            yield cells
        else:
            raise BadBatch(f"line {number} is no JSON object of texts")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _check_columns(names: list[str]) -> None:
    if not set(names) <= set(COLUMNS):
        raise BadBatch(f"no such column; there are {', '.join(COLUMNS)}")
    if len(set(names)) != len(names):
        raise BadBatch("a column stands twice; keep one of the two")


def _totals(cells: list[str]) -> ControlTotals:
    if len(cells) != len(_TOTALS) or not all(_is_number(cell.strip()) for cell in cells):
        raise BadBatch(f"the totals row is {TOTAL} and five numbers: {', '.join(_TOTALS)}")
    return ControlTotals(**{name: int(cell) for name, cell in zip(_TOTALS, cells)})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def severity(cell: str) -> Any:
    """The severity for the control totals; unknown if it is not given."""
    word = _SEVERITIES.get(cell.upper(), cell.upper())
    if word not in _SEVERITIES.values():
        raise ValueError("severity: write FELONY, MISDEMEANOR, INFRACTION or UNKNOWN")
    return Severity.Value(f"SEVERITY_{word}")


def confirmation(cells: Mapping[str, str]) -> courts.FilingConfirmation:
    """What a row says. Words and dates are judged by the ledger."""

    def get(name: str) -> str:
        return cells.get(name, "")

    def numbers(name: str) -> list[int]:
        words = get(name).split()
        if not all(map(_is_number, words)):
            raise ValueError(f"{name}: write numbers of charges with spaces between them")
        return list(map(int, words))

    case_id = get("case_id")
    if case_id and (len(case_id) != 32 or not set(case_id) <= set("0123456789abcdefABCDEF")):
        raise ValueError("case_id: no case id; 32 hex digits, as a worklist writes it")
    said = courts.FilingConfirmation(
        case_number=get("case_number"),
        defendant=get("defendant"),
        case_id=bytes.fromhex(case_id),
        filing_id=get("filing"),
        envelope_id=get("envelope"),
    )
    charges = numbers("charges")
    if charges:
        said.scope.CopyFrom(commands.Scope(charges=commands.ChargeList(ids=charges)))
    status, date, code, order = get("status"), get("date"), get("code"), get("order")
    statement = get("statement").upper()
    if statement == "REVIEW":
        said.review.CopyFrom(
            courts.FilingReview(
                review_status=status,
                docketing_status=get("docketing_status"),
                received_at=get("received_at"),
                official_filed_on=date,
                reviewed_on=date,
                entered_on_docket_at=get("docketed_at"),
                reason=code,
                rejected_charges=numbers("rejected_charges"),
            )
        )
    elif statement == "DOCKET_ENTRY":
        said.docket_entry.CopyFrom(
            courts.DocketEntry(
                disposition=status,
                entered_on=date,
                severity_after=get("severity_after"),
                reason=code,
                order_number=order,
            )
        )
    elif statement == "RULING":
        said.ruling.CopyFrom(
            courts.Ruling(
                ruling=status,
                ordered_on=date,
                order_number=order,
                remedy=get("remedy"),
                reason=code,
            )
        )
    elif statement == "SEALING":
        said.sealing.CopyFrom(
            courts.SealingReport(
                executed_on=date,
                surfaces=get("surfaces").split(),
                extent=status,
                order_number=order,
            )
        )
    elif statement == "MISSING_RECORD":
        said.missing_record.CopyFrom(
            courts.MissingRecord(finding=status, found_on=date, reason=code)
        )
    else:
        raise ValueError("statement: write REVIEW, DOCKET_ENTRY, RULING, SEALING or MISSING_RECORD")
    return said


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row. It holds no docket number."""

    row: int
    status: str
    positions: tuple[int, ...] = ()
    case_id: bytes = b""
    flags: tuple[str, ...] = ()
    reason: str = ""
    message: str = ""


@dataclass(slots=True)
class Outcome:
    """What became of a batch."""

    rows: dict[int, RowOutcome] = field(default_factory=dict)

    @property
    def refused(self) -> list[RowOutcome]:
        """Rows to be mended; then the whole batch is sent again."""
        return [row for row in self.rows.values() if row.status == "REFUSED"]

    def count(self, status: str) -> int:
        """Rows that came to this."""
        return sum(row.status == status for row in self.rows.values())

    def save(self, path: Path) -> None:
        """Writes the results as CSV, with the columns of `caseledger court post`."""
        columns = ("row", "status", "positions", "case_id", "flags", "reason", "message")
        table = [
            (
                row.row,
                row.status,
                " ".join(map(str, row.positions)),
                row.case_id.hex(),
                " ".join(row.flags),
                row.reason,
                row.message,
            )
            for _, row in sorted(self.rows.items())
        ]
        receipt.write_csv(path, [columns, *table])


def post(
    client: Client,
    header: courts.ManifestHeader,
    batch: Batch,
    results: Path | None,
    receipts: Path | None,
) -> Outcome:
    """Sends a batch until every row is recorded or refused for good, as far as the policy for
    trying again goes."""
    outcome = Outcome()

    def attempt() -> None:
        later: Confirmed | None = None
        for row, confirmed in _answers(client, header, batch):
            if receipts is not None:
                confirmed.save(receipts)
            known = outcome.rows.get(row)
            # What was answered before the connection broke comes back as a duplicate.
            if known is None or known.status == "REFUSED":
                outcome.rows[row] = _row(row, confirmed, batch)
            if confirmed.refusal and confirmed.message_receipt in ("SYSTEM_ERROR", "UNKNOWN_ERROR"):
                later = confirmed
        if later is not None and later.refusal is not None:
            # Some rows may be recorded later. The batch is sent again whole, as it has to be.
            raise NotNow(later.refusal)

    try:
        client.retry.run(attempt)
    finally:
        # What was answered before a failure is worth having, too.
        if results is not None and outcome.rows:
            outcome.save(results)
    return outcome


def _row(row: int, confirmed: Confirmed, batch: Batch) -> RowOutcome:
    refusal = confirmed.refusal
    return RowOutcome(
        row,
        confirmed.status,
        tuple(receipt.position for receipt in confirmed.receipts),
        confirmed.case_id,
        confirmed.flags,
        refusal.reason if refusal else "",
        batch.wrong.get(row, refusal.message) if refusal else "",
    )


def _parts(header: courts.ManifestHeader, batch: Batch) -> Iterator[courts.PostManifestRequest]:
    yield courts.PostManifestRequest(header=header)
    for first in range(0, len(batch.rows), _ROWS_AT_ONCE):
        rows = courts.ManifestRows(rows=batch.rows[first : first + _ROWS_AT_ONCE])
        yield courts.PostManifestRequest(rows=rows)
    trailer = courts.ManifestTrailer(file_digest=batch.digest, totals=batch.totals)
    yield courts.PostManifestRequest(trailer=trailer)


def _answers(
    client: Client, header: courts.ManifestHeader, batch: Batch
) -> Iterator[tuple[int, Confirmed]]:
    """What became of the rows, in order, each verified."""
    unanswered = iter(batch.rows)
    batch_name = (header.source_system.upper(), header.batch_id)
    answered = 0
    summary: courts.ManifestSummary | None = None
    with connect.errors():
        answers = client.stream(client.courts.PostManifest, _parts(header, batch))
        try:
            for part in answers:
                if part.WhichOneof("part") == "summary":
                    summary = part.summary
                    continue
                for result in part.results.results:
                    row = next(unanswered, None)
                    if row is None or row.row != result.row or summary is not None:
                        raise NotBelieved(f"answer is about row {result.row}, which was not next")
                    answered += 1
                    said = whole(header, row.confirmation)
                    name = ("manifest", *batch_name, row.row)
                    yield row.row, client.believe(name, said, result.result)
        finally:
            # Over already, unless an answer was not believed.
            answers.cancel()
    if summary is None:
        raise Unreachable("the answers ended before the summary; send the batch again")
    if answered != len(batch.rows) or summary.rows != answered:
        raise NotBelieved(f"{answered} of {len(batch.rows)} rows were answered")


def whole(
    header: courts.ManifestHeader, row: courts.FilingConfirmation
) -> courts.FilingConfirmation:
    """The message that a row stands for."""
    said = courts.FilingConfirmation()
    said.CopyFrom(row)
    said.source_system, said.court = header.source_system, header.court
    said.filing_id = said.filing_id or header.filing_id
    statement = said.WhichOneof("statement")
    if statement in ("docket_entry", "ruling", "sealing"):
        body = getattr(said, statement)
        body.order_number = body.order_number or header.order_number
    return said
