//! `org`: who takes part in a ledger, and what they may state.

use bytes::Bytes;
use caseledger_client::pb::event::v1::Flag;
use caseledger_client::pb::v1;
use caseledger_domain::vocabulary::{Role, Vocabulary as _};
use caseledger_domain::{Date, Fact, OrgFact, OrgId, Text, Uri, county};
use caseledger_engine::{Random as _, SystemRandom};
use caseledger_proto::token;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::import::today;
use crate::args::{FormatArgs, LedgerArgs, date};
use crate::connect;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet};

mod key;
mod show;

/// Show or change who takes part in a ledger and what they may state.
///
/// Authority is kept in the ledger itself: an organisation is registered, granted roles for counties, courts and
/// days, and known by names in certificates or by tokens. Only an organisation with the role OPERATOR changes this.
/// Where approval is required, a change has no effect before another organisation with the role OPERATOR or
/// OVERSIGHT approves it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger org list
  caseledger org register lasc --name 'LOS ANGELES SUPERIOR COURT' --as operator --role OPERATOR
  caseledger org grant lasc COURT --county 37 --court LASC-CJC --as operator --role OPERATOR
  caseledger org bind lasc spiffe://lasc.example/clerk --as operator --role OPERATOR")]
pub(crate) struct OrgArgs {
    #[command(subcommand)]
    command: OrgCommand,
}

#[derive(Debug, Subcommand)]
enum OrgCommand {
    /// List the organisations of a ledger
    List(show::ListArgs),
    /// Show one organisation: its roles, principals, tokens and keys, and what waits for approval
    Show(show::ShowArgs),
    /// List what waits for the approval of a second organisation
    Pending(show::ListArgs),
    /// Issue or revoke a token that speaks for an organisation
    #[command(subcommand)]
    Token(TokenCommand),
    /// Make, add, replace or revoke a key that an organisation signs its submissions with
    #[command(subcommand)]
    Key(key::KeyCommand),
    #[command(flatten)]
    Change(Change),
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Register an organisation; without a role it can state nothing
    Register {
        #[command(flatten)]
        of: Of,
        /// What people call it, in at most 64 letters, digits and punctuation
        #[arg(long, value_parser = Text::<64>::parse)]
        name: Text<64>,
    },
    /// Grant a role; granted again, the new terms replace the old ones
    Grant {
        #[command(flatten)]
        of: Of,
        /// The role, as COURT
        #[arg(value_name = "ROLE", value_parser = role)]
        granted: Role,
        /// County, by name or FIPS number; repeat it for more [default: the whole state]
        #[arg(long, value_name = "COUNTY", value_parser = county_number)]
        county: Vec<u16>,
        /// Court code; repeat it for more [default: all courts of the counties, as far as a grant of
        /// COURT names them with their county; so grant COURT with --county and --court]
        #[arg(long, value_name = "CODE", value_parser = Text::<16>::parse)]
        court: Vec<Text<16>>,
        /// First day [default: today, where the courts are]
        #[arg(long, value_name = "DATE", value_parser = date)]
        from: Option<Date>,
        #[command(flatten)]
        until: Until,
    },
    /// Revoke a role
    Revoke {
        #[command(flatten)]
        of: Of,
        /// The role, as COURT
        #[arg(value_name = "ROLE", value_parser = role)]
        granted: Role,
    },
    /// Let whoever has a certificate with a name speak for an organisation
    Bind {
        #[command(flatten)]
        of: Of,
        /// The URI in the subject alternative name of the certificate, exactly
        #[arg(value_parser = Uri::parse)]
        uri: Uri,
        #[command(flatten)]
        until: Until,
    },
    /// Take a name back
    Unbind {
        #[command(flatten)]
        of: Of,
        /// The URI, exactly
        #[arg(value_parser = Uri::parse)]
        uri: Uri,
    },
    /// Require that everything an organisation submits is signed, or not
    RequireSignatures {
        #[command(flatten)]
        of: Of,
        /// Whether it is required
        required: Switch,
    },
    /// Require that a second organisation approves what is stated about organisations, or not
    RequireApproval {
        /// Whether it is required
        required: Switch,
        #[command(flatten)]
        with: With,
    },
    /// Approve what waits; another organisation must have stated it
    Approve {
        #[command(flatten)]
        of: Of,
        /// Its revision, as `org pending` shows it
        revision: u64,
    },
    /// Reject what waits, or take it back
    Reject {
        #[command(flatten)]
        of: Of,
        /// Its revision, as `org pending` shows it
        revision: u64,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token, show it once, and record its SHA-256
    Issue {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        until: Until,
    },
    /// Revoke a token by its SHA-256, as issuing it showed it
    Revoke {
        #[command(flatten)]
        of: Of,
        /// 64 hexadecimal digits
        #[arg(value_parser = bytes32)]
        sha256: [u8; 32],
    },
}

/// The organisation that something is stated about.
#[derive(Debug, Args)]
struct Of {
    /// Id of the organisation, as `lasc`
    #[arg(value_name = "ORG")]
    organisation: OrgId,

    #[command(flatten)]
    with: With,
}

#[derive(Debug, Args)]
pub(super) struct With {
    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Args)]
struct Until {
    /// Last day on which it holds [default: until it is taken back]
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<Date>,
}

/// Whether something is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// An argument that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum OrgArgumentError {
    #[error("is no role; write it as COURT or PROSECUTOR_COUNTY, docs/LIFECYCLE.md lists them")]
    Role,
    #[error(
        "is no county of California; write its name, or its FIPS number within the state as 37"
    )]
    County,
    #[error("has not 64 hexadecimal digits")]
    Bytes,
}

/// The server did not say where it recorded what it accepted.
#[derive(Debug, thiserror::Error)]
#[error("the server accepted the change without a receipt; ask for it with `caseledger org show`")]
struct NoReceipt;

fn role(text: &str) -> Result<Role, OrgArgumentError> {
    Role::from_code(text).ok_or(OrgArgumentError::Role)
}

fn county_number(text: &str) -> Result<u16, OrgArgumentError> {
    let number = text.parse().ok().or_else(|| county::number_of(text));
    number
        .filter(|number| county::name_of(*number).is_some())
        .ok_or(OrgArgumentError::County)
}

fn bytes32(text: &str) -> Result<[u8; 32], OrgArgumentError> {
    let digits = text.as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return Err(OrgArgumentError::Bytes);
    }
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            return Err(OrgArgumentError::Bytes);
        };
        *byte = (high * 16 + low) as u8;
    }
    Ok(bytes)
}

/// Runs the command.
pub(crate) async fn run(args: &OrgArgs, output: &Output) -> Result<(), Failure> {
    match &args.command {
        OrgCommand::List(args) => show::list(args, output).await,
        OrgCommand::Show(args) => show::one(args, output).await,
        OrgCommand::Pending(args) => show::pending(args, output).await,
        OrgCommand::Token(TokenCommand::Issue { of, until }) => {
            issue(of, until.until, output).await
        }
        OrgCommand::Token(TokenCommand::Revoke { of, sha256 }) => {
            let act = OrgFact::TokenRevoked { sha256: *sha256 };
            state(&of.with, of.organisation, act, &[], output).await
        }
        OrgCommand::Key(key::KeyCommand::New(args)) => key::new(args, output),
        OrgCommand::Key(key::KeyCommand::Change(change)) => {
            let (of, act) = change.act();
            state(&of.with, of.organisation, act, &[], output).await
        }
        OrgCommand::Change(change) => {
            let (organisation, with, act) = change.act()?;
            state(with, organisation, act, &[], output).await
        }
    }
}

pub(super) async fn state(
    with: &With,
    of: OrgId,
    act: OrgFact,
    more: &[(&'static str, Value)],
    output: &Output,
) -> Result<(), Failure> {
    let recorded = record(with, of, act).await?;
    output.show(with.format.format, &recorded.report(more))
}

impl Change {
    /// What it states, about whom.
    fn act(&self) -> Result<(OrgId, &With, OrgFact), Failure> {
        let on = |switch: Switch| switch == Switch::On;
        let (of, act) = match self {
            Self::Register { of, name } => (of, OrgFact::OrganisationRegistered { name: *name }),
            Self::Grant {
                of,
                granted,
                county,
                court,
                from,
                until,
            } => {
                let granted = OrgFact::RoleGranted {
                    role: *granted,
                    counties: ascending(county),
                    courts: ascending(court),
                    valid_from: from.map_or_else(today, Ok)?,
                    valid_until: until.until,
                };
                (of, granted)
            }
            Self::Revoke { of, granted } => (of, OrgFact::RoleRevoked { role: *granted }),
            Self::Bind { of, uri, until } => {
                let (uri, valid_until) = (uri.clone(), until.until);
                (of, OrgFact::PrincipalBound { uri, valid_until })
            }
            Self::Unbind { of, uri } => (of, OrgFact::PrincipalUnbound { uri: uri.clone() }),
            Self::RequireSignatures { of, required } => {
                let required = on(*required);
                (of, OrgFact::SignaturesRequired { required })
            }
            Self::RequireApproval { required, with } => {
                let required = on(*required);
                let act = OrgFact::ApprovalRequired { required };
                return Ok((OrgId::OPERATOR, with, act));
            }
            Self::Approve { of, revision } => {
                let revision = *revision;
                (of, OrgFact::ActApproved { revision })
            }
            Self::Reject { of, revision } => {
                let revision = *revision;
                (of, OrgFact::ActRejected { revision })
            }
        };
        Ok((of.organisation, &of.with, act))
    }
}

/// As a grant has them.
fn ascending<T: Copy + Ord>(given: &[T]) -> Vec<T> {
    let mut sorted = given.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Makes a token. The ledger gets its digest only, and this process forgets it when it ends.
async fn issue(of: &Of, valid_until: Option<Date>, output: &Output) -> Result<(), Failure> {
    let mut secret = [0; 32];
    random(&mut secret)?;
    let token = token::form(secret);
    let sha256: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let act = OrgFact::TokenIssued {
        sha256,
        valid_until,
    };
    let recorded = record(&of.with, of.organisation, act).await?;
    let sha256 = crate::output::hex(&sha256);
    let report = recorded.report(&[("token", token.into()), ("sha256", sha256.into())]);
    let report = report
        .line("")
        .line("The token is shown this once. Whoever has it speaks for the organisation.");
    output.show(of.with.format.format, &report)
}

fn random(bytes: &mut [u8]) -> Result<(), Failure> {
    let filled = SystemRandom.fill(bytes);
    filled.map_err(|error| Failure::new(Exit::Refused, error))
}

/// An act that is in the ledger.
struct Recorded {
    organisation: OrgId,
    what: &'static str,
    position: u64,
    revision: u64,
    waits: bool,
}

async fn record(with: &With, organisation: OrgId, act: OrgFact) -> Result<Recorded, Failure> {
    let mut message_id = [0; 16];
    random(&mut message_id)?;
    let what = act.kind().as_str();
    let target = v1::target::Target::Organisation(organisation.to_string());
    let any = v1::expected::Expectation::State(v1::ExpectedState::Any.into());
    let post = v1::Post {
        target: Some(v1::Target {
            target: Some(target),
        }),
        expected: Some(v1::Expected {
            expectation: Some(any),
        }),
        occurred_on: today()?.yyyymmdd(),
        fact: Some((&Fact::Org(act)).into()),
        ..v1::Post::default()
    };
    let submission = v1::Submission {
        message_id: Bytes::copy_from_slice(&message_id),
        submitter_sequence: 0,
        posts: vec![post],
        signed: None,
    };
    let accepted = connect::with_client(&with.ledger, async |client| {
        Ok(client.submit(submission).await?)
    })
    .await?;
    let receipt = accepted.receipts.first();
    let receipt = receipt.ok_or_else(|| Failure::new(Exit::Refused, NoReceipt))?;
    let receipt = receipt.message();
    let waits = receipt.flags.contains(&Flag::AwaitsApproval.into());
    Ok(Recorded {
        organisation,
        what,
        position: receipt.position,
        revision: receipt.revision,
        waits,
    })
}

impl Recorded {
    fn report(&self, more: &[(&'static str, Value)]) -> Report {
        let organisation = self.organisation.as_str();
        let mut json = json!({
            "organisation": organisation,
            "fact": self.what,
            "position": self.position,
            "revision": self.revision,
            "awaits_approval": self.waits,
        });
        let mut fields = vec![
            ("organisation", Cell::from(organisation)),
            ("fact", Cell::from(self.what)),
            ("position", Cell::Number(self.position)),
            ("revision", Cell::Number(self.revision)),
            (
                "awaits_approval",
                Cell::from(if self.waits { "yes" } else { "no" }),
            ),
        ];
        for (name, value) in more {
            let cell = match (value.as_str(), value.as_u64()) {
                (Some(text), _) => Cell::from(text),
                (None, Some(number)) => Cell::Number(number),
                (None, None) => Cell::None,
            };
            json[*name] = value.clone();
            fields.push((name, cell));
        }
        let report = Report::new(json).sheet(Sheet::card(fields));
        if !self.waits {
            return report;
        }
        let Self { revision, .. } = self;
        report.line("").line(format!(
            "No effect before another organisation approves: caseledger org approve {organisation} {revision}"
        ))
    }
}
