//! How much one organisation may ask for: so much in a second, and so many calls at once.
//!
//! Where everybody shares one writer, whoever sends without end takes it from all others. Each
//! organisation therefore has an account of its own: a bucket of tokens that fills at a fixed rate
//! (the generic cell rate algorithm), and places for calls that are open. A call takes a token,
//! and so does each submission of a stream behind the first. A call that finds none is refused with
//! the time until there is one; a stream waits for it and is not read meanwhile. Of the streams that
//! stay open nobody has more than a share.
//!
//! Callers that name no organisation have no account. They read what is public, within the
//! bounds on connections and long reads.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use caseledger_domain::OrgId;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

use crate::config::Limits;

/// Accounts that are kept. Whoever comes when all are in use shares one account with all others
/// that do.
const ACCOUNTS_MAX: usize = 4_096;

/// Of the streams that stay open, one organisation may have one of so many.
const SUBSCRIPTIONS: u32 = 4;

/// Of the batches that are held at once, one organisation may have one of so many.
const BATCHES: u32 = 4;

/// Messages of the largest size that one organisation may have on their way at once. Others wait, and
/// are not read meanwhile.
const ARRIVING: usize = 16;

/// Time as tokio sees it, which tests can stop.
#[derive(Clone, Debug)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = std::time::Instant;

    fn now(&self) -> Self::Instant {
        Instant::now().into_std()
    }
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<std::time::Instant>>;

/// What organisations may ask for. Clones share the accounts.
#[derive(Clone, Debug)]
pub(crate) struct Quotas(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    quota: Quota,
    calls: u32,
    shares: Shares,
    /// With the time when each was used last.
    accounts: Mutex<HashMap<OrgId, (Arc<Account>, Instant)>>,
    /// Of those for whom there is no room.
    others: Arc<Account>,
}

/// What one organisation may have at once.
#[derive(Clone, Copy, Debug)]
struct Shares {
    calls: usize,
    subscriptions: usize,
    batches: usize,
    /// Bytes of messages that are on their way.
    room: usize,
}

#[derive(Debug)]
struct Account {
    bucket: Bucket,
    calls: Arc<Semaphore>,
    subscriptions: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    /// Bytes of messages that are on their way.
    room: Arc<Semaphore>,
}

/// What an organisation has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// It sends faster than it may; how long until it may send again.
    Rate(Duration),
    /// It has so many calls open, and may have no more.
    Calls(u32),
}

impl Limit {
    /// Its name where it is counted.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rate(_) => "rate",
            Self::Calls(_) => "calls",
        }
    }
}

impl Quotas {
    pub(crate) fn new(limits: &Limits) -> Self {
        let positive = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let rate = Quota::per_second(positive(limits.principal_rate));
        let quota = rate.allow_burst(positive(limits.principal_burst));
        let calls = limits.principal_calls;
        let shares = Shares {
            calls: calls as usize,
            subscriptions: limits.subscriptions.div_ceil(SUBSCRIPTIONS) as usize,
            batches: limits.batches.div_ceil(BATCHES) as usize,
            room: ARRIVING * limits.request_bytes as usize,
        };
        Self(Arc::new(Shared {
            quota,
            calls,
            shares,
            accounts: Mutex::new(HashMap::new()),
            others: Arc::new(Account::new(quota, shares)),
        }))
    }

    /// A place for a call of the organisation, and a token. The place is given back when it is
    /// dropped.
    ///
    /// # Errors
    /// The limit that it has reached.
    pub(crate) fn call(&self, org: OrgId) -> Result<OwnedSemaphorePermit, Limit> {
        let place = self.place(org)?;
        match self.account(org).bucket.check() {
            Ok(()) => Ok(place),
            Err(until) => Err(Limit::Rate(wait(&until))),
        }
    }

    /// A place for a call of the organisation that needs no token.
    ///
    /// # Errors
    /// The limit that it has reached.
    pub(crate) fn place(&self, org: OrgId) -> Result<OwnedSemaphorePermit, Limit> {
        let account = self.account(org);
        let place = Arc::clone(&account.calls).try_acquire_owned();
        place.map_err(|_cause| Limit::Calls(self.0.calls))
    }

    /// A place for a stream that stays open; none if the organisation has its share.
    pub(crate) fn subscription(&self, org: OrgId) -> Option<OwnedSemaphorePermit> {
        let account = self.account(org);
        Arc::clone(&account.subscriptions).try_acquire_owned().ok()
    }

    /// A place for a batch that is held; none if the organisation has its share.
    pub(crate) fn batch(&self, org: OrgId) -> Option<OwnedSemaphorePermit> {
        let account = self.account(org);
        Arc::clone(&account.batches).try_acquire_owned().ok()
    }

    /// Room for messages that are on their way, in bytes.
    pub(crate) fn room(&self, org: OrgId) -> Arc<Semaphore> {
        Arc::clone(&self.account(org).room)
    }

    /// Waits for so many tokens. There is no order among those who wait for one account.
    pub(crate) async fn tokens(&self, org: OrgId, count: u32) {
        let account = self.account(org);
        let most = self.0.quota.burst_size();
        let Some(count) = NonZeroU32::new(count).map(|count| count.min(most)) else {
            return;
        };
        // Not more than a full bucket holds was asked for.
        while let Ok(Err(until)) = account.bucket.check_n(count) {
            sleep(wait(&until)).await;
        }
    }

    fn account(&self, org: OrgId) -> Arc<Account> {
        let shared = &*self.0;
        let now = Instant::now();
        // Nothing panics while it is held.
        let mut accounts = shared
            .accounts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((account, used)) = accounts.get_mut(&org) {
            *used = now;
            return Arc::clone(account);
        }
        if accounts.len() >= ACCOUNTS_MAX {
            // An account whose bucket is full again and that has no call is like a new one.
            let fill = shared.quota.burst_size_replenished_in();
            accounts.retain(|_, (account, used)| {
                let busy = account.calls.available_permits() < shared.calls as usize;
                busy || now.duration_since(*used) < fill
            });
        }
        if accounts.len() >= ACCOUNTS_MAX {
            return Arc::clone(&shared.others);
        }
        let account = Arc::new(Account::new(shared.quota, shared.shares));
        accounts.insert(org, (Arc::clone(&account), now));
        account
    }
}

impl Account {
    fn new(quota: Quota, shares: Shares) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self {
            bucket: Bucket::direct_with_clock(quota, TokioClock),
            calls: semaphore(shares.calls),
            subscriptions: semaphore(shares.subscriptions),
            batches: semaphore(shares.batches),
            room: semaphore(shares.room),
        }
    }
}

fn wait(until: &NotUntil<std::time::Instant>) -> Duration {
    // At least a millisecond, which is what can be told.
    until
        .wait_time_from(TokioClock.now())
        .max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests;
