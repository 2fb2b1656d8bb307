//! The two statements with a table behind them: a clerk's review, and a judge's ruling.

use super::codes::RulingKind;
use super::*;

/// What a review comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Received,
    Accepted,
    PartiallyAccepted,
    Rejected,
}

/// Review and docketing together (ECF 5 has both). A docket that shows the filing shows an accepted
/// one; a docket that refused it refused it, whatever the clerk said first.
fn outcome(review: Option<Review>, docketing: Option<Docketing>) -> Option<Outcome> {
    Some(match (review, docketing) {
        (Some(Review::Rejected), _) | (_, Some(Docketing::Rejected)) => Outcome::Rejected,
        (Some(Review::PartiallyAccepted), _) => Outcome::PartiallyAccepted,
        (Some(Review::Accepted), _)
        | (Some(Review::Received) | None, Some(Docketing::Docketed)) => Outcome::Accepted,
        (Some(Review::Received), Some(Docketing::Pending) | None)
        | (None, Some(Docketing::Pending)) => Outcome::Received,
        (None, None) => return None,
    })
}

impl Taking<'_> {
    pub(super) fn review(
        &mut self,
        wire: &pb::FilingReview,
        rejection: Option<&str>,
        r: &mut Reader,
    ) -> Option<Vec<pb::Post>> {
        if self.wire.filing_id.is_empty() {
            r.reject("filing_id", Why::Missing);
        }
        if wire.review_status.is_empty() && wire.docketing_status.is_empty() {
            r.reject("review_status", Why::Missing);
            return None;
        }
        let docketing = match wire.docketing_status.as_str() {
            "" => Some(None),
            // What it decides is decided by the review already; it is counted and left at that.
            given => self
                .words
                .known::<Docketing>(given, "docketing_status", r)
                .map(Result::ok),
        };
        let review = match wire.review_status.as_str() {
            "" => Some(Ok(None)),
            given => {
                let known = self.words.known::<Review>(given, "review_status", r);
                known.map(|known| known.map(Some))
            }
        };
        let received = match wire.received_at.as_str() {
            "" => Some(0),
            given => day(given, "received_at", r),
        };
        if !wire.entered_on_docket_at.is_empty() {
            day(&wire.entered_on_docket_at, "entered_on_docket_at", r);
        }
        let (docketing, received) = (docketing?, received?);
        let unmapped = match review? {
            Ok(review) => match outcome(review, docketing) {
                Some(outcome) => return self.reviewed(outcome, wire, rejection, received, r),
                None => None,
            },
            Err(raw) => Some(raw),
        };
        // A status nobody knows decides nothing: the court has the filing, and the word is kept
        // where filings keep it.
        let on = first_day(wire, r)?;
        let received = Kind::FilingReceived(event::FilingReceived { filing: Vec::new() });
        let mut posts = vec![self.post(on, received, Some(self.about_filing()))];
        posts.extend(unmapped.map(|raw| self.unmapped_review(on, raw)));
        Some(posts)
    }

    fn reviewed(
        &mut self,
        outcome: Outcome,
        wire: &pb::FilingReview,
        rejection: Option<&str>,
        received_on: u32,
        r: &mut Reader,
    ) -> Option<Vec<pb::Post>> {
        let filing = Vec::new;
        let rejected = r.items("rejected_charges", wire.rejected_charges.iter(), |id, r| {
            let known = (1..=u32::from(u16::MAX)).contains(id);
            if !known {
                let (min, max, found) = (1, u64::from(u16::MAX), u64::from(*id));
                r.reject_here(Why::Range { min, max, found });
            }
            known.then_some(*id)
        })?;
        if outcome != Outcome::PartiallyAccepted && !rejected.is_empty() {
            let (min, max, found) = (0, 0, rejected.len());
            r.reject("rejected_charges", Why::ItemCount { min, max, found });
            return None;
        }
        let mut reason = || {
            let given = if wire.reason.is_empty() {
                rejection.unwrap_or_default()
            } else {
                &wire.reason
            };
            let code = self.words.coded::<FilingRejection>(given, "reason", r)?;
            Some(Some(code.put_message()))
        };
        let (kind, on) = match outcome {
            Outcome::Received => (
                Kind::FilingReceived(event::FilingReceived { filing: filing() }),
                first_day(wire, r),
            ),
            Outcome::Accepted => (
                Kind::FilingAccepted(event::FilingAccepted {
                    filing: filing(),
                    received_on,
                }),
                day(&wire.official_filed_on, "official_filed_on", r),
            ),
            Outcome::PartiallyAccepted => {
                let reason = reason();
                (
                    Kind::FilingPartiallyAccepted(event::FilingPartiallyAccepted {
                        filing: filing(),
                        rejected,
                        reason: reason?,
                    }),
                    day(&wire.official_filed_on, "official_filed_on", r),
                )
            }
            Outcome::Rejected => {
                let reason = reason();
                (
                    Kind::FilingRejected(event::FilingRejected {
                        filing: filing(),
                        reason: reason?,
                    }),
                    day(&wire.reviewed_on, "reviewed_on", r),
                )
            }
        };
        Some(vec![self.post(on?, kind, Some(self.about_filing()))])
    }

    fn about_filing(&self) -> pb::References {
        pb::References {
            filing: Some(self.filing()),
            ..pb::References::default()
        }
    }

    fn unmapped_review(&self, on: u32, raw: String) -> pb::Post {
        let status = event::CodedReviewStatus {
            code: Some(event::coded_review_status::Code::Unmapped(raw)),
        };
        let reviewed = event::FilingReviewed {
            status: Some(status),
            ..event::FilingReviewed::default()
        };
        pb::Post {
            target: Some(pb::Target {
                target: Some(pb::target::Target::Filing(self.filing())),
            }),
            scope: None,
            ..self.post(on, Kind::FilingReviewed(reviewed), None)
        }
    }

    pub(super) fn ruling(&mut self, wire: &pb::Ruling, r: &mut Reader) -> Option<Vec<pb::Post>> {
        let ruling = self.words.closed::<RulingKind>(&wire.ruling, "ruling", r);
        let on = day(&wire.ordered_on, "ordered_on", r);
        let order = self.order(&wire.order_number, r);
        let ruling = ruling?;
        if ruling != RulingKind::Denied && wire.order_number.is_empty() {
            r.reject("order_number", Why::Missing);
        }
        let order_id = Vec::new();
        let kind = match ruling {
            RulingKind::Granted => {
                let remedy = self.words.closed::<Remedy>(&wire.remedy, "remedy", r)?;
                Kind::ReliefGranted(event::ReliefGranted {
                    order: order_id,
                    remedy: remedy.put(),
                })
            }
            RulingKind::Denied => {
                let ground = self
                    .words
                    .coded::<DenialGround>(&wire.reason, "reason", r)?;
                Kind::ReliefDenied(event::ReliefDenied {
                    order: order_id,
                    ground: Some(ground.put_message()),
                })
            }
            RulingKind::SealingOrdered => {
                Kind::SealingOrdered(event::SealingOrdered { order: order_id })
            }
        };
        Some(vec![self.post(on?, kind, order?)])
    }
}

/// The first day on which the court had the filing, of those given.
fn first_day(wire: &pb::FilingReview, r: &mut Reader) -> Option<u32> {
    for (given, field) in [
        (&wire.received_at, "received_at"),
        (&wire.reviewed_on, "reviewed_on"),
        (&wire.official_filed_on, "official_filed_on"),
    ] {
        if !given.is_empty() {
            return day(given, field, r);
        }
    }
    r.reject("received_at", Why::Missing);
    None
}
