//! P1 to P4 and P11 to P14: how fast events are taken, next to those who do less or something else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use caseledger_client::pb::v1;
use prost::Message as _;
use tonic::transport::Channel;

use super::Case;
use super::child::Child;
use super::declared::{Declared, Posts, Way};
use super::drive::{Sample, Spread, drive};
use super::ours::{self, Bulk, Kind, Maker};
use super::peers::{self, Append};
use super::place::Folder;
use super::publisher::Publisher;
use crate::exit::Failure;
use crate::output::Output;
use crate::progress;

/// Connections to each server; every 64 callers share one.
const CHANNELS: usize = 4;

/// Bytes of a request of `UmaDB` beside the data of its event.
const UMA_FRAME_BYTES: usize = 60;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// The ledger.
    Ledger,
    /// The ledger, while somebody publishes its log.
    Published,
    /// A ledger that declares who may state what, posts without signatures.
    Unsigned,
    /// The same, each post signed.
    Signed,
    /// Another one like it, over TLS, posts without signatures.
    Tls,
    /// The first of the two, new cases, each with what is private of the person.
    NewPrivate,
    /// The same ledger, facts about cases that are there, named by their ids: nothing private is kept.
    Known,
    /// The same, each with what is private of the person.
    KnownPrivate,
    /// `UmaDB`, events without tags.
    Uma,
    /// `UmaDB`, one tag per event.
    UmaTagged,
    /// The bare tonic echo.
    Echo,
    /// Append and `fdatasync`.
    Disk,
}

impl Peer {
    /// What people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "caseledger",
            Self::Published => "caseledger, published",
            Self::Unsigned => "caseledger, declared",
            Self::Signed => "caseledger, declared, signed",
            Self::Tls => "caseledger, declared, over TLS",
            Self::NewPrivate => "caseledger, declared, private",
            Self::Known => "caseledger, known cases",
            Self::KnownPrivate => "caseledger, known cases, private",
            Self::Uma => "UmaDB",
            Self::UmaTagged => "UmaDB, 1 tag",
            Self::Echo => "tonic echo, 350 B",
            Self::Disk => "4 KiB + fdatasync",
        }
    }
}

/// One case with one peer, over all rounds.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Which budget it is for.
    pub(super) case: Case,
    /// Who.
    pub(super) peer: Peer,
    /// Requests in flight.
    pub(super) in_flight: usize,
    /// Events per request.
    pub(super) batch: u64,
    /// One per round.
    pub(super) samples: Vec<Sample>,
}

impl Line {
    /// A figure over the rounds.
    pub(super) fn spread(&self, figure: impl Fn(&Sample) -> u64) -> Spread {
        Spread::of(self.samples.iter().map(figure))
    }

    /// How many hundredths of the peer's rate this one reaches, round by round.
    pub(super) fn ratio(&self, peer: &Self) -> Spread {
        let pairs = self.samples.iter().zip(&peer.samples);
        Spread::of(pairs.map(|(ours, theirs)| ours.rate * 100 / theirs.rate.max(1)))
    }
}

/// The cases, before anything is measured.
fn lines(wanted: &[Case], uma: bool) -> Vec<Line> {
    let all = [
        Peer::Disk,
        Peer::Echo,
        Peer::Ledger,
        Peer::Uma,
        Peer::UmaTagged,
    ];
    let cases = [
        (Case::P1, 1, 1, &all[..]),
        (Case::P2, 64, 1, &all[1..]),
        (Case::P3, 256, 1, &all[1..]),
        (Case::P4, 4, 100, &[Peer::Ledger, Peer::UmaTagged]),
        (Case::P4, 4, 1_000, &[Peer::Ledger, Peer::UmaTagged]),
        (Case::P11, 64, 1, &[Peer::Ledger, Peer::Published]),
        (Case::P12, 64, 1, &[Peer::Unsigned, Peer::Signed]),
        (Case::P13, 64, 1, &[Peer::Unsigned, Peer::Tls]),
        (
            Case::P14,
            64,
            1,
            &[
                Peer::Known,
                Peer::KnownPrivate,
                Peer::Unsigned,
                Peer::NewPrivate,
            ],
        ),
    ];
    let cases = cases.into_iter().filter(|(case, ..)| wanted.contains(case));
    let lines = cases.flat_map(|(case, in_flight, batch, peers)| {
        let line = move |peer: &Peer| Line {
            case,
            peer: *peer,
            in_flight,
            batch,
            samples: Vec::new(),
        };
        peers.iter().map(line)
    });
    let present = |line: &Line| uma || !matches!(line.peer, Peer::Uma | Peer::UmaTagged);
    lines.filter(present).collect()
}

/// Everything that is compared, running.
struct Rig<'a> {
    folder: &'a Folder,
    ledger_server: Child,
    echo_server: Child,
    uma_server: Option<Child>,
    /// None unless its cost is wanted.
    publisher: Option<Publisher>,
    /// None unless the cost of signatures, of TLS or of private parts is wanted.
    declared: Option<Declared>,
    /// None unless the cost of TLS is wanted.
    tls: Option<Declared>,
    echo: Vec<Channel>,
    ledger: Vec<Channel>,
    uma: Vec<Channel>,
    bulk: Arc<[Bulk]>,
    maker: Arc<Maker>,
    uma_next: Arc<AtomicU64>,
    uma_bytes: usize,
}

/// What was measured, and how large a request was.
#[derive(Clone, Debug, Default)]
pub(super) struct Posted {
    /// The lines.
    pub(super) lines: Vec<Line>,
    /// Bytes in a request of one event, as the ledger takes it.
    pub(super) request_bytes: u64,
}

/// Measures, interleaved: every round does every line once.
///
/// # Errors
/// [`Failure`] if something does not start, or refuses.
pub(super) async fn run(
    folder: &Folder,
    umadb: Option<&Path>,
    wanted: &[Case],
    (rounds, time): (u32, Duration),
    output: &Output,
) -> Result<Posted, Failure> {
    let mut lines = lines(wanted, umadb.is_some());
    if lines.is_empty() {
        return Ok(Posted::default());
    }
    let rig = Rig::start(folder, umadb, wanted).await?;
    let bar = progress::bar(u64::from(rounds) * lines.len() as u64, "measurements");
    for line in &lines {
        // The first calls of all pay for connections, caches and page faults.
        rig.measure(line, time / 4).await?;
    }
    for round in 0..rounds {
        for line in &mut lines {
            bar.set_message(format!("{:?} {}", line.case, line.peer.name()));
            let sample = rig.measure(line, time).await?;
            line.samples.push(sample);
            bar.inc(1);
        }
        output.note(&format!("round {} of {rounds} done", round + 1));
    }
    bar.finish_and_clear();
    let request_bytes = rig.request().encoded_len() as u64;
    Ok(Posted {
        lines,
        request_bytes,
    })
}

impl<'a> Rig<'a> {
    async fn start(
        folder: &'a Folder,
        umadb: Option<&Path>,
        wanted: &[Case],
    ) -> Result<Self, Failure> {
        let key = ours::make_ledger(folder, "posting")?;
        let server = ours::serve(folder, "posting")?;
        let echo_server = Child::own(&["bench".as_ref(), "--serve-echo".as_ref()])?;
        let (ledger, echo) = (
            server.channels(CHANNELS).await?,
            echo_server.channels(CHANNELS).await?,
        );
        let mut uma = Vec::new();
        let uma_server = umadb.map(|program| Child::umadb(program, &folder.path("uma.db")));
        let uma_server = uma_server.transpose()?;
        if let Some(server) = &uma_server {
            uma = server.channels(CHANNELS).await?;
        }
        let maker = Arc::new(Maker::new()?);
        if let Some(channel) = ledger.first() {
            maker.set_up(channel).await?;
        }
        let bulk = Bulk::open(&ledger).await?;
        let followed = wanted.contains(&Case::P11);
        let publisher = followed.then(|| Publisher::start(folder, &server, &key));
        let publisher = publisher.transpose()?;
        let (mut declared, mut tls) = (None, None);
        let declaring = [Case::P12, Case::P13, Case::P14];
        if wanted.iter().any(|case| declaring.contains(case)) {
            declared = Some(Declared::start(folder, Way::Plain, CHANNELS).await?);
        }
        if wanted.contains(&Case::P13) {
            tls = Some(Declared::start(folder, Way::Tls, CHANNELS).await?);
        }
        let uma_next = Arc::new(AtomicU64::new(0));
        let mut rig = Self {
            folder,
            ledger_server: server,
            echo_server,
            uma_server,
            publisher,
            declared,
            tls,
            echo,
            ledger,
            uma,
            bulk,
            maker,
            uma_next,
            uma_bytes: 0,
        };
        rig.uma_bytes = rig.request().encoded_len().saturating_sub(UMA_FRAME_BYTES);
        Ok(rig)
    }

    fn request(&self) -> v1::SubmitRequest {
        v1::SubmitRequest {
            submission: Some(self.maker.submission(Kind::Identify, 0)),
        }
    }

    /// The ledger of a peer that declares who may state what.
    const fn declared(&self, peer: Peer) -> Option<&Declared> {
        match peer {
            Peer::Unsigned | Peer::Signed | Peer::NewPrivate | Peer::Known | Peer::KnownPrivate => {
                self.declared.as_ref()
            }
            Peer::Tls => self.tls.as_ref(),
            Peer::Ledger
            | Peer::Published
            | Peer::Uma
            | Peer::UmaTagged
            | Peer::Echo
            | Peer::Disk => None,
        }
    }

    /// The server of a peer; the disk has none.
    fn server(&self, peer: Peer) -> Option<&Child> {
        match peer {
            Peer::Ledger | Peer::Published => Some(&self.ledger_server),
            Peer::Unsigned
            | Peer::Signed
            | Peer::Tls
            | Peer::NewPrivate
            | Peer::Known
            | Peer::KnownPrivate => self.declared(peer).map(Declared::server),
            Peer::Echo => Some(&self.echo_server),
            Peer::Uma | Peer::UmaTagged => self.uma_server.as_ref(),
            Peer::Disk => None,
        }
    }

    async fn measure(&self, line: &Line, time: Duration) -> Result<Sample, Failure> {
        let cpu = || self.server(line.peer).map_or(Ok(0), Child::cpu_ns);
        let publisher = self
            .publisher
            .as_ref()
            .filter(|_| line.peer == Peer::Published);
        if let (Some(publisher), Some(channel)) = (publisher, self.ledger.first()) {
            publisher.resume(ours::size(channel).await?).await?;
        }
        let before = cpu()?;
        let mut sample = self.drive(line, time).await?;
        if let Some(publisher) = publisher {
            publisher.pause()?;
        }
        sample.cpu = cpu()?.saturating_sub(before) / sample.events.max(1);
        Ok(sample)
    }

    async fn drive(&self, line: &Line, time: Duration) -> Result<Sample, Failure> {
        let Line {
            in_flight, batch, ..
        } = *line;
        // One event per request: 64 callers per connection. Bulk: a connection for each.
        let shared = if batch == 1 { 64 } else { 1 };
        let pick =
            move |channels: &[Channel], caller: usize| channels[caller / shared % CHANNELS].clone();
        match line.peer {
            Peer::Disk => {
                let path = self.folder.path("append");
                tokio::task::block_in_place(|| peers::disk(&path, time))
            }
            Peer::Echo => {
                let channels = self.echo.clone();
                drive(in_flight, time, 1, move |caller| {
                    peers::echo(pick(&channels, caller))
                })
                .await
            }
            Peer::Uma | Peer::UmaTagged => {
                let (channels, next) = (self.uma.clone(), Arc::clone(&self.uma_next));
                let (tagged, bytes) = (line.peer == Peer::UmaTagged, self.uma_bytes);
                let call = move |caller| {
                    let first = next.fetch_add(batch, Ordering::Relaxed);
                    let what = Append {
                        first,
                        events: batch,
                        tagged,
                        bytes,
                    };
                    peers::append(pick(&channels, caller), what)
                };
                drive(in_flight, time, batch, call).await
            }
            Peer::Unsigned | Peer::Tls => self.post(line, Posts::New, time).await,
            Peer::Signed => self.post(line, Posts::Signed, time).await,
            Peer::NewPrivate => self.post(line, Posts::NewPrivate, time).await,
            Peer::Known => self.post(line, Posts::Known, time).await,
            Peer::KnownPrivate => self.post(line, Posts::KnownPrivate, time).await,
            Peer::Ledger | Peer::Published if batch == 1 => {
                let (channels, maker) = (self.ledger.clone(), Arc::clone(&self.maker));
                singles(channels, maker, in_flight, time).await
            }
            Peer::Ledger | Peer::Published => {
                let (streams, maker) = (Arc::clone(&self.bulk), Arc::clone(&self.maker));
                let call = move |caller: usize| {
                    let (streams, maker) = (Arc::clone(&streams), Arc::clone(&maker));
                    async move {
                        let first = maker.take_cases(batch);
                        let numbers = first..first + batch;
                        let posts = numbers.map(|number| maker.submission(Kind::Identify, number));
                        streams[caller % CHANNELS].send(posts.collect()).await
                    }
                };
                drive(in_flight, time, batch, call).await
            }
        }
    }

    /// Posts to the ledger of a peer that declares who may state what.
    async fn post(&self, line: &Line, posts: Posts, time: Duration) -> Result<Sample, Failure> {
        match self.declared(line.peer) {
            Some(declared) => declared.singles(posts, line.in_flight, time).await,
            None => Ok(Sample::default()),
        }
    }
}

/// One new case per request.
///
/// # Errors
/// [`Failure`] if one is refused.
pub(super) async fn singles(
    channels: Vec<Channel>,
    maker: Arc<Maker>,
    in_flight: usize,
    time: Duration,
) -> Result<Sample, Failure> {
    let call = move |caller: usize| {
        let submission = maker.submission(Kind::Identify, maker.take_cases(1));
        ours::submit(channels[caller / 64 % channels.len()].clone(), submission)
    };
    drive(in_flight, time, 1, call).await
}
