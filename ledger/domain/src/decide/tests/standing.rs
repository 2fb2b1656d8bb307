//! What was decided stands, for whoever has only the events; `Stream::post` asks of every one.

use proptest::prelude::*;

use crate::command::Context;
use crate::decide::{Breach, standing, standing_correction};
use crate::event::{Event, Flag, Flags};
use crate::fact::FactKind;
use crate::id::{OrgId, StreamId};
use crate::state::State;

use super::support::*;
use super::wild::wild_post;

impl Stream {
    /// What speaks against the event behind what there is, for who has only the events.
    pub(super) fn breaches(&self, who: Who, event: &Event, listed: bool) -> Vec<Breach> {
        let context = Context {
            policy: self.policy.as_ref(),
            cohort: self.cohort.as_ref(),
            canonical: self.canonical.as_ref(),
            history: &self.history,
            order_counts: self.counts,
            ..Context::afterwards(org(who), event.role)
        };
        let stream = match &self.state {
            State::Case(_) => StreamId::Case(CASE),
            State::Initiative(_) => StreamId::Initiative(cohort().initiative()),
            State::Cohort(_) => StreamId::Cohort(cohort()),
            State::Filing(_) => StreamId::Filing(FILING),
            State::Order(_) => StreamId::Order(ORDER),
            State::Org(_) => StreamId::Org(OrgId::OPERATOR),
        };
        let mut breaches = standing(stream, &self.state, event, listed, &context);
        if let State::Case(state) = &self.state {
            breaches.extend(standing_correction(CASE, state, event, &context));
        }
        breaches
    }
}

/// `Stream::post` asks of every event.
#[test]
fn what_a_list_adds_stands_whoever_answers_for_the_case_and_wherever_it_counts() {
    let mut stream = Stream::case(vec![charge(1)]).given([post(CITY, city_case())]);
    let kind = |stream: &Stream| stream.history.last().unwrap().1.fact.kind();
    assert_eq!(kind(&stream), FactKind::PersonLinked);
    stream = stream.given([
        post(DA, linked()),
        post(DA, identified(vec![charge(1), charge(2)])),
    ]);
    assert_eq!(kind(&stream), FactKind::ChargeAdded);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_flag_is_added_or_left_out_unnoticed(
        posts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 12), 0..30),
        at in 0..Flag::ALL.len(),
    ) {
        let mut stream = Stream::case(vec![charge(1), charge(2)]);
        for post in posts.iter().map(|bytes| wild_post(bytes)) {
            let before = stream.clone();
            let Ok(events) = stream.post(&post) else {
                continue;
            };
            let event = &events[0];
            let changed = event.flags.bits() ^ Flags::NONE.with(Flag::ALL[at]).bits();
            let flags = Flags::from_bits(changed).unwrap();
            let changed = Event { flags, ..event.clone() };
            let expected = vec![Breach::Flags {
                kind: event.fact.kind(),
                expected: event.flags,
                found: flags,
            }];
            // What a list says of a person is not recorded where the case has one.
            let lists = matches!(
                event.fact.kind(),
                FactKind::SightingAdded | FactKind::ConfirmationSighted
            );
            if !(lists && Flag::ALL[at] == Flag::PersonDiffers) {
                prop_assert_eq!(before.breaches(post.who, &changed, false), expected);
            }
        }
    }
}
