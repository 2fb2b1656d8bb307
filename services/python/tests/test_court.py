"""A court and a ledger: what is said is recorded once, and proven."""

from __future__ import annotations

import csv
import os
import stat
from datetime import date
from pathlib import Path

import pytest

from caseledger import (
    BadBatch,
    Batch,
    Client,
    MalformedField,
    NotAllowed,
    NotBelieved,
    NotIdentified,
    OtherContent,
    Refused,
    Retry,
    RuleBroken,
    Unreachable,
    verify_file,
)
from conftest import Place


def test_a_filing_is_confirmed_once_and_proven(place: Place, client: Client) -> None:
    court = client.court("LASC-CJC", source="odyssey")
    first = court.confirm_filing("m-17", "SYN-1", "F-1", filed_on="2020-02-11")
    assert (first.status, first.message_receipt) == ("ACCEPTED_WITH_FLAGS", "SUCCESS")
    assert first.flags == ("OUT_OF_ORDER", "NO_SUBMISSION")
    again = court.confirm_filing("m-17", "SYN-1", "F-1", filed_on=date(2020, 2, 11))
    assert (again.status, again.receipts) == ("DUPLICATE", first.receipts)
    assert (again.message_id, again.case_id) == (first.message_id, first.case_id)
    sighted = court.confirm_filing("m-18", "syn-1", "F-1", filed_on="2020-02-11")
    assert sighted.status == "SIGHTED"
    held = court.confirm_filing("m-19", "SYN-99", "F-9", filed_on="2020-02-11")
    assert held.status == "HELD"

    assert client.submission_status(first.message_id) == first.receipts
    assert client.submission_status(bytes(16)) is None
    position = first.receipts[0].position
    assert client.receipt(position).entry == first.receipts[0].entry
    assert client.checkpoint().size >= held.receipts[0].position + 1

    # The receipt files, read by another implementation.
    (path,) = first.save(place.folder / "receipts")
    assert path.name == f"{position}.tlog-proof"
    said = place.run("verify", str(path), "--key", "ledger.vkey")
    assert "VERIFIED" in said
    assert first.receipts[0].entry.chain_hash.hex() in said
    assert verify_file(path, place.key).entry == first.receipts[0].entry
    assert first.save(place.folder / "receipts") == [path]
    theirs = place.folder / "theirs.tlog-proof"
    server = place.servers[0].address
    place.run("receipt", str(position), "--out", str(theirs), "--server", server)
    assert theirs.read_bytes() == path.read_bytes()
    forged = path.read_text().replace("index ", "index 1")
    path.write_text(forged)
    place.run("verify", str(path), "--key", "ledger.vkey", code=4)
    with pytest.raises(NotBelieved):
        verify_file(path, place.key)


def test_every_statement_is_recorded_as_it_was_said(client: Client) -> None:
    court = client.court("LASC-CJC", source="odyssey")
    rejected = court.reject_filing(
        "r-1", "SYN-1", "F-1", reviewed_on="2020-02-10", reason="wrong court"
    )
    received = court.confirm_filing(
        "r-2", "SYN-1", "F-2", status="RECEIVED", received_at="2020-02-11T16:40:00-08:00"
    )
    partially = court.confirm_filing(
        "r-3",
        "SYN-4",
        "F-5",
        status="Partially Accepted",
        filed_on="2020-02-11",
        reason="FEE",
        charges=[1],
        rejected_charges=[2],
    )
    held = court.confirm_filing(
        "r-6",
        "SYN-97",
        "F-6",
        status="PARTIALLY_ACCEPTED",
        filed_on="2020-02-11",
        reason="FEE",
        charges=[4, 3],
        rejected_charges=[2, 1],
    )
    docketed = court.confirm_filing(
        "r-4", "SYN-2", "F-3", status="", docketing_status="DOCKETED", filed_on="2020-02-11"
    )
    unknown = court.confirm_filing(
        "r-5", "SYN-3", "F-4", status="Under review", received_at="2020-02-11"
    )
    granted = court.record_ruling(
        "o-1",
        "SYN-1",
        ruling="GRANTED",
        ordered_on="2020-02-12",
        order="ORD-7",
        remedy="DISMISS_AND_SEAL",
    )
    denied = court.record_ruling(
        "o-2", "SYN-2", ruling="DENIED", ordered_on="2020-02-12", reason="house rule 7"
    )
    entered = court.enter_disposition(
        "d-1",
        granted.case_id,
        entered_on="2020-02-13",
        reason="PC_1385",
        order="ORD-7",
        charges=[1],
    )
    sealing = court.record_ruling(
        "o-3", "SYN-1", ruling="SEALING_ORDERED", ordered_on="2020-02-14", order="ORD-8"
    )
    sealed = court.report_sealing(
        "s-1", "SYN-1", executed_on="2020-02-15", surfaces=["PORTAL", "IMAGES", "PORTAL"]
    )
    missing = court.report_missing_record(
        "n-1", "SYN-3", finding="NOT_FOUND", found_on="2020-02-15", reason="FILE_MISSING"
    )
    destroyed = court.report_missing_record(
        "n-2", "SYN-98", finding="DESTROYED", found_on="2020-02-15", reason="GC_68152"
    )
    kinds = [
        [receipt.entry.body_type for receipt in confirmed.receipts]
        for confirmed in (
            rejected,
            received,
            partially,
            docketed,
            unknown,
            granted,
            denied,
            entered,
            sealing,
            sealed,
            missing,
            destroyed,
            held,
        )
    ]
    assert kinds == [
        [27],
        [24],
        [26],
        [25],
        [24, 144],
        [31],
        [32],
        [34],
        [35],
        [36],
        [37],
        [61],
        [61],
    ]
    assert [(r.field, r.raw, r.code) for r in unknown.readings] == [
        ("review_status", "Under review", "")
    ]
    assert "UNMAPPED_CODE" in denied.flags
    assert entered.case_id == granted.case_id


def test_codes_are_read_as_the_operator_says(place: Place) -> None:
    place.list_cases()
    (place.folder / "codes.toml").write_text('[odyssey.review_status]\nreturned = "REJECTED"\n')
    (place.folder / "server.toml").write_text('[court]\ncodes = "codes.toml"\n')
    server = place.serve("--config", "server.toml")
    with place.client(server.address) as client:
        confirmed = client.court("LASC-CJC", source="odyssey").confirm_filing(
            "m-1", "SYN-1", "F-1", status="Returned", reviewed_on="2020-02-11", reason="FEE"
        )
    assert [receipt.entry.body_type for receipt in confirmed.receipts] == [27]
    assert confirmed.readings[0].code == "REJECTED"


def test_a_refusal_says_what_to_mend(place: Place, client: Client) -> None:
    court = client.court("LASC-CJC", source="odyssey")
    with pytest.raises(MalformedField) as malformed:
        court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-31")
    assert malformed.value.refusal.violations[0].subject == "review.official_filed_on"
    assert "SYN-1" not in str(malformed.value)
    with pytest.raises(RuleBroken) as rule:
        court.confirm_filing("m-2", "SYN-1", "F-1", filed_on="2020-02-11", charges=[9])
    assert rule.value.reason == "CHARGE_UNKNOWN"
    court.confirm_filing("m-2", "SYN-1", "F-1", filed_on="2020-02-11")
    with pytest.raises(OtherContent) as other:
        court.confirm_filing("m-2", "SYN-1", "F-1", filed_on="2020-02-12")
    assert other.value.reason == "DUPLICATE_MESSAGE_ID_OTHER_CONTENT"
    address = place.servers[0].address
    with place.client(address, organisation="lada", role="PROSECUTOR_COUNTY") as prosecutor:
        with pytest.raises(NotAllowed) as not_theirs:
            prosecutor.court("LASC-CJC", source="odyssey").confirm_filing(
                "m-3", "SYN-1", "F-1", filed_on="2020-02-11"
            )
        assert not_theirs.value.reason == "ROLE_NOT_ALLOWED"
        # A call that fails as such, with its reason in the details of its status.
        with pytest.raises(Refused) as beyond:
            prosecutor.receipt(1_000_000)
        assert beyond.value.reason == "BEYOND_LEDGER"
        assert beyond.value.refusal.metadata
    with place.client(address, role=None) as nobody, pytest.raises(NotIdentified):
        nobody.court("LASC-CJC", source="odyssey").confirm_filing(
            "m-4", "SYN-1", "F-1", filed_on="2020-02-11"
        )


GRANTED = """\
case_number,severity,statement,status,date,remedy
SYN-1,MISDEMEANOR,RULING,GRANTED,2020-02-11,DISMISS_AND_SEAL
SYN-2,FELONY,RULING,GRANTED,2020-02-11,DISMISS_AND_SEAL
SYN-3,MISDEMEANOR,RULING,GRANTED,2020-02-31,DISMISS_AND_SEAL
#TOTAL,3,1,2,0,0
"""


def rows(path: Path) -> list[list[str]]:
    with open(path, newline="") as file:
        return list(csv.reader(file))


def test_a_batch_is_mended_and_a_worklist_filled_in(place: Place, client: Client) -> None:
    court = client.court("LASC-CJC", source="odyssey")
    results, receipts = place.folder / "granted.results.csv", place.folder / "receipts"
    batch = Batch.parse(GRANTED.encode())
    assert batch.declared and not batch.wrong
    outcome = court.post_manifest(batch, "b-1", order="ORD-7", results=results, receipts=receipts)
    assert [row.row for row in outcome.refused] == [3]
    table = rows(results)
    assert table[0] == ["row", "status", "positions", "case_id", "flags", "reason", "message"]
    assert [row[1] for row in table[1:]] == ["ACCEPTED_WITH_FLAGS"] * 2 + ["REFUSED"]
    assert table[3][5] == "MALFORMED_FIELD"
    assert "SYN-" not in results.read_text()
    assert court.manifest_status("b-1", 3) == [(1, 2)]
    assert len(list(receipts.iterdir())) == 2

    mended = Batch.parse(GRANTED.replace("02-31", "02-11").encode())
    outcome = court.post_manifest(mended, "b-1", order="ORD-7", results=results)
    assert [outcome.count(status) for status in ("DUPLICATE", "ACCEPTED_WITH_FLAGS")] == [2, 1]
    assert rows(results)[1][2:4] == table[1][2:4]
    assert court.manifest_status("b-1", 20_000) == [(1, 3)]

    worklist = court.worklist("ORDERED_NOT_ENTERED")
    assert len(worklist.rows) == 3
    assert {row.open_since for row in worklist.rows} == {date(2020, 2, 11)}
    assert all(len(row.order) == 16 and row.charges == (1,) for row in worklist.rows)
    worklist.save(place.folder / "open.csv")
    said = place.run(
        *"worklist LASC-CJC --kind ordered-not-entered -o csv --as lasc --role COURT".split(),
        "--server",
        place.servers[0].address,
    )
    assert (place.folder / "open.csv").read_text() in said
    sheet = place.folder / "enter.csv"
    worklist.save_sheet(sheet)
    # Nothing is filled in yet: every row is refused, and none of them for ever.
    assert len(court.post_manifest(Batch.read(sheet), "b-2").refused) == 3
    sheet.write_text(sheet.read_text().replace("ENTRY,,,", "ENTRY,DISMISSED,2020-03-01,"))
    outcome = court.post_manifest(Batch.read(sheet), "b-2", order="ORD-7")
    assert not outcome.refused
    assert court.worklist("ORDERED_NOT_ENTERED").rows == ()
    assert len(court.worklist("ENTERED_NOT_SEALED").rows) == 3


def test_a_file_that_is_no_batch_is_not_sent() -> None:
    sheet = "case_number,severity,statement,status,date\nSYN-1,FELONY,RULING,DENIED,2020-02-11\n"
    line = '{"case_number": "SYN-1", "statement": "RULING"}\n'
    for text in (
        "",
        "case_number\n",
        "name\nx\n",
        "order,order\n1,2\n",
        sheet + "#TOTAL,2,2,0,0,0\n",
        sheet + "#TOTAL,1,1,0,0\n",
        sheet + "#TOTAL,1,1,0,0,x\n",
        sheet + "#TOTAL,1,1,0,0,0\nSYN-3,F,RULING,DENIED,2020-02-11\n",
        sheet + "SYN-3,F\n",
        sheet + 'SYN-3,F,"RULING,DENIED,2020-02-11\n',
        line + '{"order": 1}\n',
        line + '{"order": "1"\n',
        line + '{"order": "1", "order": "2"}\n',
        line + '["SYN-1"]\n',
        line + '{"#TOTAL": 1}\n',
    ):
        with pytest.raises(BadBatch) as error:
            Batch.parse(text.encode())
        assert "SYN-" not in str(error.value)
    lines = Batch.parse(line.encode() + b'{"#TOTAL": [1, 0, 0, 0, 1]}\n')
    assert lines.declared and lines.totals.unknown == 1
    wrong = Batch.parse((sheet + "SYN-3,GRAVE,RULING,DENIED,2020-02-11\n").encode())
    assert set(wrong.wrong) == {2}
    assert not wrong.rows[1].confirmation.WhichOneof("statement")


def test_what_cannot_be_safe_is_refused_before_anything_is_sent(place: Place) -> None:
    def refused(why: str, address: str = "https://localhost:1", **options: object) -> None:
        with pytest.raises(ValueError, match=why):
            place.client(address, **options)

    token = place.folder / "token"
    token.write_text("clt_" + "A" * 43)
    token.chmod(0o644)
    refused("write https", "http://ledger.example:7400")
    refused("https only", "http://127.0.0.1:1", token_file=token)
    refused("https only", "http://127.0.0.1:1", ca=place.key)
    refused("no address", "127.0.0.1:7400")
    refused("has mode 644", token_file=token)
    refused("go together", cert=place.key)
    refused("has mode 644", cert=token, key=token)
    refused("organisation", organisation="LASC")
    refused("role", role="court")
    token.chmod(0o600)
    assert stat.S_IMODE(os.stat(token).st_mode) == 0o600
    token.write_text("clt_" + "A" * 42 + "+")
    with pytest.raises(ValueError) as malformed:
        place.client("https://localhost:1", token_file=token)
    assert "AAAA" not in str(malformed.value)


def test_nobody_at_the_address_is_told_after_as_many_attempts(place: Place) -> None:
    pauses: list[float] = []
    retry = Retry(attempts=3, sleep=pauses.append)
    with place.client("http://127.0.0.1:1", retry=retry) as client, pytest.raises(Unreachable):
        client.checkpoint()
    assert len(pauses) == 2
