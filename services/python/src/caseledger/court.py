"""What a court says, in its own shape (docs/COURTS.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import connect, receipt
from .errors import NotBelieved, Unreachable
from .event.v1.vocabulary_pb2 import Severity
from .manifest import COLUMNS, TOTAL, Batch, Outcome, post
from .v1 import command_service_pb2 as commands
from .v1 import court_service_pb2 as courts

if TYPE_CHECKING:
    from .client import Client, Confirmed

Day = str | date
"""`2020-02-11`, a time of the court's own clock that begins so, or a date. A time in UTC does not say
which court day it was."""

_STATUS_ROWS = 10_000

# What a court would state to close a row.
_CLOSES = {
    "ORDERED_NOT_ENTERED": "DOCKET_ENTRY",
    "ENTERED_NOT_SEALED": "SEALING",
    "REJECTED_NOT_REFILED": "REVIEW",
}


@dataclass(frozen=True, slots=True)
class Open:
    """A case with something open at the court."""

    case_id: bytes
    charges: tuple[int, ...]
    severity: str
    open_since: date | None
    order: bytes
    """The order granting or sealing; empty if none is known."""
    filing: bytes
    """The filing rejected; empty if none is known."""


@dataclass(frozen=True, slots=True)
class Worklist:
    """What is open at a court."""

    kind: str
    rows: tuple[Open, ...]
    complete_to: int
    """Size of the ledger that the rows are complete to."""

    def save(self, path: str | Path) -> None:
        """Writes the rows as CSV."""
        table = [
            (
                row.case_id.hex(),
                " ".join(map(str, row.charges)),
                row.severity,
                row.open_since.isoformat() if row.open_since else "",
                row.order.hex(),
                row.filing.hex(),
            )
            for row in self.rows
        ]
        columns = ("case_id", "charges", "severity", "open_since", "order", "filing")
        receipt.write_csv(Path(path), [columns, *table])

    def save_sheet(self, path: str | Path) -> None:
        """Writes a batch with a row for each case, to be filled in with what only the court knows,
        and posted. Rows that are not filled in are refused, and can be sent again when they are."""
        table: list[tuple[str, ...]] = [COLUMNS]
        counts = {"FELONY": 0, "MISDEMEANOR": 0, "INFRACTION": 0, "UNKNOWN": 0}
        for row in self.rows:
            counts[row.severity if row.severity in counts else "UNKNOWN"] += 1
            known = {
                "case_id": row.case_id.hex(),
                "severity": row.severity,
                "statement": _CLOSES[self.kind],
                "charges": " ".join(map(str, row.charges)),
            }
            table.append(tuple(known.get(column, "") for column in COLUMNS))
        totals = (str(len(self.rows)), *map(str, counts.values()))
        table.append((TOTAL, *totals))
        receipt.write_csv(Path(path), table)


class Court:
    """A court, and the system that its messages come from. Made by `Client.court`.

    Every statement has the id of the message in that system. The same id with the same content is
    the same message, for ever; with other content it is refused. A case is its docket number, or 16
    bytes, the ledger's id. `charges` are the numbers of those concerned, all if left out.
    """

    def __init__(self, client: Client, code: str, source: str) -> None:
        self._client = client
        self.code = code
        self.source = source

    def message(
        self,
        message_id: str,
        case: str | bytes,
        *,
        defendant: str = "",
        charges: Iterable[int] = (),
        filing: str = "",
    ) -> courts.FilingConfirmation:
        """A message without its statement, for what the other methods leave out."""
        message = courts.FilingConfirmation(
            source_system=self.source,
            source_message_id=message_id,
            court=self.code,
            defendant=defendant,
            filing_id=filing,
        )
        if isinstance(case, str):
            message.case_number = case
        else:
            message.case_id = case
        numbers = list(charges)
        if numbers:
            chosen = commands.ChargeList(ids=numbers)
            message.scope.CopyFrom(commands.Scope(charges=chosen))
        return message

    def post(self, message: courts.FilingConfirmation) -> Confirmed:
        """Records a message; see `Client.post`."""
        return self._client.post(message)

    def confirm_filing(
        self,
        message_id: str,
        case: str | bytes,
        filing: str,
        *,
        status: str = "ACCEPTED",
        docketing_status: str = "",
        filed_on: Day = "",
        received_at: Day = "",
        reviewed_on: Day = "",
        reason: str = "",
        rejected_charges: Iterable[int] = (),
        defendant: str = "",
        charges: Iterable[int] = (),
    ) -> Confirmed:
        """The clerk's review of a filing: ACCEPTED, PARTIALLY_ACCEPTED, REJECTED, or RECEIVED for one
        that is not decided. Accepted needs `filed_on`, rejected `reviewed_on` and `reason`."""
        message = self.message(
            message_id, case, defendant=defendant, charges=charges, filing=filing
        )
        message.review.CopyFrom(
            courts.FilingReview(
                review_status=status,
                docketing_status=docketing_status,
                received_at=_day(received_at),
                official_filed_on=_day(filed_on),
                reviewed_on=_day(reviewed_on),
                reason=reason,
                rejected_charges=rejected_charges,
            )
        )
        return self.post(message)

    def reject_filing(
        self,
        message_id: str,
        case: str | bytes,
        filing: str,
        *,
        reviewed_on: Day,
        reason: str,
        defendant: str = "",
        charges: Iterable[int] = (),
    ) -> Confirmed:
        """The clerk rejected a filing."""
        return self.confirm_filing(
            message_id,
            case,
            filing,
            status="REJECTED",
            reviewed_on=reviewed_on,
            reason=reason,
            defendant=defendant,
            charges=charges,
        )

    def enter_disposition(
        self,
        message_id: str,
        case: str | bytes,
        *,
        entered_on: Day,
        disposition: str = "DISMISSED",
        severity_after: str = "",
        reason: str = "",
        order: str = "",
        defendant: str = "",
        charges: Iterable[int] = (),
    ) -> Confirmed:
        """A disposition was entered on the docket: DISMISSED, REDESIGNATED or RESENTENCED."""
        message = self.message(message_id, case, defendant=defendant, charges=charges)
        message.docket_entry.CopyFrom(
            courts.DocketEntry(
                disposition=disposition,
                entered_on=_day(entered_on),
                severity_after=severity_after,
                reason=reason,
                order_number=order,
            )
        )
        return self.post(message)

    def record_ruling(
        self,
        message_id: str,
        case: str | bytes,
        *,
        ruling: str,
        ordered_on: Day,
        order: str = "",
        remedy: str = "",
        reason: str = "",
        defendant: str = "",
        charges: Iterable[int] = (),
    ) -> Confirmed:
        """A judge ruled: GRANTED with `order` and `remedy`, DENIED with `reason`, or
        SEALING_ORDERED with `order`."""
        message = self.message(message_id, case, defendant=defendant, charges=charges)
        message.ruling.CopyFrom(
            courts.Ruling(
                ruling=ruling,
                ordered_on=_day(ordered_on),
                order_number=order,
                remedy=remedy,
                reason=reason,
            )
        )
        return self.post(message)

    def report_sealing(
        self,
        message_id: str,
        case: str | bytes,
        *,
        executed_on: Day,
        extent: str = "FILE",
        surfaces: Iterable[str] = (),
        order: str = "",
        defendant: str = "",
        charges: Iterable[int] = (),
    ) -> Confirmed:
        """The record was sealed: COUNT, FILE or REDACTED; `surfaces` say where it no longer shows."""
        message = self.message(message_id, case, defendant=defendant, charges=charges)
        message.sealing.CopyFrom(
            courts.SealingReport(
                executed_on=_day(executed_on),
                surfaces=surfaces,
                extent=extent,
                order_number=order,
            )
        )
        return self.post(message)

    def report_missing_record(
        self,
        message_id: str,
        case: str | bytes,
        *,
        finding: str,
        found_on: Day,
        reason: str,
        defendant: str = "",
        charges: Iterable[int] = (),
    ) -> Confirmed:
        """There is no record: NOT_FOUND, and what the search came to; or DESTROYED, and under what
        authority."""
        message = self.message(message_id, case, defendant=defendant, charges=charges)
        message.missing_record.CopyFrom(
            courts.MissingRecord(finding=finding, found_on=_day(found_on), reason=reason)
        )
        return self.post(message)

    def post_manifest(
        self,
        batch: Batch,
        name: str,
        *,
        order: str = "",
        filing: str = "",
        cohort: str = "",
        results: str | Path | None = None,
        receipts: str | Path | None = None,
    ) -> Outcome:
        """Records a batch, row by row, once header, rows and totals agree. After any interruption
        send the same batch under the same name again: rows that are recorded are found. `results`
        is a CSV file with what became of each row, `receipts` a folder for their receipts."""
        header = courts.ManifestHeader(
            batch_id=name,
            source_system=self.source,
            court=self.code,
            cohort=cohort,
            order_number=order,
            filing_id=filing,
            file_digest=batch.digest,
            totals=batch.totals,
        )
        results = None if results is None else Path(results)
        receipts = None if receipts is None else Path(receipts)
        return post(self._client, header, batch, results, receipts)

    def manifest_status(self, name: str, rows: int) -> list[tuple[int, int]]:
        """Which rows of a batch are recorded, as runs from first to last."""
        runs: list[tuple[int, int]] = []
        for first in range(1, rows + 1, _STATUS_ROWS):
            request = courts.GetManifestStatusRequest(
                batch_id=name,
                source_system=self.source,
                first_row=first,
                rows=min(_STATUS_ROWS, rows - first + 1),
            )
            method = self._client.courts.GetManifestStatus
            reply = self._client.call(method, request, courts.GetManifestStatusResponse)
            for run in reply.runs:
                if runs and runs[-1][1] + 1 == run.first:
                    runs[-1] = (runs[-1][0], run.last)
                else:
                    runs.append((run.first, run.last))
        return runs

    def worklist(self, kind: str) -> Worklist:
        """What is open: ORDERED_NOT_ENTERED, ENTERED_NOT_SEALED or REJECTED_NOT_REFILED."""
        if kind not in _CLOSES:
            raise ValueError(f"no such worklist; there are {', '.join(_CLOSES)}")
        request = courts.ListWorklistRequest(court=self.code, kind=f"WORKLIST_KIND_{kind}")

        def attempt() -> Worklist:
            rows: list[Open] = []
            complete_to: int | None = None
            with connect.errors():
                for page in self._client.stream(self._client.courts.ListWorklist, request):
                    rows.extend(map(_open, page.rows))
                    complete_to = min(complete_to or page.complete_to, page.complete_to)
            if complete_to is None:
                raise Unreachable("the list ended before it began")
            return Worklist(kind, tuple(rows), complete_to)

        return self._client.retry.run(attempt)


def _day(day: Day) -> str:
    if isinstance(day, datetime):
        return day.isoformat(timespec="seconds")
    return day if isinstance(day, str) else day.isoformat()


def _open(row: Any) -> Open:
    since = row.open_since
    try:
        severity = Severity.Name(row.severity)[len("SEVERITY_") :]
        day = date(since // 10_000, since // 100 % 100, since % 100) if since else None
    except ValueError as error:
        raise NotBelieved(f"worklist has a row that is none: {error}") from error
    if len(row.case_id) != 16:
        raise NotBelieved("worklist has a row without a case")
    return Open(row.case_id, tuple(row.charges), severity, day, row.order, row.filing)
