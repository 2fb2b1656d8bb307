//! Logs that declare who may state what: each way of stating more than that, well chained.

use std::collections::BTreeMap;

use caseledger_domain::vocabulary::LegalBasis;
use caseledger_domain::{
    Breach, CohortFact, ControlTotals, Flag, InitiativeFact, OrgFact, Policy, Rejection, RuleSet,
    StreamId, Text,
};

use super::*;

/// One microsecond before and at the midnight in Los Angeles that begins 2 June 2023.
const FIRST_OF_JUNE: u64 = 1_685_689_199_999_999;
const SECOND_OF_JUNE: u64 = 1_685_689_200_000_000;

/// A log of many streams and many posters.
struct Declared {
    entries: Vec<Vec<u8>>,
    head: Digest,
    streams: BTreeMap<StreamId, (u64, Digest)>,
    recorded_at: u64,
    flags: Flags,
}

fn org(text: &str) -> OrgId {
    text.parse().unwrap()
}

fn court(code: &str) -> Text<16> {
    code.parse().unwrap()
}

fn day(number: u32) -> Date {
    Date::from_yyyymmdd(number).unwrap()
}

fn registered() -> OrgFact {
    OrgFact::OrganisationRegistered {
        name: "SUPERIOR COURT".parse().unwrap(),
    }
}

fn granted(role: Role, counties: &[u16], courts: &[&str]) -> OrgFact {
    OrgFact::RoleGranted {
        role,
        counties: counties.to_vec(),
        courts: courts.iter().copied().map(court).collect(),
        valid_from: day(20_200_101),
        valid_until: Some(day(20_230_601)),
    }
}

fn bound(uri: &str) -> OrgFact {
    OrgFact::PrincipalBound {
        uri: uri.parse().unwrap(),
        valid_until: None,
    }
}

fn for_good(role: Role) -> OrgFact {
    OrgFact::RoleGranted {
        role,
        counties: Vec::new(),
        courts: Vec::new(),
        valid_from: day(20_200_101),
        valid_until: None,
    }
}

fn case() -> StreamId {
    StreamId::Case(CaseId::from_bytes([2; 16]))
}

impl Declared {
    fn empty() -> Self {
        Self {
            entries: Vec::new(),
            head: Digest::ZERO,
            streams: BTreeMap::new(),
            recorded_at: FIRST_OF_JUNE,
            flags: Flags::NONE,
        }
    }

    fn genesis(mut self) -> Self {
        for fact in [
            registered(),
            for_good(Role::Operator),
            bound("urn:operator"),
        ] {
            self = self.act("operator", fact);
        }
        self
    }

    /// A prosecutor of county 37, a court of it, and a body that may approve.
    fn with_orgs() -> Self {
        let mut log = Self::empty().genesis();
        for (name, fact) in [
            ("lada", registered()),
            ("lada", granted(Role::ProsecutorCounty, &[37], &[])),
            ("lasc", registered()),
            ("lasc", granted(Role::Court, &[], &["LASC-CJC"])),
            ("ag", registered()),
            ("ag", for_good(Role::Oversight)),
            ("ag", bound("urn:ag")),
        ] {
            log = log.act(name, fact);
        }
        log
    }

    /// Stated by the operator about an organisation.
    fn act(self, organisation: &str, fact: OrgFact) -> Self {
        self.act_by("operator", Role::Operator, organisation, fact)
    }

    fn act_by(self, who: &str, role: Role, organisation: &str, fact: OrgFact) -> Self {
        let stream = StreamId::Org(org(organisation));
        self.push(who, role, stream, Fact::Org(fact))
    }

    fn waiting(mut self) -> Self {
        self.flags = Flags::NONE.with(Flag::AwaitsApproval);
        self
    }

    fn at(mut self, recorded_at: u64) -> Self {
        self.recorded_at = recorded_at;
        self
    }

    fn push(mut self, who: &str, role: Role, stream: StreamId, fact: Fact) -> Self {
        let flags = std::mem::replace(&mut self.flags, Flags::NONE);
        let charges = Charges::default();
        let event = Event {
            flags,
            charges,
            ..event(role, fact)
        };
        let position = self.entries.len() as u64;
        let (revision, stream_prev) = *self.streams.entry(stream).or_insert((0, Digest::ZERO));
        let mut message = [0; 16];
        message[..8].copy_from_slice(&position.to_be_bytes());
        let header = Header {
            ledger: LedgerId::from_bytes([1; 16]),
            position: Position::new(position),
            recorded_at: self.recorded_at,
            prev: self.head,
            stream: StreamKey {
                kind: stream.kind().number(),
                id: stream.id_bytes(),
            },
            revision,
            stream_prev,
            submitter: SubmitterId::parse(who).unwrap(),
            submitter_seq: 0,
            message_id: MessageId::from_bytes(message),
            part: 0,
            parts: 1,
            content: Digest::from_bytes([3; 32]),
            commitment: Digest::ZERO,
            body_type: event.fact.kind().number(),
            body_version: BODY_VERSION,
        };
        let (mut body, mut entry) = (Vec::new(), Vec::new());
        encode_event(&event, &mut body);
        encode(&header, &body, &mut entry).unwrap();
        self.head = chain_hash(&entry);
        self.streams.insert(stream, (revision + 1, self.head));
        self.entries.push(entry);
        self
    }

    fn listed(self, who: &str) -> Self {
        self.push(
            who,
            Role::ProsecutorCounty,
            case(),
            Fact::Case(identified()),
        )
    }

    /// What is found, with the position of each. These logs open no list and determine nothing: that events come in
    /// their turn is asked in `forbidden`.
    fn found(&self) -> Vec<(u64, Fault)> {
        let mut replay = Replay::start(Plan {
            ledger: None,
            recount: Recount::EveryPosition,
            day: day_of,
        })
        .unwrap();
        let mut batch = Batch::new();
        for entry in &self.entries {
            batch.push(entry);
        }
        replay.push(batch);
        let derived = replay.finish().conclude();
        assert!(derived.not_checked.is_empty() && derived.completeness.is_empty());
        let found = derived.integrity.into_iter();
        let found = found.map(|finding| (finding.position.unwrap().get(), finding.fault));
        found
            .filter(|(_, fault)| {
                !matches!(
                    fault,
                    Fault::Forbidden(Breach::Refused(_) | Breach::Charges(_))
                )
            })
            .collect()
    }

    /// The only thing found, at the last entry.
    fn last(&self) -> Fault {
        let mut found = self.found();
        let (position, fault) = found.pop().expect("nothing is found");
        assert_eq!(
            (position, found.len()),
            (self.entries.len() as u64 - 1, 0),
            "{fault}: {found:?}"
        );
        assert_eq!(
            (fault.kind(), fault.question()),
            ("not-authorised", Question::Integrity)
        );
        fault
    }
}

fn refused(log: &Declared) -> Rejection {
    match log.last() {
        Fault::Authority(rejection) => rejection,
        other => panic!("{other}"),
    }
}

fn sealed() -> Fact {
    Fact::Case(CaseFact::RecordNotFound {
        search: Coded::Unmapped("SEARCHED".parse().unwrap()),
    })
}

#[test]
fn a_log_in_which_everybody_keeps_to_what_is_granted_is_clean() {
    let log = Declared::with_orgs().listed("lada");
    let log = log.push("lasc", Role::Court, case(), sealed());
    assert!(log.found().is_empty(), "{:?}", log.found());
    // Nothing is said of organisations in a log that declares nothing.
    let undeclared = Declared::empty().listed("nobody-knows");
    assert!(undeclared.found().is_empty(), "{:?}", undeclared.found());
}

#[test]
fn an_act_bears_the_flags_of_the_rules_and_no_others() {
    let flagged = |mut log: Declared, flag| {
        log.flags = Flags::NONE.with(flag);
        log.act("lada", bound("urn:lada"))
    };
    for flag in [Flag::OutOfOrder, Flag::UnmappedCode, Flag::CountMismatch] {
        let found = flagged(Declared::with_orgs(), flag).found();
        assert!(
            matches!(
                found.as_slice(),
                [(10, Fault::Forbidden(Breach::Flags { .. }))]
            ),
            "{flag:?}: {found:?}"
        );
    }
    assert!(
        Declared::with_orgs()
            .act("lada", bound("urn:lada"))
            .found()
            .is_empty()
    );
}

#[test]
fn every_way_of_stating_more_than_was_granted_is_a_finding_of_its_own() {
    let role = Role::ProsecutorCounty;
    let poster = org("nobody");
    let unknown = Declared::with_orgs().listed("nobody");
    assert_eq!(refused(&unknown), Rejection::PosterUnknown(poster));

    let poster = org("lasc");
    let other_role = Declared::with_orgs().listed("lasc");
    assert_eq!(
        refused(&other_role),
        Rejection::RoleNotGranted { poster, role }
    );

    let poster = org("lada");
    let (from, until) = (day(20_200_101), Some(day(20_230_601)));
    assert!(
        Declared::with_orgs()
            .at(FIRST_OF_JUNE)
            .listed("lada")
            .found()
            .is_empty()
    );
    let over = Declared::with_orgs().at(SECOND_OF_JUNE).listed("lada");
    let today = day(20_230_602);
    let expired = Rejection::GrantNotInForce {
        poster,
        role,
        today,
        from,
        until,
    };
    assert_eq!(refused(&over), expired);

    let revoked = Declared::with_orgs().act("lada", OrgFact::RoleRevoked { role });
    assert_eq!(
        refused(&revoked.listed("lada")),
        Rejection::RoleNotGranted { poster, role }
    );

    let elsewhere = Declared::with_orgs()
        .act("lada", granted(role, &[59], &[]))
        .listed("lada");
    assert_eq!(
        refused(&elsewhere),
        Rejection::OutsideCounties {
            poster,
            role,
            county: 37
        }
    );

    let (poster, role) = (org("lasc"), Role::Court);
    let log = Declared::with_orgs().act("lasc", granted(role, &[], &["LASC-VN"]));
    let other_court = log.listed("lada").push("lasc", role, case(), sealed());
    let outside = Rejection::OutsideCourts {
        poster,
        role,
        court: court("LASC-CJC"),
    };
    assert_eq!(refused(&other_court), outside);
}

#[test]
fn a_list_is_judged_by_the_counties_of_its_initiative() {
    let counties = vec![59];
    let rule_set = RuleSet {
        id: "LA-P64".parse().unwrap(),
        version: 1,
    };
    let policy = Policy {
        version: 1,
        rule_set,
        challenge_deadline: None,
        approved_to_filed_days: 90,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    };
    let opened = InitiativeFact::InitiativeOpened {
        basis: LegalBasis::Stipulated,
        lead: org("operator"),
        counties,
        policy,
    };
    let initiative = StreamId::Initiative("OC-2021".parse().unwrap());
    let log = Declared::with_orgs();
    let log = log.push(
        "operator",
        Role::Operator,
        initiative,
        Fact::Initiative(opened),
    );
    let list = CohortFact::CohortOpened {
        version: 1,
        source: Source::CourtRecords,
        file_digest: [7; 32],
        declared: ControlTotals::default(),
        supersedes: None,
    };
    let cohort = StreamId::Cohort("OC-2021.1".parse().unwrap());
    let log = log.push("lada", Role::ProsecutorCounty, cohort, Fact::Cohort(list));
    let (poster, role) = (org("lada"), Role::ProsecutorCounty);
    assert_eq!(
        refused(&log),
        Rejection::OutsideCounties {
            poster,
            role,
            county: 59
        }
    );
}

#[test]
fn acts_about_organisations_are_judged_like_everything_else() {
    let stranger = Declared::with_orgs().act_by("lada", Role::Operator, "lada", bound("urn:lada"));
    let (poster, role) = (org("lada"), Role::Operator);
    assert_eq!(
        refused(&stranger),
        Rejection::RoleNotGranted { poster, role }
    );
    let locked = Declared::with_orgs().act("operator", OrgFact::RoleRevoked { role });
    assert_eq!(refused(&locked), Rejection::WouldLockOut);
    let undeclared = Declared::empty().act("lada", registered());
    assert_eq!(undeclared.last(), Fault::Undeclared(registered().kind()));
    let late = Declared::empty()
        .listed("lada")
        .act("operator", registered());
    assert_eq!(late.last(), Fault::DeclaredLate);
}

#[test]
fn an_act_that_another_organisation_did_not_approve_is_a_finding_of_its_own() {
    let required =
        || Declared::with_orgs().act("operator", OrgFact::ApprovalRequired { required: true });
    let approved = |who, role, log: Declared| {
        log.act_by(who, role, "sfsc", OrgFact::ActApproved { revision: 0 })
    };
    let waits = || required().waiting().act("sfsc", registered());
    let clean = approved("ag", Role::Oversight, waits());
    assert!(clean.found().is_empty(), "{:?}", clean.found());
    let own = approved("operator", Role::Operator, waits());
    let operator = org("operator");
    assert_eq!(
        refused(&own),
        Rejection::ApproverIsPoster { approver: operator }
    );
    let at_once = required().act("sfsc", registered());
    assert_eq!(at_once.last(), Fault::Approval { expected: true });
    let for_nobody = Declared::with_orgs().waiting().act("sfsc", registered());
    assert_eq!(for_nobody.last(), Fault::Approval { expected: false });
    let nothing = approved("ag", Role::Oversight, required());
    assert_eq!(refused(&nothing), Rejection::NotPending(0));
}
