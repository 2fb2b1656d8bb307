//! Connections that are slow, stalled or hostile, a thousand at once: others are served meanwhile, and
//! the server gets over them by itself while they are still there.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use self::house::House;
use self::wire::{
    END_HEADERS, END_STREAM, Wire, continuation, data, field, greeting, head, headers, reset,
};
use crate::support::{BINARY, Place};

mod house;
mod wire;

/// Connections of each kind.
const MANY: usize = 1_000;

/// The most memory that the server may ever have had, in KiB: three times the 150 MiB that were
/// measured, so that another build passes, and half a megabyte for each of them does not.
const MEMORY_MAX: u64 = 460_000;

const HEALTH: &str = "/grpc.health.v1.Health/Check";
const SUBMIT: &str = "/caseledger.v1.CommandService/Submit";
const CONFIRM: &str = "/caseledger.v1.CourtService/PostFilingConfirmations";
const INFO: &str = "/caseledger.v1.AuditService/GetLedgerInfo";
const SUBSCRIBE: &str = "/caseledger.v1.EventService/Subscribe";

/// A thousand of the same.
struct Crowd<'a> {
    what: &'a str,
    open: &'a dyn Fn() -> Wire,
    /// What each of them sends after that, one byte at a time, again and again.
    drip: &'a [u8],
    /// Connections that the server holds at least while they come.
    held: usize,
}

const fn crowd<'a>(
    what: &'a str,
    open: &'a dyn Fn() -> Wire,
    drip: &'a [u8],
    held: usize,
) -> Crowd<'a> {
    Crowd {
        what,
        open,
        drip,
        held,
    }
}

impl Crowd<'_> {
    /// Comes, and stays until the server is rid of it.
    fn meets(&self, house: &House) {
        let what = self.what;
        let mut wires = Vec::new();
        let mut held = 0;
        while wires.len() < MANY {
            wires.push((self.open)());
            // The first may be gone before the last comes.
            if wires.len().is_multiple_of(50) {
                held = held.max(house.connections());
            }
        }
        assert!(held >= self.held, "{what}: {held}");
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for byte in self.drip.iter().cycle() {
                    for wire in &mut wires {
                        // Each may wait for a peer that does not read.
                        if over.load(Ordering::Acquire) {
                            return;
                        }
                        wire.send(&[*byte]);
                    }
                }
            });
            // A failure must not leave the other thread without an end.
            let _over = Over(&over);
            house.serves(what);
            house.rests(what);
        });
        house.serves(what);
        house.rests(what);
        let memory = house.memory_max();
        assert!(memory < MEMORY_MAX, "{what}: {memory} KiB");
    }
}

/// Says when it is over, however it ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn a_thousand_who_do_not_get_to_speak_are_let_go() {
    let house = House::new();
    let (calls, dialler) = (house.calls(), &house.dialler);
    crowd("silence", &|| dialler.plain(calls), &[], 200).meets(&house);
    crowd("half a hello", &|| dialler.half_hello(calls), &[], 200).meets(&house);
    crowd("no certificate", &|| dialler.stranger(calls), &[], 200).meets(&house);
    crowd("a certificate", &|| dialler.certified(calls), &[], 200).meets(&house);
    crowd(
        "a hello in drops",
        &|| dialler.plain(calls),
        &[0x16, 3, 1, 0x40, 0],
        200,
    )
    .meets(&house);
}

#[test]
fn a_thousand_who_speak_slowly_or_never_finish_are_let_go() {
    let house = House::new();
    let (calls, dialler) = (house.calls(), &house.dialler);
    let speak = |bytes: &[u8]| dialler.certified(calls).sending(bytes);
    // A frame of 16 KiB, of which nobody sees the end.
    crowd("drops", &|| speak(&greeting(None)), &[0, 0x40, 0], 200).meets(&house);
    for path in [SUBMIT, CONFIRM] {
        let bytes = [
            greeting(None),
            headers(END_HEADERS, 1, &head(path, &[])),
            data(0, 1, false, 4 << 20, &[0; 8 * 1024]),
        ]
        .concat();
        crowd(path, &|| speak(&bytes), &[], 200).meets(&house);
    }
    let bytes = [greeting(None), headers(END_HEADERS, 1, &head(HEALTH, &[]))].concat();
    crowd(
        "half a probe without a certificate",
        &|| dialler.stranger(calls).sending(&bytes),
        &[],
        200,
    )
    .meets(&house);
}

/// What a thousand send at once, each on a connection of its own.
fn floods() -> Vec<(&'static str, Vec<u8>)> {
    let small = field("x-more", &[b'x'; 64]);
    let large = field("x-more", &[b'x'; 12 * 1024]);
    let whole = |more: &[u8], message: &[u8]| {
        let head = headers(END_HEADERS, 1, &head(SUBMIT, more));
        [&head[..], message].concat()
    };
    let mut endless = headers(0, 1, &head(HEALTH, &[]));
    let mut resets = Vec::new();
    for number in 0..100 {
        endless.extend(continuation(0, 1, &small));
        let stream = 2 * number + 1;
        resets.extend(headers(END_HEADERS, stream, &head(SUBMIT, &[])));
        resets.extend(reset(stream));
    }
    let huge = [
        headers(END_STREAM, 1, &head(HEALTH, &large)),
        continuation(0, 1, &large),
        continuation(END_HEADERS, 1, &large),
    ];
    let too_long = data(END_STREAM, 1, false, 100 << 20, &[0; 8 * 1024]);
    let zipped = data(END_STREAM, 1, true, 8 * 1024, &[0; 8 * 1024]);
    vec![
        ("a head without end", endless),
        ("a huge head", huge.concat()),
        ("streams begun and reset", resets),
        ("a message beyond the limit", whole(&[], &too_long)),
        (
            "a message that is compressed",
            whole(&field("grpc-encoding", b"gzip"), &zipped),
        ),
    ]
}

#[test]
fn a_thousand_floods_wash_nobody_away() {
    let house = House::new();
    let (calls, dialler) = (house.calls(), &house.dialler);
    for (what, bytes) in floods() {
        let bytes = [greeting(None), bytes].concat();
        crowd(what, &|| dialler.certified(calls).sending(&bytes), &[], 0).meets(&house);
    }
}

#[test]
fn a_thousand_who_never_read_hold_up_nobody() {
    let house = House::new();
    let (calls, dialler) = (house.calls(), &house.dialler);
    for path in [INFO, SUBSCRIBE] {
        // Not a byte of the answer may be sent.
        let bytes = [
            greeting(Some(0)),
            headers(END_HEADERS, 1, &head(path, &[])),
            data(END_STREAM, 1, false, 0, &[]),
        ]
        .concat();
        crowd(path, &|| dialler.certified(calls).sending(&bytes), &[], 200).meets(&house);
    }
}

#[test]
fn a_thousand_who_ask_for_pages_slowly_or_not_at_all_are_let_go() {
    const GET: &[u8] = b"GET /checkpoint HTTP/1.1\r\nhost: log\r\n\r\n";
    let house = House::new();
    let (pages, dialler) = (house.pages(), &house.dialler);
    let ask = |bytes: &[u8]| dialler.stranger(pages).sending(bytes);
    crowd("silence", &|| dialler.plain(pages), &[], 200).meets(&house);
    crowd("nothing behind the handshake", &|| ask(b""), &[], 64).meets(&house);
    crowd("one page", &|| ask(GET), &[], 64).meets(&house);
    crowd("pages unread", &|| ask(&GET.repeat(100)), &[], 0).meets(&house);
    let head = b"GET /checkpoint HTTP/1.1\r\nhost: log\r\nx-more: ";
    crowd("a head in drops", &|| ask(head), b"x", 64).meets(&house);
}

#[test]
fn as_many_files_may_be_open_as_connections() {
    let place = Place::with_ledger();
    // The soft limit only: what many systems begin with, or less.
    let script = "ulimit -S -n 256 && exec \"$0\" serve --data ledger --listen 127.0.0.1:0";
    let mut few = Command::new("sh");
    few.args(["-c", script, BINARY])
        .current_dir(place.path("."))
        .env("CASELEDGER__LOG__FILTER", "warn");
    let server = Place::serve_by(few);
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let row = limits.lines().find(|row| row.starts_with("Max open files"));
    let [soft, hard] = [3, 4].map(|column| {
        let limit = row.unwrap().split_whitespace().nth(column).unwrap();
        // Or `unlimited`.
        limit.parse().unwrap_or(u64::MAX)
    });
    // Nobody gets more than the hard limit.
    assert!(soft >= hard.min(4_096 + 257), "{limits}");
    assert_eq!(server.terminate(), 0);
}
