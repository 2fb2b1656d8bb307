//! A ledger whose operator has registered one prosecutor, and a court that is none any more.

use std::path::Path;
use std::sync::{Arc, mpsc};

use caseledger_chain::Origin;
use caseledger_domain::OrgId;
use caseledger_domain::vocabulary::Role;
use caseledger_engine::genesis::declare;
use caseledger_engine::{
    Clock, Config as EngineConfig, Engine, Job, LedgerPaths, ManualClock, Poster, Submission,
    SystemRandom, init,
};
use caseledger_proto::convert;
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use sha2::{Digest as _, Sha256};

use crate::support::{NOW, message_id, post, submission};

pub(crate) const OPERATOR: &str = "caseledger://org/operator";
pub(crate) const LADA: &str = "caseledger://org/lada";

/// Bound until the day before.
pub(crate) const LEFT: &str = "caseledger://org/lada/left";

/// Of an organisation that was a court until the day before.
const LATE: &str = "caseledger://org/late";

pub(crate) const TOKEN: &str = "clt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Valid until the day before.
pub(crate) const OVER: &str = "clt_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

/// The day before the one that the clock of the ledger shows.
pub(crate) const YESTERDAY: u32 = 20_210_925;

/// In microseconds.
const DAY: u64 = 24 * 3_600_000_000;

/// A statement about an organisation.
pub(crate) fn about(org: &str, fact: Kind) -> v1::Post {
    v1::Post {
        occurred_on: YESTERDAY,
        ..post(v1::target::Target::Organisation(org.to_owned()), fact)
    }
}

pub(crate) fn granted(role: ev::Role) -> Kind {
    Kind::RoleGranted(ev::RoleGranted {
        role: role.into(),
        valid_from: 20_210_101,
        ..ev::RoleGranted::default()
    })
}

/// A court, from a first day to a last one.
pub(crate) fn lasting(valid_from: u32, valid_until: u32) -> Kind {
    Kind::RoleGranted(ev::RoleGranted {
        role: ev::Role::Court.into(),
        valid_from,
        valid_until,
        ..ev::RoleGranted::default()
    })
}

pub(crate) fn revoked(role: ev::Role) -> Kind {
    Kind::RoleRevoked(ev::RoleRevoked { role: role.into() })
}

pub(crate) fn registered(name: &str) -> Kind {
    let name = name.to_owned();
    Kind::OrganisationRegistered(ev::OrganisationRegistered { name })
}

pub(crate) fn bound(uri: &str, valid_until: u32) -> Kind {
    let uri = uri.to_owned();
    Kind::PrincipalBound(ev::PrincipalBound { uri, valid_until })
}

pub(crate) fn issued(token: &str, valid_until: u32) -> Kind {
    Kind::TokenIssued(ev::TokenIssued {
        sha256: Sha256::digest(token.as_bytes()).to_vec(),
        valid_until,
    })
}

/// A new ledger in a folder, in which `lada` is a county prosecutor and `late` was a court.
pub(crate) fn declared(folder: &Path) -> Engine {
    let paths = LedgerPaths::beside(folder).unwrap();
    let origin = Origin::parse("ledger.example/test").unwrap();
    init(&paths, &origin, "a test", &SystemRandom).unwrap();
    let config = EngineConfig::new(paths);
    let manual = Arc::new(ManualClock::new(NOW - DAY));
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&manual);
    let name = "LEDGER OPERATOR".parse().unwrap();
    declare(&config, &clock, name, OPERATOR.parse().unwrap()).unwrap();
    let (engine, _) = Engine::open(&config, clock, &|_| {}).unwrap();
    let lada = [
        registered("DISTRICT ATTORNEY"),
        granted(ev::Role::ProsecutorCounty),
        bound(LADA, 0),
        bound(LEFT, YESTERDAY),
        issued(TOKEN, 0),
        issued(OVER, YESTERDAY),
    ];
    state(&engine, 1, lada.map(|fact| about("lada", fact)));
    let late = [
        registered("COURT"),
        lasting(20_210_101, YESTERDAY),
        bound(LATE, 0),
    ];
    state(&engine, 2, late.map(|fact| about("late", fact)));
    manual.set(NOW);
    engine
}

/// Has the operator record something.
fn state(engine: &Engine, number: u64, posts: impl IntoIterator<Item = v1::Post>) {
    let wire = submission(message_id(1_000 + number), posts.into_iter().collect());
    let key = engine.identity().index_key();
    let submission: Submission = convert::submission(wire, &**key).unwrap();
    let (sender, outcomes) = mpsc::channel();
    let poster = Poster {
        org: OrgId::OPERATOR,
        role: Role::Operator,
    };
    let job = Job {
        poster,
        submissions: vec![submission],
        reply: Box::new(move |outcomes| sender.send(outcomes).unwrap()),
    };
    engine.submit(job).unwrap();
    for outcome in outcomes.recv().unwrap() {
        outcome.unwrap();
    }
}
