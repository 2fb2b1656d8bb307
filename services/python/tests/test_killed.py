"""Servers that die before their answer arrives, never answer, or show two histories."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from caseledger import Batch, NotBelieved, Retry, Unreachable
from conftest import Place

# More than control frames of HTTP/2 have, less than an answer with a receipt.
ANSWER_BYTES = 400


class Wire:
    """A connection that can be cut between a request and its answer."""

    def __init__(self, address: str) -> None:
        self.target = self._of(address)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.keep_answers = threading.Event()
        self.answered = threading.Event()
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def _of(address: str) -> tuple[str, int]:
        parts = urlsplit(address)
        return parts.hostname or "", parts.port or 0

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            self.open += [near, far]
            threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        kept = 0
        try:
            while data := source.recv(65_536):
                if answers and self.keep_answers.is_set():
                    kept += len(data)
                    if kept >= ANSWER_BYTES:
                        self.answered.set()
                else:
                    sink.sendall(data)
        except OSError:
            pass
        # The other side learns of the end, too.
        for side in (source, sink):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def lead_to(self, address: str) -> None:
        """From now on connections go there, and answers pass."""
        self.keep_answers.clear()
        self.target = self._of(address)
        self._cut()

    def _cut(self) -> None:
        while self.open:
            side = self.open.pop()
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self) -> None:
        """Cuts everything."""
        self.listener.close()
        self._cut()


@contextmanager
def killed_before_the_answer(place: Place, wire: Wire) -> Iterator[None]:
    """Kills the server once it has answered what is done inside, keeps the answer, and starts
    another one on the same ledger."""

    def kill() -> None:
        assert wire.answered.wait(30)
        place.servers[-1].kill()
        wire.lead_to(place.serve().address)

    killer = threading.Thread(target=kill)
    wire.keep_answers.set()
    killer.start()
    yield
    killer.join()


def test_a_message_whose_answer_was_lost_is_recorded_once(place: Place) -> None:
    place.list_cases()
    wire = Wire(place.serve().address)
    retry = Retry(attempts=20, longest=0.5)
    with place.client(wire.address, retry=retry) as client:
        before = client.checkpoint().size
        court = client.court("LASC-CJC", source="odyssey")
        with killed_before_the_answer(place, wire):
            confirmed = court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-11")
        # Recorded by the first server, proven by the second.
        assert confirmed.status == "DUPLICATE"
        assert [receipt.position for receipt in confirmed.receipts] == [before]
        assert client.submission_status(confirmed.message_id) == confirmed.receipts
        assert client.checkpoint().size == before + 1
    wire.close()


def test_a_batch_whose_answers_were_lost_is_recorded_once(place: Place) -> None:
    place.list_cases()
    wire = Wire(place.serve().address)
    rows = "".join(f"SYN-{n},RULING,DENIED,2020-02-11,PROCEDURAL\n" for n in range(1, 1201))
    batch = Batch.parse(f"case_number,statement,status,date,code\n{rows}".encode())
    results = place.folder / "results.csv"
    with place.client(wire.address, retry=Retry(attempts=20, longest=0.5)) as client:
        before = client.checkpoint().size
        court = client.court("LASC-CJC", source="odyssey")
        with killed_before_the_answer(place, wire):
            outcome = court.post_manifest(batch, "b-1", results=results)
        assert len(outcome.rows) == 1200 and not outcome.refused
        assert outcome.count("DUPLICATE") > 0
        positions = [position for row in outcome.rows.values() for position in row.positions]
        assert sorted(positions) == list(range(before, before + 1200))
        assert court.manifest_status("b-1", 1200) == [(1, 1200)]
    assert len(results.read_text().splitlines()) == 1201
    wire.close()


def test_a_ledger_that_shows_two_histories_is_noticed(place: Place) -> None:
    place.list_cases()
    for suffix in ("", ".keys", ".vault"):
        shutil.copytree(place.folder / f"ledger{suffix}", place.folder / f"copy{suffix}")
    shutil.copy(place.folder / "ledger.guard", place.folder / "copy.guard")
    wire = Wire(place.serve().address)
    with place.client(wire.address) as client:
        court = client.court("LASC-CJC", source="odyssey")
        receipt = client.receipt(0)
        court.confirm_filing("m-1", "SYN-1", "F-1", filed_on="2020-02-11")
        # Proven to extend the one before.
        size = client.checkpoint().size
        assert receipt.checkpoint.size < size

        wire.lead_to(place.serve(data="copy").address)
        with pytest.raises(NotBelieved, match=f"had {size} before"):
            client.checkpoint()
        with pytest.raises(NotBelieved, match=f"two signed roots for size {size}"):
            court.confirm_filing("m-2", "SYN-2", "F-2", filed_on="2020-02-11")
        with place.client(wire.address) as unknowing:
            larger = unknowing.court("LASC-CJC", source="odyssey")
            larger.confirm_filing("m-3", "SYN-3", "F-3", filed_on="2020-02-11")
        with pytest.raises(NotBelieved, match=f"does not extend size {size}"):
            client.checkpoint()
    wire.close()


def test_a_server_that_never_answers_is_given_up(place: Place) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with place.client(address, retry=Retry(attempts=2, timeout=0.3, first=0.01)) as client:
        with pytest.raises(Unreachable):
            client.checkpoint()
    listener.close()
