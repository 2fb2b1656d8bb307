//! When to try again, and for how long.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tonic::Status;

use crate::error::ClientError;

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Time for everything: all attempts and the pauses between them.
    pub deadline: Duration,
    /// Attempts, at least 1.
    pub attempts: u32,
    /// The first pause; it doubles each time. What the server asks for wins if it is longer.
    pub pause: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

impl Default for Policy {
    /// Five attempts within 30 seconds, with pauses from 50 milliseconds to 2 seconds.
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            attempts: 5,
            pause: Duration::from_millis(50),
            pause_max: Duration::from_secs(2),
        }
    }
}

impl Policy {
    /// Calls until there is an answer that trying again would not change. Each attempt is told
    /// the time that is left.
    pub(crate) async fn run<T, A>(
        &self,
        mut attempt: impl FnMut(Duration) -> A,
    ) -> Result<T, ClientError>
    where
        A: Future<Output = Result<T, Status>>,
    {
        let end = Instant::now() + self.deadline;
        let mut tried = 0;
        loop {
            tried += 1;
            let left = end.saturating_duration_since(Instant::now());
            let error = match timeout_at(end, attempt(left)).await {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(status)) => ClientError::from(status),
                Err(_elapsed) => return Err(ClientError::Deadline),
            };
            if tried >= self.attempts || !error.is_transient() {
                return Err(error);
            }
            let pause = Instant::now() + self.pause_before(tried, &error);
            if pause >= end {
                return Err(error);
            }
            sleep_until(pause).await;
        }
    }

    /// The pause after so many attempts: between half and all of what the doubling says.
    pub(crate) fn pause_before(&self, tried: u32, error: &ClientError) -> Duration {
        let doubled = self
            .pause
            .saturating_mul(1 << tried.saturating_sub(1).min(16));
        let most = doubled.min(self.pause_max);
        let share = getrandom::u32().map_or(1.0, |lot| f64::from(lot) / f64::from(u32::MAX));
        let drawn = most.mul_f64(0.5 + share / 2.0);
        drawn.max(error.retry_after().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use caseledger_proto::reason::{ERROR_DOMAIN, Reason};
    use tonic::Code;
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    const POLICY: Policy = Policy {
        deadline: Duration::from_secs(10),
        attempts: 3,
        pause: Duration::from_millis(100),
        pause_max: Duration::from_secs(1),
    };

    async fn attempts(status: fn() -> Status) -> (u32, ClientError) {
        let mut count = 0;
        let result: Result<(), _> = POLICY
            .run(|_left| {
                count += 1;
                async move { Err(status()) }
            })
            .await;
        (count, result.unwrap_err())
    }

    #[tokio::test(start_paused = true)]
    async fn tries_again_only_where_that_is_safe_and_may_help() {
        assert_eq!(attempts(|| Status::unavailable("x")).await.0, 3);
        assert_eq!(attempts(|| Status::invalid_argument("x")).await.0, 1);
        assert_eq!(attempts(|| Status::data_loss("x")).await.0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_ledger_that_asks_nobody_to_come_again_is_not_asked_again() {
        let stopped = || {
            let reason = "STORE_UNAVAILABLE";
            let details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, HashMap::new());
            Status::with_error_details(Code::Unavailable, "x", details)
        };
        let (count, error) = attempts(stopped).await;
        assert_eq!((count, error.reason()), (1, Some(Reason::StoreUnavailable)));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_at_the_deadline() {
        let result: Result<(), _> = POLICY.run(|_left| std::future::pending()).await;
        assert!(matches!(result, Err(ClientError::Deadline)));
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let error = ClientError::from(Status::unavailable("x"));
        for (tried, most) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (40, 1_000)] {
            let pause = POLICY.pause_before(tried, &error);
            let most = Duration::from_millis(most);
            assert!((most / 2..=most).contains(&pause), "{tried}: {pause:?}");
        }
    }
}
