//! Prints how many events per second the engine records, on the disk under the folder given (or
//! the current one): one event per job from 64 threads, and jobs of 1000 submissions; and how long
//! opening takes behind a clean close and behind none. A ledger that is there already is only opened.
//!
//! `cargo run --release -p caseledger-engine --example submit_rate -- /path/to/folder [bulk jobs]`

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::{
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use caseledger_chain::Origin;
use caseledger_domain::{
    CaseFact, CaseToken, Charge, ChargeId, CohortFact, Command, ControlTotals, Date, Expected,
    Fact, InitiativeFact, Policy, RuleSet, Scope, Target,
    vocabulary::{
        Coded, Determination, DeterminationReason, Family, LegalBasis, Remedy, Role, Severity,
        Source, Supervision,
    },
};
use caseledger_engine::{
    Config, Engine, Job, LedgerPaths, Poster, Submission, SystemClock, SystemRandom, fsck,
};
use caseledger_proto::PrivateOf;

type Failure = Box<dyn Error + Send + Sync>;

const BULK: u64 = 1_000;
const IN_FLIGHT: usize = 4;

fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let jobs = std::env::args()
        .nth(2)
        .map_or(Ok(500), |jobs| jobs.parse::<u64>())?;
    let folder = Path::new(&folder).join("submit_rate.ledger");
    let paths = LedgerPaths::beside(&folder)?;
    if folder.exists() {
        drop(open(&paths)?);
        return Ok(());
    }
    let origin = Origin::parse("ledger.example/rate")?;
    let identity = caseledger_engine::init(&paths, &origin, "submit_rate", &SystemRandom)?;
    let engine = Arc::new(open(&paths)?);
    let mut set = submission(u64::MAX, initiative()?);
    set.commands.push(cohort()?);
    accept(&engine, vec![set])?;

    for threads in [1, 16, 64, 256] {
        singles(&engine, threads)?;
    }
    for (name, kind) in [
        ("identify", Kind::Identify),
        ("identify, 300 private bytes each", Kind::IdentifyPrivately),
        ("determine", Kind::Determine),
        ("approve", Kind::Approve),
    ] {
        bulk(&engine, name, kind, jobs)?;
    }
    proofs(&engine, jobs)?;
    memory()?;
    let began = Instant::now();
    let engine = Arc::into_inner(engine).ok_or("the engine is still shared")?;
    engine.close()?;
    println!("close: {:.2?}", began.elapsed());
    drop(open(&paths)?);
    drop(open(&paths)?);
    let engine = open(&paths)?;
    bulk(&Arc::new(engine), "identify again", Kind::Identify, jobs)?;
    drop(open(&paths)?);
    rotate(&paths)?;
    let began = Instant::now();
    let report = fsck::check(
        &paths,
        identity.verifier(),
        fsck::Depth::Everything,
        &|_| (),
    )?;
    println!(
        "fsck of {} entries: {:.2?}, ok {}",
        report.head.size,
        began.elapsed(),
        report.is_ok()
    );
    Ok(())
}

fn open(paths: &LedgerPaths) -> Result<Engine, Failure> {
    let config = Config::new(paths.clone());
    let (engine, report) = Engine::open(&config, Arc::new(SystemClock), &|_| ())?;
    println!(
        "open of {} entries: {:.2?}, of it folding {} entries {:.2?}, clean {}",
        report.head.size.get(),
        report.took,
        report.replayed.entries,
        report.replayed.took,
        report.store.clean_shutdown
    );
    Ok(engine)
}

static NEXT: AtomicU64 = AtomicU64::new(1 << 40);

/// One event per job, each thread waits for its receipt before it sends the next.
fn singles(engine: &Arc<Engine>, threads: u64) -> Result<(), Failure> {
    let began = Instant::now();
    let time = Duration::from_secs(3);
    let senders = (0..threads).map(|_| {
        let engine = Arc::clone(engine);
        thread::spawn(move || -> Result<Vec<Duration>, Failure> {
            let mut waited = Vec::new();
            while began.elapsed() < time {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let sent = Instant::now();
                accept(&engine, vec![submission(number, identify(number)?)])?;
                waited.push(sent.elapsed());
            }
            Ok(waited)
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut waited = Vec::new();
    for sender in senders {
        waited.append(&mut sender.join().map_err(|_panic| "a sender panicked")??);
    }
    let rate = waited.len() as u128 * 1_000 / began.elapsed().as_millis();
    waited.sort_unstable();
    let at = |part: usize| {
        waited
            .get(waited.len() * part / 1_000)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{threads:>4} threads, 1 event per job: {rate:>7} events/s, p50 {:.2?}, p99 {:.2?}",
        at(500),
        at(990)
    );
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Identify,
    /// Cases of their own, each with what is private of it.
    IdentifyPrivately,
    Determine,
    Approve,
}

/// Jobs of 1000 submissions of one event, a few in flight; every receipt is rendered.
fn bulk(engine: &Arc<Engine>, name: &str, kind: Kind, jobs: u64) -> Result<(), Failure> {
    let job = |job: u64| -> Result<Vec<Submission>, Failure> {
        let numbers = job * BULK..(job + 1) * BULK;
        let submissions = numbers.map(|number| {
            let command = match kind {
                Kind::Identify => identify(number),
                Kind::IdentifyPrivately => identify(BULK * jobs + number),
                Kind::Determine => determine(number),
                Kind::Approve => {
                    let basis = LegalBasis::Hs113619;
                    on_case(number, CaseFact::ReviewApproved { basis })
                }
            };
            let mut submission = submission(NEXT.fetch_add(1, Ordering::Relaxed), command?);
            if let Kind::IdentifyPrivately = kind {
                submission.private.push(PrivateOf {
                    command: 0,
                    explicit: false,
                    bytes: vec![b'x'; 300].into(),
                });
            }
            Ok(submission)
        });
        submissions.collect()
    };
    let (began, cpu) = (Instant::now(), cpu_ticks()?);
    let (sender, receiver) = mpsc::channel();
    let mut in_flight = 0;
    let mut bytes = 0;
    let mut settle = || -> Result<(), Failure> {
        let outcomes: Vec<caseledger_engine::Outcome> = receiver.recv()?;
        for outcome in outcomes {
            for receipt in outcome?.receipts {
                bytes += receipt.tlog_proof()?.len() + receipt.entry().len();
            }
        }
        Ok(())
    };
    for number in 0..jobs {
        let submissions = job(number)?;
        if in_flight == IN_FLIGHT {
            settle()?;
            in_flight -= 1;
        }
        let sender = sender.clone();
        let reply = Box::new(move |outcomes| drop(sender.send(outcomes)));
        engine.submit(Job {
            poster: poster()?,
            submissions,
            reply,
        })?;
        in_flight += 1;
    }
    for _ in 0..in_flight {
        settle()?;
    }
    let rate = u128::from(BULK * jobs) * 1_000 / began.elapsed().as_millis();
    println!(
        "jobs of {BULK} ({name}): {rate:>7} events/s, {} ns of all processors each, {} MB of receipts",
        (cpu_ticks()? - cpu) * 10_000_000 / (BULK * jobs),
        bytes >> 20
    );
    let began = Instant::now();
    engine.reader().views(|_| ())?;
    println!("views caught up {:.2?} later", began.elapsed());
    Ok(())
}

fn proofs(engine: &Engine, jobs: u64) -> Result<(), Failure> {
    let (prover, reader) = (engine.prover(), engine.reader());
    let size = reader.size();
    let began = Instant::now();
    let count = 20_000_u64;
    for at in 0..count {
        let position = caseledger_chain::Position::new(at * 7_919 % size.get());
        prover.inclusion(position, size)?;
    }
    let proofs = u128::from(count) * 1_000_000 / began.elapsed().as_micros();
    let began = Instant::now();
    for at in 0..count {
        let case = reader
            .case_of(&token(at * 17 % (BULK * jobs)))
            .ok_or("case is missing")?;
        let stream = caseledger_domain::StreamId::Case(case);
        reader.history(
            &stream,
            0,
            caseledger_engine::Direction::Forwards,
            100,
            None,
        )?;
    }
    let histories = u128::from(count) * 1_000_000 / began.elapsed().as_micros();
    println!("inclusion proofs {proofs}/s, histories {histories}/s");
    Ok(())
}

/// The time that all threads together had a processor, in hundredths of a second.
fn cpu_ticks() -> Result<u64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no process state")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.map(|ticks| Ok(ticks.parse::<u64>()?)).sum()
}

/// Wraps every data key anew, as a shred does.
fn rotate(paths: &LedgerPaths) -> Result<(), Failure> {
    let began = Instant::now();
    let clock: Arc<dyn caseledger_engine::Clock> = Arc::new(SystemClock);
    let config = Config::new(paths.clone());
    let rotated = caseledger_engine::vault::rotate(&config, &clock, &mut |_done, _of| ())?;
    let took = began.elapsed();
    println!(
        "{} data keys wrapped anew, open and close included: {took:.2?}",
        rotated.keys
    );
    Ok(())
}

/// The most memory the program has had, as the kernel counts it.
fn memory() -> Result<(), Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let lines = status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"));
    lines.for_each(|line| println!("{line}"));
    Ok(())
}

fn accept(engine: &Engine, submissions: Vec<Submission>) -> Result<(), Failure> {
    for outcome in engine.submit_wait(poster()?, submissions)? {
        outcome?;
    }
    Ok(())
}

fn poster() -> Result<Poster, Failure> {
    Ok(Poster {
        org: "lada".parse()?,
        role: Role::ProsecutorCounty,
    })
}

fn submission(message: u64, command: Command) -> Submission {
    let mut message_id = [0; 16];
    message_id[..8].copy_from_slice(&message.to_be_bytes());
    let mut content = [0; 32];
    content[..8].copy_from_slice(&message.to_be_bytes());
    let (submitter_seq, canonical_cases) = (0, Vec::new());
    Submission {
        message_id,
        submitter_seq,
        content,
        bytes: 0,
        commands: vec![command],
        canonical_cases,
        courts: Vec::new(),
        private: Vec::new(),
        signed: None,
    }
}

fn command(target: Target, fact: Fact) -> Result<Command, Failure> {
    let occurred_on = Date::from_yyyymmdd(20_210_927)?;
    Ok(Command {
        target,
        expected: Expected::Any,
        scope: Scope::WholeCase,
        occurred_on,
        fact,
    })
}

fn token(number: u64) -> CaseToken {
    let mut bytes = [7; 16];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    CaseToken::from_bytes(bytes)
}

fn on_case(number: u64, fact: CaseFact) -> Result<Command, Failure> {
    command(Target::CaseKey(token(number)), Fact::Case(fact))
}

fn rules() -> Result<RuleSet, Failure> {
    Ok(RuleSet {
        id: "HS-11361.9".parse()?,
        version: 1,
    })
}

fn initiative() -> Result<Command, Failure> {
    let policy = Policy {
        version: 1,
        rule_set: rules()?,
        challenge_deadline: None,
        approved_to_filed_days: 30,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 60,
    };
    let (basis, lead) = (LegalBasis::Hs113619, poster()?.org);
    let fact = InitiativeFact::InitiativeOpened {
        basis,
        lead,
        counties: vec![37],
        policy,
    };
    command(
        Target::Initiative("LA-2021-COURT".parse()?),
        Fact::Initiative(fact),
    )
}

fn cohort() -> Result<Command, Failure> {
    let fact = CohortFact::CohortOpened {
        version: 1,
        source: Source::CourtRecords,
        file_digest: [5; 32],
        declared: ControlTotals::default(),
        supersedes: None,
    };
    command(
        Target::Cohort("LA-2021-COURT.1".parse()?),
        Fact::Cohort(fact),
    )
}

fn identify(number: u64) -> Result<Command, Failure> {
    let charge = Charge {
        id: ChargeId(1),
        section: "HS 11357(b)".parse()?,
        family: Family::Possession,
        severity: Severity::Felony,
        conviction_year: 1980 + (number % 30) as u16,
        counts: 1,
        sentence: Supervision::Completed,
        in_comment_only: false,
    };
    let fact = CaseFact::CaseIdentified {
        cohort: "LA-2021-COURT.1".parse()?,
        row: (number % 1_000_000) as u32 + 1,
        source: Source::CourtRecords,
        county: 37,
        court: "LASC-CJC".parse()?,
        agency: poster()?.org,
        person: None,
        charges: vec![charge],
    };
    on_case(number, fact)
}

fn determine(number: u64) -> Result<Command, Failure> {
    let fact = CaseFact::EligibilityDetermined {
        determination: Determination::Eligible,
        remedy: Some(Remedy::DismissAndSeal),
        rules: rules()?,
        reasons: vec![Coded::Known(DeterminationReason::Section11357Ab)],
        evaluated_as_of: Date::from_yyyymmdd(20_210_927)?,
    };
    on_case(number, fact)
}
