//! What was planted to go wrong, and what the ledger shows of it.

use caseledger_client::Client;
use caseledger_client::pb::v1;
use caseledger_domain::vocabulary::Vocabulary;
use caseledger_domain::{CaseId, Decision, Disposition, Flag, Repository, Seal};
use serde_json::{Value, json};

use super::Mismatch;
use super::counties::Strays;
use super::la_2020::Planted;
use crate::exit::Failure;
use crate::output::{Cell, Sheet};

/// A planted anomaly as the ledger shows it.
#[derive(Clone, Debug)]
pub(super) struct Anomaly {
    label: &'static str,
    case: CaseId,
    decision: &'static str,
    docket: &'static str,
    seal: &'static str,
    repository: &'static str,
    flags: Vec<&'static str>,
}

/// What must be seen of a planted case, on its first cannabis charge.
struct Plot {
    label: &'static str,
    case: CaseId,
    decision: Option<Decision>,
    disposition: Disposition,
    seal: Seal,
    repository: Repository,
    flag: Option<Flag>,
}

#[expect(
    clippy::too_many_lines,
    reason = "one line an anomaly, as the formatter breaks them"
)]
fn plots(planted: &Planted, strays: &Strays, court_only: CaseId) -> [Plot; 15] {
    use Decision as D;
    use Disposition as B;
    use Repository as C;

    let plot = |label, case, decision, disposition, seal, repository, flag| Plot {
        label,
        case,
        decision,
        disposition,
        seal,
        repository,
        flag,
    };
    let (open, conviction, silent) = (Seal::Open, B::Conviction, C::NotReported);
    [
        plot(
            "approved, never filed",
            planted.approved_without_filing,
            Some(D::Approved),
            conviction,
            open,
            silent,
            None,
        ),
        plot(
            "ordered, not entered",
            planted.ordered_not_entered,
            Some(D::Granted),
            conviction,
            Seal::Ordered,
            silent,
            None,
        ),
        plot(
            "dismissed, not sealed",
            planted.dismissed_not_sealed,
            Some(D::Granted),
            B::Dismissed,
            Seal::Ordered,
            C::Updated,
            None,
        ),
        plot(
            "reported to DOJ, not updated",
            planted.reported_not_updated,
            Some(D::Granted),
            B::Dismissed,
            Seal::Sealed,
            C::Reported,
            None,
        ),
        plot(
            "in DOJ data only, no court record",
            planted.repository_only,
            None,
            B::NotFound,
            open,
            silent,
            None,
        ),
        plot(
            "in court records only",
            court_only,
            Some(D::Granted),
            B::Dismissed,
            Seal::Sealed,
            C::Updated,
            None,
        ),
        plot(
            "challenged, defender never told",
            planted.challenged_without_notice,
            Some(D::Challenged),
            conviction,
            open,
            silent,
            None,
        ),
        plot(
            "dismissal entered by mistake, retracted",
            planted.corrected_dismissal,
            Some(D::Granted),
            conviction,
            Seal::Ordered,
            silent,
            None,
        ),
        plot(
            "withdrawn and reopened",
            planted.reopened,
            Some(D::UnderReview),
            conviction,
            open,
            silent,
            None,
        ),
        plot(
            "redesignated, neither dismissed nor sealed",
            planted.redesignated,
            Some(D::Granted),
            B::Redesignated,
            Seal::Ordered,
            C::Updated,
            None,
        ),
        plot(
            "sealed before the dismissal came in",
            planted.late_confirmation,
            Some(D::Granted),
            B::Dismissed,
            Seal::Sealed,
            C::Updated,
            Some(Flag::SealedBeforeDismissal),
        ),
        plot(
            "record lawfully destroyed",
            planted.destroyed,
            Some(D::Destroyed),
            B::Destroyed,
            open,
            silent,
            None,
        ),
        plot(
            "the same case under two numbers",
            strays.duplicate,
            Some(D::Duplicate),
            B::Dismissed,
            Seal::Sealed,
            C::Updated,
            None,
        ),
        plot(
            "another charge relieved",
            strays.wrong_charge,
            None,
            B::Dismissed,
            Seal::Sealed,
            C::Updated,
            Some(Flag::NotCannabis),
        ),
        plot(
            "confirmation of an unknown case",
            strays.unmatched,
            None,
            conviction,
            open,
            silent,
            Some(Flag::Unmatched),
        ),
    ]
}

/// Asks the server for every planted case and compares.
///
/// # Errors
/// [`Failure`] if the ledger shows something else than what was planted.
pub(super) async fn find(
    client: &Client,
    planted: &Planted,
    strays: &Strays,
    court_only: CaseId,
) -> Result<Vec<Anomaly>, Failure> {
    let mut anomalies = Vec::new();
    for plot in plots(planted, strays, court_only) {
        let request = v1::GetCaseRequest {
            case: Some(v1::get_case_request::Case::CaseId(
                plot.case.to_bytes().to_vec().into(),
            )),
            as_of: None,
        };
        let case = client.get_case(request).await?.case.unwrap_or_default();
        anomalies.push(seen(&plot, &case)?);
    }
    Ok(anomalies)
}

fn seen(plot: &Plot, case: &v1::Case) -> Result<Anomaly, Failure> {
    let card = case
        .charges
        .iter()
        .find(|card| card.state.as_ref().is_some_and(is_cannabis));
    let state = card.and_then(|card| card.state.as_ref());
    let track = |number: Option<i32>| number.and_then(|number| u8::try_from(number).ok());
    let decision = code::<Decision>(track(state.map(|state| state.decision)));
    let docket = code::<Disposition>(track(state.map(|state| state.disposition)));
    let seal = code::<Seal>(track(state.map(|state| state.seal)));
    let repository = code::<Repository>(track(state.map(|state| state.repository)));
    let flags: Vec<&'static str> = case
        .flags
        .iter()
        .filter_map(|flag| u8::try_from(*flag).ok())
        .filter_map(|number| Flag::ALL.iter().find(|flag| **flag as u8 == number))
        .map(|flag| flag.code())
        .collect();
    if let Some(flag) = plot.flag
        && !flags.contains(&flag.code())
    {
        return Err(Mismatch::failure(plot.label, flag.code(), flags.join(" ")));
    }
    // A case that is only waiting to be identified has no charges yet.
    if state.is_some() {
        let wanted = [
            (plot.decision.map_or(decision, Decision::code), decision),
            (plot.disposition.code(), docket),
            (plot.seal.code(), seal),
            (plot.repository.code(), repository),
        ];
        if let Some((expected, found)) = wanted.iter().find(|(expected, found)| expected != found) {
            return Err(Mismatch::failure(plot.label, expected, found));
        }
    } else if plot.flag != Some(Flag::Unmatched) {
        return Err(Mismatch::failure(plot.label, "a cannabis charge", "none"));
    }
    Ok(Anomaly {
        label: plot.label,
        case: plot.case,
        decision,
        docket,
        seal,
        repository,
        flags,
    })
}

fn is_cannabis(state: &caseledger_client::pb::event::v1::ChargeState) -> bool {
    use caseledger_domain::vocabulary::Family;

    let family = state
        .charge
        .as_ref()
        .and_then(|charge| u8::try_from(charge.family).ok());
    family
        .and_then(Family::from_number)
        .is_some_and(Family::is_cannabis)
}

fn code<T: Vocabulary>(number: Option<u8>) -> &'static str {
    number.and_then(T::from_number).map_or("-", T::code)
}

/// The anomalies in a table.
pub(super) fn sheet(anomalies: &[Anomaly]) -> Sheet {
    let columns = [
        "planted",
        "case_id",
        "decision",
        "docket",
        "seal",
        "repository",
        "flags",
    ];
    anomalies
        .iter()
        .fold(Sheet::rows(columns), |sheet, anomaly| {
            sheet.row([
                Cell::from(anomaly.label),
                Cell::from(anomaly.case.to_string()),
                Cell::from(anomaly.decision),
                Cell::from(anomaly.docket),
                Cell::from(anomaly.seal),
                Cell::from(anomaly.repository),
                Cell::from(anomaly.flags.join(" ")),
            ])
        })
}

/// The same for programs.
pub(super) fn json(anomalies: &[Anomaly]) -> Value {
    let anomaly = |anomaly: &Anomaly| {
        json!({
            "planted": anomaly.label,
            "case_id": anomaly.case.to_string(),
            "decision": anomaly.decision,
            "docket": anomaly.docket,
            "seal": anomaly.seal,
            "repository": anomaly.repository,
            "flags": anomaly.flags,
        })
    };
    anomalies.iter().map(anomaly).collect()
}
