//! A hostile feed of a court: every message one to four times, in any order, a part of them before their case exists,
//! with crashes in between after which the client sends again what got no answer. It ends where the clean feed ends.

mod feed;
mod place;

use std::collections::BTreeMap;

use caseledger_chain::{Digest, SubmitterId};
use caseledger_domain::{
    CaseFact, CaseState, Event, Fact, FactKind, Flags, OrderCounts, State, StreamId,
    view::{AsOf, CaseCard, Dimension, Excluded, Filter, Group, Standing, TotalsQuery, Unit},
};
use caseledger_engine::{Ack, Direction, Engine, Poster, Reader, Submission};
use proptest::prelude::*;

use self::{
    feed::{Feed, Message, ORDER, Story, story},
    place::{Crash, InFolder, InMemory, Place, crash},
};
use crate::support::*;

/// How the feed arrives. The smallest one is the clean feed.
#[derive(Clone, Debug)]
struct Trouble {
    /// How often a message is sent, message by message, in turn.
    copies: Vec<u8>,
    /// Where a copy comes, copy by copy, in turn.
    ranks: Vec<u16>,
    /// How many messages are posted at once, in turn.
    jobs: Vec<u8>,
    /// With which job what happens.
    crashes: Vec<(u16, Crash)>,
}

fn trouble(crashes: usize) -> impl Strategy<Value = Trouble> {
    (
        prop::collection::vec(1..5_u8, 1..32),
        prop::collection::vec(any::<u16>(), 1..128),
        prop::collection::vec(1..6_u8, 1..8),
        prop::collection::vec((any::<u16>(), crash()), 0..crashes),
    )
        .prop_map(|(copies, ranks, jobs, crashes)| Trouble {
            copies,
            ranks,
            jobs,
            crashes,
        })
}

impl Trouble {
    /// The messages as they are sent, together with what is sent at once.
    fn deliveries(&self, messages: &[Message]) -> Vec<(Poster, Vec<Submission>)> {
        let copies = messages.iter().zip(self.copies.iter().cycle());
        let sent =
            copies.flat_map(|(message, copies)| std::iter::repeat_n(message, (*copies).into()));
        let mut ranked: Vec<_> = sent.zip(self.ranks.iter().cycle()).collect();
        ranked.sort_by_key(|(_, rank)| **rank);
        let mut sizes = self.jobs.iter().cycle();
        let mut room = 0;
        let mut jobs: Vec<(Poster, Vec<Submission>)> = Vec::new();
        for (message, _) in ranked {
            match jobs.last_mut() {
                Some((poster, job)) if room > 0 && *poster == message.poster => {
                    job.push(message.submission.clone());
                }
                _ => {
                    room = *sizes.next().unwrap();
                    jobs.push((message.poster, vec![message.submission.clone()]));
                }
            }
            room -= 1;
        }
        jobs
    }
}

/// Where a message was recorded, to be the same whenever it is sent again.
type Answers = BTreeMap<(String, [u8; 16]), Vec<(u64, Digest)>>;

fn note(answers: &mut Answers, poster: &Poster, submission: &Submission, ack: &Ack) {
    let receipts = ack.receipts.iter();
    let places: Vec<_> = receipts
        .map(|receipt| (receipt.position().get(), receipt.chain_hash()))
        .collect();
    let key = (poster.org.to_string(), submission.message_id);
    let first = answers.entry(key).or_insert_with(|| places.clone());
    assert_eq!(*first, places, "another receipt for the same message");
}

fn send(place: &mut dyn Place, feed: &Feed, trouble: &Trouble) {
    let mut answers = Answers::new();
    let mut post = |place: &mut dyn Place, poster: &Poster, job: &[Submission]| {
        let outcomes = place.engine().submit_wait(*poster, job.to_vec()).unwrap();
        for (submission, outcome) in job.iter().zip(outcomes) {
            note(&mut answers, poster, submission, &outcome.unwrap());
        }
    };
    for Message { poster, submission } in &feed.before {
        post(place, poster, std::slice::from_ref(submission));
    }
    let jobs = trouble.deliveries(&feed.messages);
    for (at, (poster, job)) in jobs.iter().enumerate() {
        for (when, crash) in &trouble.crashes {
            if usize::from(*when) % jobs.len() == at {
                // Whatever it answered, the client has not heard it.
                place.crash(*poster, job.clone(), *crash);
            }
        }
        post(place, poster, job);
    }
}

/// Where a ledger is in the end: all that does not say in which order it was told.
#[derive(Debug, PartialEq)]
struct End {
    cases: Vec<CaseEnd>,
    totals: Vec<TotalsEnd>,
    feeds: Vec<FeedEnd>,
    /// Confirmations in the inbox.
    unmatched: usize,
    order: (OrderCounts, Option<State>),
    filings: Vec<u32>,
    listed: u32,
}

#[derive(Debug, PartialEq)]
struct CaseEnd {
    card: CaseCard,
    standing: Standing,
    /// How often something of the kind was stated.
    stated: BTreeMap<FactKind, usize>,
}

#[derive(Debug, PartialEq)]
struct TotalsEnd {
    unit: Unit,
    by: Option<Dimension>,
    groups: Vec<Group>,
    /// Passing, counted, people unknown, waiting.
    counts: [u64; 4],
    excluded: Excluded,
}

/// Whose, the highest number, submissions, and the numbers left out.
type FeedEnd = (SubmitterId, u64, u64, Vec<(u64, u64)>);

fn end(engine: &Engine, feed: &Feed) -> End {
    let reader = engine.reader();
    let cases = feed.stated.iter().zip(0..);
    let cases = cases.map(|(stated, number)| case_end(&reader, number, *stated));
    let filings = (0..feed.stated.len() as u64).map(|number| match file(number).fact {
        Fact::Case(CaseFact::FilingSubmitted { filing, .. }) => filing,
        other => panic!("{other:?}"),
    });
    let filings: Vec<_> = filings.collect();
    let order = reader.state(&StreamId::Order(ORDER)).unwrap().value;
    let views = reader.views(|views| {
        let lists = views.worklists();
        let filings = filings.iter().map(|filing| lists.filing_cases(*filing));
        (
            lists.unmatched_len(),
            lists.order_counts(ORDER),
            filings.collect(),
            lists.cohort_cases(cohort()),
        )
    });
    let (unmatched, counts, filings, listed) = views.unwrap().value;
    End {
        cases: cases.collect(),
        totals: totals_end(&reader),
        feeds: feeds_end(&reader),
        unmatched,
        order: (counts, order),
        filings,
        listed,
    }
}

/// Everything of the state of a case, but:
/// - the revisions, of the case and of its determination: what was held has two entries, and what comes late may stand
///   in front of what was stated before;
/// - the flags: they say what was odd when it arrived, and that it arrived out of order is what they are for.
///
/// And the id of the case, which is drawn, is not on the card.
fn case_end(reader: &Reader, number: u64, stated: usize) -> CaseEnd {
    let case = reader.case_of(&token(number)).unwrap();
    let stream = StreamId::Case(case);
    let Some(State::Case(state)) = reader.state(&stream).unwrap().value else {
        panic!("case {number} is not there");
    };
    let history = reader
        .history(&stream, 0, Direction::Forwards, 1_000, None)
        .unwrap();
    let events: Vec<_> = history.value.into_iter().map(|one| one.event).collect();
    let stated_of = statements(&events);
    // Each message once: what was prepared, the list, and what was confirmed, held or not.
    let listed = events.iter().filter(|event| of_list(event)).count();
    assert_eq!(
        stated_of.values().sum::<usize>(),
        stated + listed,
        "{events:#?}"
    );
    let matched = |event: &&Event| event.fact.kind() == FactKind::ConfirmationMatched;
    let held = |event: &&Event| event.fact.kind() == FactKind::ConfirmationHeld;
    let (held, matched) = (
        events.iter().filter(held).count(),
        events.iter().filter(matched).count(),
    );
    assert_eq!(held, matched, "{events:#?}");
    CaseEnd {
        card: card(&state),
        standing: state.standing(),
        stated: stated_of,
    }
}

/// Stated by the prosecutor.
fn of_list(event: &Event) -> bool {
    matches!(
        event.fact.kind(),
        FactKind::CaseIdentified
            | FactKind::EligibilityDetermined
            | FactKind::ReviewApproved
            | FactKind::FilingSubmitted
    )
}

/// What was stated, by kind. What is known already when it is stated first (an order to seal what is sealed under that
/// order) counts as it would in order: it is one statement, recorded as a sighting.
fn statements(events: &[Event]) -> BTreeMap<FactKind, usize> {
    let mut stated = BTreeMap::new();
    for event in events {
        let kind = match &event.fact {
            Fact::Case(CaseFact::ConfirmationHeld { fact, .. }) => fact.kind(),
            Fact::Case(CaseFact::ConfirmationSighted { kind }) => *kind,
            Fact::Case(CaseFact::ConfirmationMatched { .. }) => continue,
            fact => fact.kind(),
        };
        *stated.entry(kind).or_default() += 1;
    }
    stated
}

fn card(state: &CaseState) -> CaseCard {
    let mut card = CaseCard::new(state);
    card.revisions = 0;
    card.flags = Flags::NONE;
    for charge in &mut card.charges {
        if let Some(determined) = &mut charge.state.determined {
            determined.revision = 0;
        }
    }
    card
}

/// Totals of every unit by every dimension but the flags, for the reason given above. How far they are complete counts
/// entries, of which a hostile feed has more.
fn totals_end(reader: &Reader) -> Vec<TotalsEnd> {
    let dimensions = Dimension::ALL.iter().copied();
    let dimensions = dimensions.filter(|dimension| *dimension != Dimension::Flag);
    let by: Vec<_> = [None].into_iter().chain(dimensions.map(Some)).collect();
    let mut totals = Vec::new();
    for unit in [Unit::Cases, Unit::Charges, Unit::People] {
        for by in &by {
            let query = TotalsQuery::new(unit, by.as_slice(), Filter::default());
            // The highest phase of a case is none of a charge.
            let Ok(query) = query else { continue };
            let answer = reader.totals(&query, AsOf::Now).unwrap();
            totals.push(TotalsEnd {
                unit,
                by: *by,
                groups: answer.groups,
                counts: [
                    answer.total,
                    answer.counted,
                    answer.people_unknown_cases,
                    answer.unmatched,
                ],
                excluded: answer.excluded,
            });
        }
    }
    totals
}

/// What each poster sent. Entries are more where what was held is matched, and which message showed a gap first
/// depends on the order; which numbers are missing does not.
fn feeds_end(reader: &Reader) -> Vec<FeedEnd> {
    let feeds = reader.feeds(None, 100).value.into_iter();
    feeds
        .map(|(submitter, feed)| {
            let gaps = feed.gaps().iter().map(|gap| (gap.from(), gap.to()));
            let gaps = gaps.collect();
            (submitter, feed.highest(), feed.submissions(), gaps)
        })
        .collect()
}

/// The end of the clean feed: every message once, in order, nothing crashes, and lists come first.
fn clean(stories: &[Story]) -> End {
    let feed = Feed::new(stories);
    let memory = Memory::opened();
    let (lists, rest): (Vec<_>, Vec<_>) = feed
        .messages
        .iter()
        .partition(|message| message.poster == prosecutor());
    for message in feed.before.iter().chain(lists).chain(rest) {
        let Message { poster, submission } = message.clone();
        accept(&memory.engine, poster, submission);
    }
    end(&memory.engine, &feed)
}

fn check(place: &mut dyn Place, stories: &[Story], trouble: &Trouble) {
    open(place.engine());
    let feed = Feed::new(stories);
    send(place, &feed, trouble);
    let (found, clean) = (end(place.engine(), &feed), clean(stories));
    assert_eq!(found.unmatched, 0, "the inbox is not empty");
    // One after the other, so that a failure shows one.
    for (found, clean) in found.cases.iter().zip(&clean.cases) {
        assert_eq!(found, clean);
    }
    for (found, clean) in found.totals.iter().zip(&clean.totals) {
        assert_eq!(found, clean);
    }
    assert_eq!(found, clean);
    place.check();
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 80,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_hostile_feed_ends_where_the_clean_one_ends(
        stories in prop::collection::vec(story(), 1..5),
        trouble in trouble(6),
    ) {
        check(&mut InMemory::new(), &stories, &trouble);
    }
}

proptest! {
    // Every crash copies the folder of the ledger.
    #![proptest_config(ProptestConfig {
        cases: 8,
        max_shrink_iters: 64,
        max_shrink_time: 60_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_hostile_feed_ends_where_the_clean_one_ends_though_the_files_are_those_of_crashes(
        stories in prop::collection::vec(story(), 2..6),
        trouble in trouble(4),
    ) {
        check(&mut InFolder::new(), &stories, &trouble);
    }
}
