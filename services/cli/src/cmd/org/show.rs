//! Organisations, shown.

use caseledger_client::Client;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::event::v1::fact::Kind;
use caseledger_client::pb::v1;
use caseledger_domain::{Fact, OrgId};
use clap::Args;
use serde_json::{Value, json};

use super::With;
use crate::cmd::shown::Code as _;
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, date, hex, json as as_json};

/// Organisations asked for at a time.
const PAGE: u32 = 100;

/// Which organisations.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    with: With,
}

/// Which organisation.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Id of the organisation, as `lasc`
    #[arg(value_name = "ORG")]
    organisation: OrgId,

    #[command(flatten)]
    with: With,
}

/// Runs `org list`.
pub(super) async fn list(args: &ListArgs, output: &Output) -> Result<(), Failure> {
    let all = all(&args.with).await?;
    let mut sheet = Sheet::rows([
        "organisation",
        "name",
        "roles",
        "principals",
        "tokens",
        "keys",
        "waits",
    ]);
    for organisation in &all.organisations {
        let roles = organisation.grants.iter().map(|grant| role(grant.role));
        sheet.push([
            Cell::from(organisation.organisation.as_str()),
            Cell::from(organisation.name.as_str()),
            Cell::from(roles.collect::<Vec<_>>().join(" ")),
            Cell::Count(organisation.principals.len() as u64),
            Cell::Count(organisation.tokens.len() as u64),
            Cell::Count(organisation.signing_keys.len() as u64),
            Cell::Count(organisation.pending.len() as u64),
        ]);
    }
    let mut report = Report::new(as_json::message("ListOrganisationsResponse", &all)?).sheet(sheet);
    if !all.declared {
        report = report.line("This ledger declares no authority: roles alone are judged.");
    }
    output.show(args.with.format.format, &report)
}

/// Runs `org show`.
pub(super) async fn one(args: &ShowArgs, output: &Output) -> Result<(), Failure> {
    let request = v1::GetOrganisationRequest {
        organisation: args.organisation.to_string(),
    };
    let reply = connect::with_client(&args.with.ledger, async |client| {
        Ok(client.get_organisation(request).await?)
    })
    .await?;
    let known = reply.organisation.clone().unwrap_or_default();
    let yes = |yes: bool| Cell::from(if yes { "yes" } else { "no" });
    let mut card = vec![
        ("organisation", Cell::from(known.organisation.as_str())),
        ("name", Cell::from(known.name.as_str())),
        ("revisions", Cell::Count(known.revisions)),
        ("signatures_required", yes(known.signatures_required)),
        ("complete_to", Cell::Count(reply.complete_to)),
    ];
    if known.approval_required {
        card.push(("approval_required", yes(true)));
    }
    let mut held = Sheet::rows(["what", "which", "counties", "courts", "from", "until"]);
    for grant in &known.grants {
        let counties = grant.counties.iter().map(|county| format!("{county:03}"));
        held.push([
            Cell::from("role"),
            Cell::from(role(grant.role)),
            Cell::from(counties.collect::<Vec<_>>().join(" ")),
            Cell::from(grant.courts.join(" ")),
            date(grant.valid_from),
            date(grant.valid_until),
        ]);
    }
    let mut credential = |what: &'static str, which: String, until: u32| {
        let none = || Cell::None;
        held.push([
            Cell::from(what),
            Cell::from(which),
            none(),
            none(),
            none(),
            date(until),
        ]);
    };
    for principal in &known.principals {
        credential("principal", principal.uri.clone(), principal.valid_until);
    }
    for token in &known.tokens {
        credential("token", String::new(), token.valid_until);
    }
    for key in &known.signing_keys {
        credential("signing key", hex(&key.key), key.valid_until);
    }
    let mut report = Report::new(as_json::message("GetOrganisationResponse", &reply)?)
        .sheet(Sheet::card(card))
        .line("")
        .sheet(held);
    if !known.pending.is_empty() {
        report = report.line("").sheet(waiting([&known]));
    }
    output.show(args.with.format.format, &report)
}

/// Runs `org pending`.
pub(super) async fn pending(args: &ListArgs, output: &Output) -> Result<(), Failure> {
    let all = all(&args.with).await?;
    let waits = all.organisations.iter().flat_map(|organisation| {
        organisation.pending.iter().map(|act| {
            json!({
                "organisation": organisation.organisation,
                "revision": act.revision,
                "proposer": act.proposer,
                "fact": fact(act),
            })
        })
    });
    let waits: Vec<Value> = waits.collect();
    let report = Report::new(json!({ "pending": waits })).sheet(waiting(&all.organisations));
    output.show(args.with.format.format, &report)
}

fn waiting<'a>(organisations: impl IntoIterator<Item = &'a v1::Organisation>) -> Sheet {
    let mut sheet = Sheet::rows(["organisation", "revision", "proposer", "fact", "what"]);
    for organisation in organisations {
        for act in &organisation.pending {
            sheet.push([
                Cell::from(organisation.organisation.as_str()),
                Cell::Number(act.revision),
                Cell::from(act.proposer.as_str()),
                Cell::from(fact(act)),
                Cell::from(what(act)),
            ]);
        }
    }
    sheet
}

fn fact(act: &v1::PendingAct) -> &'static str {
    let known = act.act.as_ref().map(Fact::try_from);
    match known {
        Some(Ok(fact)) => fact.kind().as_str(),
        // A token is shown without its digest, which is no fact any more.
        Some(Err(_)) => match act.act.as_ref().and_then(|fact| fact.kind.as_ref()) {
            Some(Kind::TokenIssued(_)) => "TokenIssued",
            Some(Kind::TokenRevoked(_)) => "TokenRevoked",
            Some(_) | None => "",
        },
        None => "",
    }
}

/// The gist of an act, for whoever is to approve it.
fn what(act: &v1::PendingAct) -> String {
    let Some(kind) = act.act.as_ref().and_then(|fact| fact.kind.as_ref()) else {
        return String::new();
    };
    match kind {
        Kind::OrganisationRegistered(act) => act.name.clone(),
        Kind::RoleGranted(act) => {
            let counties = act
                .counties
                .iter()
                .map(|county| format!("county {county:03}"));
            let courts = act.courts.iter().map(|court| format!("court {court}"));
            let places = counties.chain(courts).collect::<Vec<_>>().join(" ");
            format!("{} {places}", role(act.role)).trim_end().to_owned()
        }
        Kind::RoleRevoked(act) => role(act.role),
        Kind::PrincipalBound(act) => act.uri.clone(),
        Kind::PrincipalUnbound(act) => act.uri.clone(),
        Kind::SigningKeyAdded(act) => hex(&act.key),
        Kind::SigningKeyRotated(act) => format!("{} for {}", hex(&act.new), hex(&act.old)),
        Kind::SigningKeyRevoked(act) => hex(&act.key),
        Kind::SignaturesRequired(event::SignaturesRequired { required })
        | Kind::ApprovalRequired(event::ApprovalRequired { required }) => {
            if *required { "on" } else { "off" }.to_owned()
        }
        Kind::RetentionSet(act) => match act.forget_after_days {
            0 => format!("{} days after sealing", act.days_after_sealing),
            days => format!(
                "{} days after sealing, forgotten {days} days later",
                act.days_after_sealing
            ),
        },
        _ => String::new(),
    }
}

fn role(number: i32) -> String {
    let known = event::Role::try_from(number)
        .ok()
        .and_then(event::Role::name);
    known.map_or_else(|| number.to_string(), str::to_owned)
}

/// All organisations, page by page, as one answer.
async fn all(with: &With) -> Result<v1::ListOrganisationsResponse, Failure> {
    connect::with_client(&with.ledger, async |client| everybody(client).await).await
}

async fn everybody(client: &Client) -> Result<v1::ListOrganisationsResponse, Failure> {
    let mut all = v1::ListOrganisationsResponse::default();
    loop {
        let token = std::mem::take(&mut all.next);
        let page = v1::Page { limit: PAGE, token };
        let request = v1::ListOrganisationsRequest { page: Some(page) };
        let page = client.list_organisations(request).await?;
        all.organisations.extend(page.organisations);
        (all.declared, all.complete_to) = (page.declared, page.complete_to);
        all.next = page.next;
        if all.next.is_empty() {
            return Ok(all);
        }
    }
}
