//! The small requests: ids, pages, limits, directions.

use std::str::FromStr;

use caseledger_chain::{Position, Size};
use caseledger_domain::{
    CaseId, CaseToken, CohortId, FactKind, FilingId, InitiativeId, OrderId, OrgId, PersonRef,
    StreamId, StreamKind, Target, vocabulary::Role,
};

use super::key::{take_case_key, take_filing, take_order, take_person};
use super::stream::take_stream;
use crate::field::{Wire, exact_bytes, parse};
use crate::pb::v1::{self as pb, get_case_request, look_up_request};
use crate::submission::Pseudonyms;
use crate::wire_error::{Reader, Why, WireErrors, read};

/// Most rows or entries of one answer.
pub const LIMIT_MAX: usize = 1000;

/// Most streams that one call watches.
pub const STREAMS_MAX: usize = 1000;

/// Most submissions of one message of a submission stream.
pub const SUBMISSIONS_MAX: usize = 1000;

/// What to look up cases by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// A case key.
    Case(CaseToken),
    /// A person.
    Person(PersonRef),
}

/// In which direction to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From older to newer.
    Forwards,
    /// From newer to older.
    Backwards,
}

/// A page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Rows at most, 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// Where the page begins, in the terms of the list; none for the first page.
    pub from: Option<u64>,
}

/// What a subscriber wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Where it begins.
    pub from: Position,
    /// Only these kinds of streams; all if empty.
    pub stream_kinds: Vec<StreamKind>,
    /// Only these kinds of facts; all if empty.
    pub fact_kinds: Vec<FactKind>,
    /// Whether entries are to be read, too.
    pub decode: bool,
}

/// Reads which case is asked for: [`Target::Case`] or [`Target::CaseKey`].
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn get_case(
    wire: &pb::GetCaseRequest,
    pseudonyms: &dyn Pseudonyms,
) -> Result<Target, WireErrors> {
    use get_case_request::Case;

    read(|r| match r.present("case", wire.case.as_ref())? {
        Case::CaseId(id) => {
            exact_bytes(id, "case_id", r).map(|id| Target::Case(CaseId::from_bytes(id)))
        }
        Case::CaseKey(key) => r
            .field("case_key", |r| take_case_key(key, r, pseudonyms))
            .map(Target::CaseKey),
    })
}

/// Reads what is looked up.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn look_up(
    wire: &pb::LookUpRequest,
    pseudonyms: &dyn Pseudonyms,
) -> Result<LookUp, WireErrors> {
    use look_up_request::Key;

    read(|r| match r.present("key", wire.key.as_ref())? {
        Key::CaseKey(key) => r
            .field("case_key", |r| take_case_key(key, r, pseudonyms))
            .map(LookUp::Case),
        Key::Person(person) => r
            .field("person", |r| take_person(person, r, pseudonyms))
            .map(LookUp::Person),
    })
}

/// Reads the field `order` of a request.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn order_id(
    wire: Option<&pb::OrderReference>,
    pseudonyms: &dyn Pseudonyms,
) -> Result<OrderId, WireErrors> {
    read(|r| {
        let order = r.present("order", wire)?;
        r.field("order", |r| take_order(order, r, pseudonyms))
    })
}

/// Reads the field `filing` of a request.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn filing_id(
    wire: Option<&pb::FilingReference>,
    pseudonyms: &dyn Pseudonyms,
) -> Result<FilingId, WireErrors> {
    read(|r| {
        let filing = r.present("filing", wire)?;
        r.field("filing", |r| take_filing(filing, r, pseudonyms))
    })
}

/// Reads the field `initiative` of a request.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn initiative_id(wire: &str) -> Result<InitiativeId, WireErrors> {
    read(|r| parse(wire, "initiative", r))
}

/// Reads the field `cohort` of a request.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn cohort_id(wire: &str) -> Result<CohortId, WireErrors> {
    read(|r| parse(wire, "cohort", r))
}

/// Reads the field `message_id` of a request.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn message_id(wire: &[u8]) -> Result<[u8; 16], WireErrors> {
    read(|r| exact_bytes(wire, "message_id", r))
}

/// Reads the field `as_of` of a request.
///
/// # Errors
/// [`WireErrors`] for size 0: before the first entry there is nothing to ask about.
pub fn as_of(wire: Option<u64>) -> Result<Option<Size>, WireErrors> {
    match wire {
        None => Ok(None),
        Some(size) => {
            read(|r| in_range(size, "as_of", r, (1, u64::MAX))).map(|size| Some(Size::new(size)))
        }
    }
}

/// Which confirmations that wait are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxFilter {
    /// Only what this organisation posted.
    pub submitter: Option<OrgId>,
    /// Only what was posted in this role.
    pub role: Option<Role>,
    /// Only what was recorded at least so many days ago.
    pub older_than_days: u32,
}

/// Reads which confirmations that wait are asked for.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn inbox_filter(wire: &pb::ListUnmatchedRequest) -> Result<InboxFilter, WireErrors> {
    read(|r| {
        let submitter: Option<Option<OrgId>> = Wire::take(&wire.submitter, "submitter", r);
        let role: Option<Option<Role>> = Wire::take(&wire.role, "role", r);
        Some(InboxFilter {
            submitter: submitter?,
            role: role?,
            older_than_days: wire.older_than_days,
        })
    })
}

/// Reads the field `limit` of a request.
///
/// # Errors
/// [`WireErrors`] unless it is 1 to [`LIMIT_MAX`].
pub fn limit(wire: u32) -> Result<usize, WireErrors> {
    read(|r| take_limit(wire, r))
}

/// Reads the field `page` of a request.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn page(wire: Option<&pb::Page>) -> Result<Cursor, WireErrors> {
    read(|r| take_page(wire, r))
}

pub(super) fn take_page(wire: Option<&pb::Page>, r: &mut Reader) -> Option<Cursor> {
    let page = r.present("page", wire)?;
    r.field("page", |r| {
        let limit = take_limit(page.limit, r);
        let from = match page.token.as_str() {
            "" => None,
            token => match token.parse() {
                Ok(from) if next_page(Some(from)) == token => Some(from),
                _ => {
                    r.reject("token", Why::UnknownToken);
                    return None;
                }
            },
        };
        Some(Cursor {
            limit: limit?,
            from,
        })
    })
}

/// Reads the field `page` of a request for things in order of their ids, where a token is the id that
/// the page before ended with.
pub(super) fn page_behind<T: FromStr>(
    wire: Option<&pb::Page>,
) -> Result<(usize, Option<T>), WireErrors> {
    read(|r| {
        let page = r.present("page", wire)?;
        r.field("page", |r| {
            let limit = take_limit(page.limit, r);
            let after = match page.token.as_str() {
                "" => None,
                token => match token.parse() {
                    Ok(after) => Some(after),
                    Err(_no_answer_gave_it) => {
                        r.reject("token", Why::UnknownToken);
                        return None;
                    }
                },
            };
            Some((limit?, after))
        })
    })
}

/// The token of the next page, from where it begins; empty on the last one.
pub fn next_page(from: Option<u64>) -> String {
    from.map(|from| from.to_string()).unwrap_or_default()
}

/// Reads the field `direction` of a request.
///
/// # Errors
/// [`WireErrors`] if it is not given or unknown.
pub fn direction(wire: i32) -> Result<Direction, WireErrors> {
    read(|r| {
        match pb::Direction::try_from(wire) {
            Ok(pb::Direction::Forwards) => return Some(Direction::Forwards),
            Ok(pb::Direction::Backwards) => return Some(Direction::Backwards),
            Ok(pb::Direction::Unspecified) => r.reject("direction", Why::Missing),
            Err(_) => r.reject("direction", Why::UnknownNumber(wire)),
        }
        None
    })
}

/// Reads what a subscriber wants to see.
///
/// # Errors
/// [`WireErrors`] with every kind that is unknown.
pub fn subscription(wire: &pb::SubscribeRequest) -> Result<Subscription, WireErrors> {
    read(|r| {
        let stream_kinds = r.items("stream_kinds", wire.stream_kinds.iter(), |number, r| {
            let kind = u8::try_from(*number).ok().and_then(StreamKind::from_number);
            if kind.is_none() {
                r.reject_here(Why::UnknownNumber(*number));
            }
            kind
        });
        let fact_kinds: Option<Vec<FactKind>> = wire
            .fact_kinds
            .iter()
            .map(|number| FactKind::take(number, "fact_kinds", r))
            .collect();
        Some(Subscription {
            from: Position::new(wire.from_position),
            stream_kinds: stream_kinds?,
            fact_kinds: fact_kinds?,
            decode: wire.decode,
        })
    })
}

/// Reads which streams are watched.
///
/// # Errors
/// [`WireErrors`] unless they are 1 to [`STREAMS_MAX`] streams.
pub fn watch(wire: &pb::WatchRequest) -> Result<Vec<StreamId>, WireErrors> {
    read(|r| {
        r.count("streams", wire.streams.len(), (1, STREAMS_MAX))?;
        r.items("streams", wire.streams.iter(), take_stream)
    })
}

/// Checks how many submissions a message of a submission stream has.
///
/// # Errors
/// [`WireErrors`] unless they are 1 to [`SUBMISSIONS_MAX`].
pub fn submission_count(wire: &pb::SubmitStreamRequest) -> Result<(), WireErrors> {
    read(|r| r.count("submissions", wire.submissions.len(), (1, SUBMISSIONS_MAX)))
}

pub(super) fn take_limit(wire: u32, r: &mut Reader) -> Option<usize> {
    in_range(u64::from(wire), "limit", r, (1, LIMIT_MAX as u64)).map(|limit| limit as usize)
}

fn in_range(
    found: u64,
    field: &'static str,
    r: &mut Reader,
    (min, max): (u64, u64),
) -> Option<u64> {
    if (min..=max).contains(&found) {
        return Some(found);
    }
    r.reject(field, Why::Range { min, max, found });
    None
}
