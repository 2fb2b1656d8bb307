//! Events of every kind: one with everything given, one with as little as possible, and any
//! number of random ones.

use caseledger_domain::view::Dimension;
use caseledger_domain::vocabulary::{Coded, Determination, Role, Set, Supervision, Vocabulary};
use caseledger_domain::{
    CaseFact, Charge, ChargeId, ChargeState, Charges, CohortId, ControlTotals, Date, Determined,
    Event, Fact, FactKind, Figure, FigureFilter, FilingId, Flag, Flags, Frozen, InitiativeId,
    Manifest, OrderId, OrgId, PersonRef, Policy, RuleSet, Sheet, Text, Uri,
};

use self::facts::fact;

mod facts;

/// How an event is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Everything that may be given is; codes are known.
    Full,
    /// Nothing that may be missing is given; codes are not in the vocabulary.
    Sparse,
    /// Either, by chance.
    Random,
}

/// Draws values; equal seeds give equal events.
pub(crate) struct Source {
    fill: Fill,
    state: u64,
}

impl Source {
    pub(crate) fn new(fill: Fill, seed: u64) -> Self {
        Self { fill, state: seed }
    }

    // splitmix64
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn given(&mut self) -> bool {
        match self.fill {
            Fill::Full => true,
            Fill::Sparse => false,
            Fill::Random => self.below(2) == 0,
        }
    }

    fn maybe<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.given().then(|| draw(self))
    }

    fn some<T>(&mut self, min: u64, draw: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = match self.fill {
            Fill::Full => min.max(2),
            Fill::Sparse => min,
            Fill::Random => min + self.below(4),
        };
        (0..count).map(|_| draw(self)).collect()
    }

    fn number(&mut self) -> u32 {
        // Small and large ones, so that varints of every length come up.
        let bits = self.below(32);
        (self.next() >> (63 - bits)) as u32
    }

    fn one_or_more(&mut self) -> u32 {
        self.number().max(1)
    }

    fn code<T: Vocabulary>(&mut self) -> T {
        T::ALL[self.below(T::ALL.len() as u64) as usize]
    }

    fn role(&mut self) -> Role {
        // Roles that came later would change what was written before.
        Role::ALL[self.below(12) as usize]
    }

    fn coded<T: Vocabulary>(&mut self) -> Coded<T> {
        if self.given() {
            Coded::Known(self.code())
        } else {
            Coded::Unmapped(Text::parse("LOCAL CODE 7").unwrap())
        }
    }

    fn set<T: Vocabulary>(&mut self, min: u64) -> Set<T> {
        self.some(min, Self::code::<T>).into_iter().collect()
    }

    fn date(&mut self) -> Date {
        Date::from_days(self.below(20_000).cast_signed()).unwrap()
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.next() as u8)
    }

    fn order(&mut self) -> OrderId {
        OrderId::from_bytes(self.bytes())
    }

    fn filing(&mut self) -> FilingId {
        FilingId::from_bytes(self.bytes())
    }

    fn person(&mut self) -> PersonRef {
        PersonRef::from_bytes(self.bytes())
    }

    fn org(&mut self) -> OrgId {
        let orgs = ["lada", "lasc", "ca-doj", "pd.la", "pasadena"];
        orgs[self.below(5) as usize].parse().unwrap()
    }

    fn initiative(&mut self) -> InitiativeId {
        let slugs = ["LA-2020-DOJ", "LA-2021-COURT", "SF-2018"];
        slugs[self.below(3) as usize].parse().unwrap()
    }

    fn cohort(&mut self) -> CohortId {
        let sequence = 1 + self.below(99) as u8;
        CohortId::new(self.initiative(), sequence).unwrap()
    }

    fn court(&mut self) -> Text<16> {
        let courts = ["LASC-CJC", "LASC-VAN-NUYS", "SFSC"];
        Text::parse(courts[self.below(3) as usize]).unwrap()
    }

    fn uri(&mut self) -> Uri {
        let names = ["spiffe://lasc.example/clerk", "urn:lada:posts"];
        Uri::parse(names[self.below(2) as usize]).unwrap()
    }

    fn charge_id(&mut self) -> ChargeId {
        ChargeId(1 + self.below(9) as u16)
    }

    fn charge(&mut self) -> Charge {
        let sections = [
            "HS 11357(b)",
            "HS 11358",
            "HS 11359",
            "HS 11360(a)",
            "HS 11530",
        ];
        Charge {
            id: self.charge_id(),
            section: Text::parse(sections[self.below(5) as usize]).unwrap(),
            family: self.code(),
            severity: self.code(),
            conviction_year: 1961 + self.below(60) as u16,
            counts: 1 + self.below(3) as u8,
            sentence: self.code(),
            in_comment_only: self.given(),
        }
    }

    fn rules(&mut self) -> RuleSet {
        RuleSet {
            id: Text::parse("LA-CHAIN").unwrap(),
            version: 1 + self.below(9) as u16,
        }
    }

    fn manifest(&mut self) -> Manifest {
        Manifest {
            rows: self.one_or_more(),
            root: self.bytes(),
        }
    }

    fn totals(&mut self) -> ControlTotals {
        ControlTotals {
            rows: self.number(),
            felonies: self.number(),
            misdemeanors: self.number(),
            infractions: self.number(),
            unknown: self.number(),
        }
    }

    fn policy(&mut self) -> Policy {
        Policy {
            version: 1 + self.below(9) as u16,
            rule_set: self.rules(),
            challenge_deadline: self.maybe(Self::date),
            approved_to_filed_days: 90,
            filed_to_decided_days: 60,
            ordered_to_entered_days: self.below(1000) as u16,
            dismissed_to_sealed_days: 30,
            entered_to_reported_days: 30,
            reported_to_updated_days: 0,
        }
    }

    fn charge_state(&mut self) -> ChargeState {
        ChargeState {
            charge: self.charge(),
            decision: self.code(),
            decision_on: self.maybe(Self::date),
            decision_before: self.maybe(Self::code),
            determined: self.maybe(|s| Determined {
                determination: s.code(),
                remedy: s.maybe(Self::code),
                reason: s.coded(),
                rules: s.rules(),
                revision: u64::from(s.number()),
            }),
            proposed: self.maybe(Self::code::<Determination>),
            disposition: self.code(),
            disposition_on: self.maybe(Self::date),
            severity_after: self.maybe(Self::code),
            seal: self.code(),
            seal_on: self.maybe(Self::date),
            surfaces: self.set(0),
            extent: self.maybe(Self::code),
            repository: self.code(),
            repository_on: self.maybe(Self::date),
            notice: self.code(),
            notice_on: self.maybe(Self::date),
            order: self.maybe(Self::order),
            seal_order: self.maybe(Self::order),
            filing: self.maybe(Self::filing),
            supervision: self.code::<Supervision>(),
            referred_to: self.maybe(Self::org),
            claimed: self.maybe(Self::code),
            submitted: self.maybe(Self::filing),
            entered_since: self.maybe(Self::date),
            case_word: self.maybe(Self::code),
            case_word_on: self.maybe(Self::date),
        }
    }

    fn figure(&mut self) -> Figure {
        let labels = ["LA FELONIES", "MISDEMEANORS", "ALL COUNTIES"];
        Figure {
            label: Text::parse(labels[self.below(3) as usize]).unwrap(),
            stage: self.code(),
            unit: self.code(),
            filters: self.some(0, |s| FigureFilter {
                dimension: Dimension::ALL[s.below(22) as usize],
                values: s.some(1, |s| {
                    let values = ["037", "LASC-CJC", "HS 11357(b)"];
                    Text::parse(values[s.below(3) as usize]).unwrap()
                }),
            }),
            denominator: self.code(),
            value: self.maybe(|s| u64::from(s.number())),
            of: self.maybe(|s| u64::from(s.number())),
        }
    }

    fn sheet(&mut self) -> Sheet {
        Sheet {
            reference: Text::parse("https://da.example/news/66000").unwrap(),
            figures: self.some(1, Self::figure),
            frozen: self.maybe(|s| Frozen {
                size: u64::from(s.number()),
                root: s.bytes(),
            }),
        }
    }

    /// A fact within a fact.
    fn stated(&mut self) -> CaseFact {
        let kinds = [
            FactKind::DispositionEntered,
            FactKind::SealingExecuted,
            FactKind::FilingAccepted,
            FactKind::DojRecordUpdated,
        ];
        let kind = kinds[self.below(4) as usize];
        match fact(kind, self) {
            Fact::Case(fact) => fact,
            other => panic!("{:?} is about no case", other.kind()),
        }
    }
}

/// An event of a kind.
pub(crate) fn event(kind: FactKind, s: &mut Source) -> Event {
    Event {
        occurred_on: s.date(),
        role: s.role(),
        flags: s
            .some(0, |s| Flag::ALL[s.below(24) as usize])
            .into_iter()
            .collect::<Flags>(),
        charges: Charges::new(s.some(0, Source::charge_id)),
        fact: fact(kind, s),
    }
}
