"""Somebody between a court and the ledger, who refuses, and lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from caseledger import Batch, Client, Confirmed, NotBelieved, NotNow, Retry, Unreachable
from caseledger.v1 import audit_service_pb2 as audit
from caseledger.v1 import court_service_pb2 as courts
from caseledger.v1.court_service_pb2_grpc import (
    CourtServiceServicer,
    add_CourtServiceServicer_to_server,
)
from conftest import Place

Parts = list[courts.PostManifestResponse]


class Between(CourtServiceServicer):
    """Passes calls on to a ledger, and answers what it likes."""

    def __init__(self, stub: object) -> None:
        self.stub = stub
        self.change: Callable[[courts.ConfirmationResult], None] = lambda result: None
        self.change_parts: Callable[[Parts], Parts] = lambda parts: parts
        self.failures: list[status_pb2.Status] = []
        self.calls = 0

    def PostFilingConfirmation(self, request, context):  # type: ignore[no-untyped-def]
        self.calls += 1
        if self.failures:
            context.abort_with_status(rpc_status.to_status(self.failures.pop()))
        reply = self.stub.PostFilingConfirmation(request, metadata=who(context))  # type: ignore[attr-defined]
        self.change(reply.result)
        return reply

    def PostManifest(self, requests, context):  # type: ignore[no-untyped-def]
        self.calls += 1
        answers = self.stub.PostManifest(requests, metadata=who(context))  # type: ignore[attr-defined]
        yield from self.change_parts(list(answers))


def who(context: grpc.ServicerContext) -> list[tuple[str, str]]:
    return [pair for pair in context.invocation_metadata() if pair[0].startswith("caseledger-")]


@pytest.fixture
def between(client: Client) -> Iterator[tuple[Between, str]]:
    """Somebody between a court and the ledger, and where he listens."""
    between = Between(client.courts)
    server = grpc.server(ThreadPoolExecutor(2))
    add_CourtServiceServicer_to_server(between, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield between, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


def failure(reason: str, code: int, retry_ms: int | None) -> status_pb2.Status:
    status = status_pb2.Status(code=code, message="told to people")
    info = error_details_pb2.ErrorInfo(domain="caseledger.v1", reason=reason, metadata={"a": "b"})
    details = [info]
    if retry_ms is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(retry_ms)
        details.append(retry)
    for detail in details:
        packed = Packed()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def test_a_server_with_too_much_to_do_is_asked_again_when_it_said(
    place: Place, between: tuple[Between, str]
) -> None:
    server, address = between
    pauses: list[float] = []
    with place.client(address, retry=Retry(attempts=3, sleep=pauses.append)) as client:
        court = client.court("LASC-CJC", source="odyssey")
        server.failures = [failure("OVERLOADED", 8, 7_500), failure("OUTCOME_UNKNOWN", 4, None)]
        confirmed = court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-11")
        assert confirmed.receipts
        assert (server.calls, len(pauses)) == (3, 2)
        assert pauses[0] < 1 and pauses[1] == 7.5

        server.failures = [failure("OVERLOADED", 8, 1)] * 3
        with pytest.raises(NotNow) as not_now:
            court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-11")
        assert not_now.value.refusal.metadata == {"a": "b"}
        assert server.calls == 6
        # Neither of these passes by waiting.
        for reason, code in (("READ_ONLY", 14), ("ROLE_NOT_ALLOWED", 7)):
            server.failures = [failure(reason, code, None)]
            with pytest.raises(Exception, match=reason):
                court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-11")
        assert server.calls == 8


Result = courts.ConfirmationResult


def lies(others: Result) -> dict[str, Callable[[Result], None]]:
    """Ways to change an answer; the receipts of `others` are genuine ones, of other messages."""

    def flip(at: int) -> Callable[[Result], None]:
        def change(result: Result) -> None:
            raw = bytearray(result.receipts[0].entry)
            raw[at] ^= 1
            result.receipts[0].entry = bytes(raw)

        return change

    def said(**fields: object) -> Callable[[Result], None]:
        def change(result: Result) -> None:
            for name, value in fields.items():
                setattr(result.receipts[0], name, value)

        return change

    def other(number: int) -> Callable[[Result], None]:
        def change(result: Result) -> None:
            result.receipts[0].CopyFrom(others.receipts[number])
            result.message_id = result.receipts[0].entry[149:165]

        return change

    def without_receipts(result: Result) -> None:
        del result.receipts[:]

    def twice(result: Result) -> None:
        result.receipts.append(result.receipts[0])

    def other_message_id(result: Result) -> None:
        result.message_id = bytes(16)

    def no_message_id(result: Result) -> None:
        result.message_id = b""

    def another_status(result: Result) -> None:
        result.status = courts.CONFIRMATION_STATUS_HELD

    def refused_without_a_reason(result: Result) -> None:
        result.status = courts.CONFIRMATION_STATUS_REFUSED

    def another_case(result: Result) -> None:
        result.receipts[0].stream.case_id = bytes(16)

    def another_proof(result: Result) -> None:
        result.receipts[0].tlog_proof = others.receipts[0].tlog_proof

    def forged_checkpoint(result: Result) -> None:
        proof = result.receipts[0].tlog_proof
        result.receipts[0].tlog_proof = proof.replace("ledger.example/test\n", "evil.example\n")

    def code_read_otherwise(result: Result) -> None:
        result.readings.add(field="review_status", raw="ACCEPTED", code="REJECTED")

    return {
        "a byte of the header": flip(28),
        "a byte of the body": flip(245),
        "the submitter": flip(125),
        "no receipts": without_receipts,
        "a receipt twice": twice,
        "another message id": other_message_id,
        "no message id": no_message_id,
        "another chain hash": said(chain_hash=bytes(32)),
        "another revision": said(revision=77),
        "another position": said(position=0),
        "another stream": another_case,
        "another proof": another_proof,
        "another origin": forged_checkpoint,
        "another status": another_status,
        "refused without a reason": refused_without_a_reason,
        "a code read otherwise": code_read_otherwise,
        "another message of another day": other(0),
        "another message of another fact": other(1),
        "another message about another charge": other(2),
        "another message of a filing held": other(3),
        "another organisation": other(4),
        "another message that says the same": other(5),
    }


def test_an_answer_that_proves_something_else_is_not_believed(
    place: Place, client: Client, between: tuple[Between, str]
) -> None:
    server, address = between
    genuine = client.court("LASC-CJC", source="odyssey")
    others = Result()
    for confirmed in (
        genuine.confirm_filing("o-1", "SYN-4", "F-1", filed_on="2020-02-12", charges=[1]),
        genuine.reject_filing("o-2", "SYN-4", "F-2", reviewed_on="2020-02-11", reason="FEE"),
        genuine.confirm_filing("o-3", "SYN-4", "F-3", filed_on="2020-02-11", charges=[2]),
        genuine.confirm_filing("o-4", "SYN-96", "F-4", filed_on="2020-02-12"),
    ):
        others.receipts.add().CopyFrom(told(client, confirmed.receipts[0].position))
    with place.client(place.servers[0].address, organisation="sfsc") as elsewhere:
        theirs = elsewhere.court("LASC-CJC", source="odyssey").confirm_filing(
            "o-5", "SYN-4", "F-5", filed_on="2020-02-11", charges=[1]
        )
    others.receipts.add().CopyFrom(told(client, theirs.receipts[0].position))

    def confirm(filing: str = "F-9", name: str = "m-1") -> Confirmed:
        """What a court believes that knew nothing before but a message that says the same."""
        change, server.change = server.change, lambda result: None
        with place.client(address, retry=Retry(attempts=1)) as deceived:
            court = deceived.court("LASC-CJC", source="odyssey")
            for one in ("o-6", name):
                confirmed = court.confirm_filing(
                    one,
                    "SYN-4",
                    "F-8" if one == "o-6" else filing,
                    filed_on="2020-02-11",
                    charges=[1],
                )
                server.change = change
        return confirmed

    others.receipts.add().CopyFrom(told(client, confirm("F-8", "o-6").receipts[0].position))
    assert confirm().status == "ACCEPTED_WITH_FLAGS"
    for name, change in lies(others).items():
        server.change = change
        with pytest.raises(NotBelieved):
            pytest.fail(f"{name} is believed: {confirm()}")
    server.change = lambda result: None
    assert confirm().status == "DUPLICATE"


SHEET = """\
case_number,statement,status,date,code
SYN-1,RULING,DENIED,2020-02-11,PROCEDURAL
SYN-2,RULING,DENIED,2020-02-11,PROCEDURAL
SYN-3,RULING,DENIED,2020-02-11,=SUM(1)
"""


def test_rows_that_may_be_recorded_later_are_sent_again(
    place: Place, between: tuple[Between, str]
) -> None:
    server, address = between

    def overloaded_once(parts: Parts) -> Parts:
        server.change_parts = lambda later: later
        row = parts[0].results.results[1].result
        row.Clear()
        row.status = courts.CONFIRMATION_STATUS_REFUSED
        row.message_receipt = courts.MESSAGE_RECEIPT_SYSTEM_ERROR
        row.refusal.code, row.refusal.reason = 8, "OVERLOADED"
        row.refusal.message, row.refusal.retry_after_ms = "=told to people", 2_500
        return parts

    pauses: list[float] = []
    batch = Batch.parse(SHEET.encode())
    results = place.folder / "results.csv"
    with place.client(address, retry=Retry(attempts=2, sleep=pauses.append)) as client:
        court = client.court("LASC-CJC", source="odyssey")
        server.change_parts = overloaded_once
        outcome = court.post_manifest(batch, "b-1", results=results)
        assert [outcome.rows[row].status for row in (1, 2)] == ["ACCEPTED_WITH_FLAGS", "DUPLICATE"]
        # A code that cannot be one is refused, and not for later.
        assert [row.row for row in outcome.refused] == [3]
        assert (server.calls, pauses) == (2, [2.5])

        once = place.client(address, retry=Retry(attempts=1))
        server.change_parts = overloaded_once
        with pytest.raises(NotNow, match="OVERLOADED"):
            once.court("LASC-CJC", source="odyssey").post_manifest(batch, "b-1", results=results)
        # What was answered is kept, and no cell of it is a formula.
        lines = results.read_text().splitlines()
        assert lines[1].startswith("1,DUPLICATE,")
        assert lines[2] == "2,REFUSED,,,,OVERLOADED,'=told to people"
        once.close()


def test_a_batch_that_is_not_answered_row_by_row_is_not_believed(
    place: Place, between: tuple[Between, str]
) -> None:
    server, address = between

    def lose_a_row(parts: Parts) -> Parts:
        del parts[0].results.results[0]
        return parts

    def swap_rows(parts: Parts) -> Parts:
        first, second = parts[0].results.results[:2]
        first.row, second.row = second.row, first.row
        return parts

    def answer_twice(parts: Parts) -> Parts:
        results = parts[0].results.results
        results[1].result.CopyFrom(results[0].result)
        return parts

    def swap_results(parts: Parts) -> Parts:
        # The same fact about another case: docket numbers are in no entry.
        first, second = parts[0].results.results[:2]
        first.row, second.row = second.row, first.row
        parts[0].results.results.sort(key=lambda result: result.row)
        return parts

    def lose_the_last(parts: Parts) -> Parts:
        del parts[0].results.results[2]
        return parts

    def count_more(parts: Parts) -> Parts:
        parts[-1].summary.rows += 1
        return parts

    batch = Batch.parse(SHEET.encode())
    changes = (answer_twice, lose_a_row, swap_rows, swap_results, lose_the_last, count_more)
    with place.client(address, retry=Retry(attempts=1)) as client:
        court = client.court("LASC-CJC", source="odyssey")
        court.post_manifest(batch, "b-1")
        for change in changes:
            server.change_parts = change
            with pytest.raises(NotBelieved):
                pytest.fail(f"{change.__name__} is believed: {court.post_manifest(batch, 'b-1')}")
        server.change_parts = lambda parts: parts[:-1]
        with pytest.raises(Unreachable):
            court.post_manifest(batch, "b-1")


def told(client: Client, position: int):  # type: ignore[no-untyped-def]
    """A receipt as the ledger tells it."""
    request = audit.GetReceiptRequest(position=position)
    return client._audits.GetReceipt(request).receipt
