//! What the business means: the law's vocabulary, the facts people post, the events the ledger
//! keeps, and the two functions that connect them.
//!
//! ```text
//! Command --decide(&State, &Command, &Context)--> Vec<Event>   or a Rejection
//! State, Event --evolve--> State                               total, cannot fail
//! ```
//!
//! A *fact* is what somebody states ("the clerk entered a dismissal"). A [`Command`] is a fact
//! with its target, scope and expected revision; an [`Event`] is the same fact as the ledger
//! accepted it: scope resolved to charge ids, anomaly flags raised, acting role named.
//!
//! This crate has no clock, no randomness, no I/O, no async and no wire format, and it never sees
//! personal data: people and docket numbers arrive here only as keyed hashes.

#![deny(clippy::float_arithmetic)]

pub mod authority;
mod command;
pub mod county;
#[expect(
    clippy::inconsistent_digit_grouping,
    reason = "dates read as YYYY_MM_DD"
)]
mod date;
pub mod decide;
mod event;
mod evolve;
mod fact;
mod id;
mod phase;
mod policy;
pub mod registry;
mod rejection;
mod section;
mod state;
mod text;
mod uri;
pub mod view;
pub mod vocabulary;

pub use command::{Announced, Command, Context, Expected, OrderCounts, Scope, Target};
pub use date::{Date, DateError};
pub use decide::{
    Breach, decide, key_refusal, policy_for, posted_as, retention_due, retention_refusal, standing,
    standing_correction,
};
pub use event::{Charges, Event, Flag, Flags};
pub use evolve::{evolve, refold};
pub use fact::{
    AnnouncementFact, CaseFact, Charge, CohortFact, ControlTotals, Fact, FactKind, Figure,
    FigureFilter, FilingFact, Frozen, InitiativeFact, KeyChange, Manifest, OrderFact, OrgFact,
    RemainderItem, Sheet,
};
pub use id::{
    AnnouncementId, CaseId, CaseToken, ChargeId, CohortId, FilingId, IdError, InitiativeId,
    OrderId, OrgId, PersonRef, StreamId, StreamKind,
};
pub use policy::{Policy, RuleSet};
pub use registry::Registry;
pub use rejection::{
    CredentialKind, KeyRule, PrivateRule, Quantity, RULES, Rejection, RejectionKind, Stage,
    StatedDate,
};
pub use state::{
    AnnouncementState, CaseIdentity, CaseState, ChargeState, CohortState, CohortStatus, Credential,
    Decision, Determined, Disposition, Exit, FilingState, FilingStatus, Grant, Held,
    InitiativeState, InitiativeStatus, Notice, OrderState, OrderStatus, OrgState, Pending, Phase,
    PrivateState, Repository, Restriction, Retention, Seal, Sighting, State,
};
pub use text::{Text, TextError};
pub use uri::{Uri, UriError};
