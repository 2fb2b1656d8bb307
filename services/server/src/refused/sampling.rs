//! So many refusals of one organisation are kept in a minute; of the others the newest, with their
//! number.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use caseledger_domain::OrgId;
use caseledger_proto::Reason;

use super::Line;

/// How long a window is.
const WINDOW: Duration = Duration::from_mins(1);

/// Windows that are kept; organisations beyond share one.
const WINDOWS_MAX: usize = 4_096;

/// Kinds of refusals that do not crowd each other out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Class {
    /// What was posted, or who posted it.
    Post,
    /// How much.
    Limit,
}

impl Class {
    /// The class of a reason; none for what is no refusal of a post, but a condition of the
    /// ledger.
    pub(super) const fn of(reason: Reason) -> Option<Self> {
        match reason {
            Reason::MalformedField
            | Reason::MessageTooLarge
            | Reason::Unauthenticated
            | Reason::NoIdentity
            | Reason::CertificateWithoutUri
            | Reason::CertificateUriAmbiguous
            | Reason::UnknownPrincipal
            | Reason::PrincipalExpired
            | Reason::TokenWithoutTls
            | Reason::TokenMalformed
            | Reason::TokenUnknown
            | Reason::TokenExpired
            | Reason::IdentitiesDisagree
            | Reason::RoleAmbiguous
            | Reason::ReadNotAllowed
            | Reason::MessageIdReused
            | Reason::SignatureRequired
            | Reason::SignatureInvalid
            | Reason::SigningKeyUnknown
            | Reason::NumberUsed
            | Reason::NumberGaps
            | Reason::NotFound
            | Reason::BeyondLedger
            | Reason::Rule(_) => Some(Self::Post),
            Reason::RateLimited | Reason::TooManyCalls | Reason::Overloaded => Some(Self::Limit),
            Reason::NoSuchMethod
            | Reason::DeadlineExceeded
            | Reason::ShuttingDown
            | Reason::StoreUnavailable
            | Reason::ReadOnly
            | Reason::OutcomeUnknown
            | Reason::DataLoss
            | Reason::Internal => None,
        }
    }
}

/// Who is refused what kind of thing. Nobody in particular where the caller is not known.
pub(super) type Key = (Option<OrgId>, Class);

/// Decides which refusals are kept.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    per_window: u32,
    windows: HashMap<Key, Window>,
    /// Of those for whom there is no room.
    others: Option<Window>,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    kept: u32,
    /// The newest refusal that was not kept, with the number of those before it.
    newest: Option<Line>,
}

impl Sampler {
    pub(super) fn new(per_window: u32) -> Self {
        Self {
            per_window,
            ..Self::default()
        }
    }

    /// The refusal, if it is to be kept.
    pub(super) fn take(&mut self, key: Key, line: Line, now: Instant) -> Option<Line> {
        let new = || Window {
            since: now,
            kept: 0,
            newest: None,
        };
        let room = self.windows.len() < WINDOWS_MAX || self.windows.contains_key(&key);
        let window = if room {
            self.windows.entry(key).or_insert_with(new)
        } else {
            self.others.get_or_insert_with(new)
        };
        window.take(line, now, self.per_window)
    }

    /// The newest refusals of windows that are over, or of `all`. What is over is forgotten.
    pub(super) fn settle(&mut self, now: Instant, all: bool) -> Vec<Line> {
        let mut settled = Vec::new();
        let mut over = |window: &mut Window| {
            let over = all || now.duration_since(window.since) >= WINDOW;
            if over {
                settled.extend(window.newest.take());
            }
            over
        };
        self.windows.retain(|_, window| !over(window));
        if self.others.as_mut().is_some_and(over) {
            self.others = None;
        }
        settled.sort_by_key(|line| line.at);
        settled
    }
}

impl Window {
    fn take(&mut self, mut line: Line, now: Instant, most: u32) -> Option<Line> {
        if now.duration_since(self.since) >= WINDOW {
            (self.since, self.kept) = (now, 0);
        }
        let before = self.newest.take();
        let before = before.map_or(0, |newest| newest.left_out + 1);
        line.left_out = before;
        if self.kept < most {
            self.kept += 1;
            return Some(line);
        }
        self.newest = Some(line);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: u64) -> Line {
        Line {
            number: 0,
            at,
            org: None,
            role: None,
            reason: "ROLE_NOT_ALLOWED".to_owned(),
            rules: Vec::new(),
            method: None,
            message: None,
            content: None,
            trace: None,
            left_out: 0,
        }
    }

    fn key(org: &str) -> Key {
        (Some(org.parse().unwrap()), Class::Post)
    }

    #[test]
    fn what_is_left_out_is_counted_in_the_next_line() {
        let mut sampler = Sampler::new(2);
        let begun = Instant::now();
        let mut take = |at, after: u64| {
            let taken = sampler.take(key("lada"), line(at), begun + Duration::from_secs(after));
            taken.map(|line| (line.at, line.left_out))
        };
        assert_eq!(take(1, 0), Some((1, 0)));
        assert_eq!(take(2, 1), Some((2, 0)));
        assert_eq!(take(3, 2), None);
        assert_eq!(take(4, 3), None);
        assert_eq!(take(5, 60), Some((5, 2)));
        assert_eq!(take(6, 61), Some((6, 0)));
        assert_eq!(take(7, 62), None);
        // Others have windows of their own, and so have limits.
        let other = sampler.take(key("lasc"), line(8), begun);
        assert!(other.is_some());
        let limit = (key("lada").0, Class::Limit);
        assert!(sampler.take(limit, line(9), begun).is_some());
    }

    #[test]
    fn when_the_flood_is_over_its_newest_refusal_is_kept_with_the_number() {
        let mut sampler = Sampler::new(1);
        let begun = Instant::now();
        for at in 0..5 {
            sampler.take(key("lada"), line(at), begun);
        }
        assert!(sampler.settle(begun, false).is_empty());
        let settled = sampler.settle(begun + WINDOW, false);
        let told: Vec<_> = settled
            .iter()
            .map(|line| (line.at, line.left_out))
            .collect();
        assert_eq!(told, [(4, 3)]);
        assert!(sampler.windows.is_empty());
        // At the end nothing is kept back.
        sampler.take(key("lada"), line(7), begun);
        sampler.take(key("lada"), line(8), begun);
        assert_eq!(sampler.settle(begun, true).len(), 1);
    }

    #[test]
    fn there_are_only_so_many_windows() {
        let mut sampler = Sampler::new(1);
        let begun = Instant::now();
        let taken = |sampler: &mut Sampler, number: usize| {
            let line = sampler.take(key(&format!("org-{number}")), line(0), begun);
            line.is_some()
        };
        for number in 0..WINDOWS_MAX {
            assert!(taken(&mut sampler, number));
        }
        assert!(taken(&mut sampler, WINDOWS_MAX));
        assert!(!taken(&mut sampler, WINDOWS_MAX + 1), "they share one");
        assert_eq!(sampler.windows.len(), WINDOWS_MAX);
    }
}
