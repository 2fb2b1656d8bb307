//! Rates on a clock that stands still.

use super::*;

fn quotas(rate: u32, burst: u32, calls: u32) -> Quotas {
    Quotas::new(&Limits {
        principal_rate: rate,
        principal_burst: burst,
        principal_calls: calls,
        ..Limits::default()
    })
}

fn org(name: &str) -> OrgId {
    name.parse().unwrap()
}

fn refused(outcome: Result<OwnedSemaphorePermit, Limit>) -> Duration {
    match outcome {
        Err(Limit::Rate(wait)) => wait,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_token_is_told_when_there_will_be_one() {
    let quotas = quotas(10, 3, 100);
    for _ in 0..3 {
        drop(quotas.call(org("lada")).unwrap());
    }
    let wait = refused(quotas.call(org("lada")));
    assert_eq!(wait, Duration::from_millis(100));
    // Others are not concerned.
    drop(quotas.call(org("lasc")).unwrap());
    tokio::time::advance(Duration::from_millis(99)).await;
    assert_eq!(refused(quotas.call(org("lada"))), Duration::from_millis(1));
    tokio::time::advance(Duration::from_millis(1)).await;
    drop(quotas.call(org("lada")).unwrap());
    refused(quotas.call(org("lada")));
    // After a long silence there are as many as the bucket holds, and no more.
    tokio::time::advance(Duration::from_hours(1)).await;
    for _ in 0..3 {
        drop(quotas.call(org("lada")).unwrap());
    }
    refused(quotas.call(org("lada")));
}

#[tokio::test(start_paused = true)]
async fn a_stream_waits_for_its_tokens() {
    let quotas = quotas(10, 20, 100);
    let begun = Instant::now();
    quotas.tokens(org("lada"), 0).await;
    quotas.tokens(org("lada"), 20).await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    quotas.tokens(org("lada"), 10).await;
    assert_eq!(begun.elapsed().as_millis() / 10, 100);
    // More than the bucket holds costs a full one: no message is too large to be let in.
    quotas.tokens(org("lada"), 1_000).await;
    assert_eq!(begun.elapsed().as_millis() / 10, 300);
}

#[tokio::test(start_paused = true)]
async fn so_many_calls_are_open_at_once() {
    let quotas = quotas(1_000, 1_000, 2);
    let first = quotas.call(org("lada")).unwrap();
    let _second = quotas.call(org("lada")).unwrap();
    assert!(matches!(quotas.call(org("lada")), Err(Limit::Calls(2))));
    let _other = quotas.call(org("lasc")).unwrap();
    drop(first);
    let _third = quotas.call(org("lada")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn there_are_only_so_many_accounts_and_idle_ones_are_forgotten() {
    let quotas = quotas(1, 2, 10);
    let kept = |quotas: &Quotas| quotas.0.accounts.lock().unwrap().len();
    let name = |number: usize| org(&format!("org-{number}"));
    let open = quotas.call(name(0)).unwrap();
    for number in 1..ACCOUNTS_MAX {
        drop(quotas.call(name(number)).unwrap());
    }
    assert_eq!(kept(&quotas), ACCOUNTS_MAX);
    // No room: two more share the tokens of one account.
    for number in [ACCOUNTS_MAX, ACCOUNTS_MAX + 1] {
        drop(quotas.call(name(number)).unwrap());
    }
    refused(quotas.call(name(ACCOUNTS_MAX + 2)));
    assert_eq!(kept(&quotas), ACCOUNTS_MAX);
    tokio::time::advance(Duration::from_secs(2)).await;
    drop(quotas.call(name(ACCOUNTS_MAX + 3)).unwrap());
    // The one with an open call, and the new one.
    assert_eq!(kept(&quotas), 2);
    drop(open);
}

#[tokio::test]
async fn one_organisation_leaves_batches_for_others() {
    let quotas = Quotas::new(&Limits {
        batches: 8,
        ..Limits::default()
    });
    let held: Vec<_> = (0..2).map(|_| quotas.batch(org("slow")).unwrap()).collect();
    assert!(quotas.batch(org("slow")).is_none());
    assert!(quotas.batch(org("lasc")).is_some());
    drop(held);
    assert!(quotas.batch(org("slow")).is_some());
}

#[tokio::test]
async fn one_organisation_leaves_streams_for_others() {
    let quotas = Quotas::new(&Limits {
        subscriptions: 8,
        ..Limits::default()
    });
    let held: Vec<_> = (0..2)
        .map(|_| quotas.subscription(org("lada")).unwrap())
        .collect();
    assert!(quotas.subscription(org("lada")).is_none());
    assert!(quotas.subscription(org("lasc")).is_some());
    drop(held);
    assert!(quotas.subscription(org("lada")).is_some());
}
