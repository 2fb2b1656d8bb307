//! The stable ids of the rules, and what a refusal means for the caller.

use super::{KeyRule, PrivateRule, Rejection};

/// What a refusal means for the caller, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectionKind {
    /// This poster may not; nothing it changes in the content helps.
    NotAllowed,
    /// The content is wrong whatever the state.
    Malformed,
    /// The stream is not where the poster believed: read again.
    Conflict,
    /// What it names is not known.
    NotFound,
    /// A rule of the business forbids it from the present state.
    Refused,
}

macro_rules! rules {
    ($([$($variant:ident = $kind:ident $id:literal $meaning:literal,)+]
        $($group:ident($rules:ident) {
            $($inner:ident = $inner_kind:ident $inner_id:literal $inner_meaning:literal,)+
        })*
    )+) => {
        /// Every rule: its stable id (at most 63 characters) and what it means, in one line.
        pub const RULES: &[(&str, &str)] = &[$(
            $(($id, $meaning),)+
            $($(($inner_id, $inner_meaning),)+)*
        )+];

        impl Rejection {
            /// The stable id of the rule that failed; `SEVERAL_RULES` when more than one did.
            pub const fn rule(&self) -> &'static str {
                match self {
                    $($(Self::$variant { .. } => $id,)+
                    $($(Self::$group($rules::$inner { .. }) => $inner_id,)+)*)+
                }
            }

            fn own_kind(&self) -> RejectionKind {
                match self {
                    $($(Self::$variant { .. } => RejectionKind::$kind,)+
                    $($(Self::$group($rules::$inner { .. }) => RejectionKind::$inner_kind,)+)*)+
                }
            }
        }
    };
}

rules! {
    [
        RoleNotAllowed = NotAllowed "ROLE_NOT_ALLOWED" "the role may not state that fact",
        LedgerMade = NotAllowed "LEDGER_MADE_FACT" "only the ledger makes such facts",
        KeyHolderOnly = NotAllowed "KEY_HOLDER_ONLY" "the keys of checkpoints are changed where their files are",
        NotYourCase = NotAllowed "NOT_YOUR_CASE" "another prosecutor answers for the case",
        CityAttorneyFelony = NotAllowed "CITY_ATTORNEY_FELONY" "a city attorney does not act in felonies",
        NotReferredToYou = NotAllowed "NOT_REFERRED_TO_YOU" "the referral is to somebody else",
        NotLead = NotAllowed "NOT_INITIATIVE_LEAD" "an initiative is run by its lead",
        NotYourFact = NotAllowed "NOT_YOUR_FACT" "a fact is corrected by who stated it, a court fact by a court",
        WrongExpectedRevision = Conflict "WRONG_EXPECTED_REVISION" "the stream is not where the poster believed",
        CaseUnknown = NotFound "CASE_UNKNOWN" "a claim about a case that no list has named",
        NotOpened = NotFound "STREAM_NOT_OPENED" "the initiative or cohort was never opened",
        CohortUnknown = NotFound "COHORT_UNKNOWN" "the list named is not known",
        CanonicalUnknown = NotFound "CANONICAL_CASE_UNKNOWN" "the case to link to is not identified",
        ChargeUnknown = NotFound "CHARGE_UNKNOWN" "the case has no such charge",
        TargetUnknown = NotFound "TARGET_UNKNOWN" "the case has no such revision",
        StreamMismatch = Malformed "STREAM_MISMATCH" "the fact belongs on another kind of stream",
        ScopeEmpty = Malformed "SCOPE_EMPTY" "a list of charges without a charge",
        ScopeNotApplicable = Malformed "SCOPE_NOT_APPLICABLE" "the fact takes no list of charges",
        FutureDate = Malformed "FUTURE_DATE" "a date lies further ahead than is accepted",
        OutOfBounds = Malformed "OUT_OF_BOUNDS" "a number lies outside its bounds",
        CountyUnknown = Malformed "COUNTY_UNKNOWN" "a number that is no county of California",
        NotASection = Malformed "NOT_A_SECTION" "a charge whose section is no code and number",
        RemedyMismatch = Malformed "REMEDY_MISMATCH" "a remedy goes with ELIGIBLE, and only with it",
        ReasonMismatch = Malformed "REASON_MISMATCH" "a reason belongs to another determination",
        EffectsMissing = Malformed "EFFECTS_MISSING" "an order without an effect",
        EffectsMismatch = Malformed "EFFECTS_MISMATCH" "the effects and the remedy of an order do not fit",
        AcceptedAndRejected = Malformed "ACCEPTED_AND_REJECTED" "a charge is both accepted and rejected",
        ManifestMissing = Malformed "MANIFEST_MISSING" "a list delivery or blanket order without a manifest",
        ManifestUnexpected = Malformed "MANIFEST_UNEXPECTED" "an individual order with a manifest",
        SelfReference = Malformed "SELF_REFERENCE" "a fact names itself as the other one",
        OtherInitiative = Malformed "OTHER_INITIATIVE" "lists replace each other within one initiative only",
        TotalsDoNotAddUp = Malformed "TOTALS_DO_NOT_ADD_UP" "severities do not sum to the rows",
        RowsNotAscending = Malformed "ROWS_NOT_ASCENDING" "rows are repeated or not ascending",
        MoveNotAllowed = Refused "MOVE_NOT_ALLOWED" "not an allowed move from where a charge stands",
        NoticeNotAllowed = Refused "NOTICE_NOT_ALLOWED" "not an allowed move from where notice stands",
        NothingInScope = Refused "NOTHING_IN_SCOPE" "no charge of the case is concerned",
        CaseIsDuplicate = Refused "CASE_IS_DUPLICATE" "claims go to the case that counts",
        DuplicateCycle = Refused "DUPLICATE_CYCLE" "a duplicate of a duplicate, or of itself",
        NotDuplicate = Refused "NOT_DUPLICATE" "there is no duplicate link to undo",
        CohortNotOpen = Refused "COHORT_NOT_OPEN" "the list takes no more rows",
        NotSighted = Refused "NOT_SIGHTED" "the list does not have the case",
        PersonNotLinked = Refused "PERSON_NOT_LINKED" "another person, or none, is linked",
        ChargeNotNext = Refused "CHARGE_NOT_NEXT" "charges are numbered from 1 without gaps",
        EnteredBeforeConviction = Refused "ENTERED_BEFORE_CONVICTION" "relief is entered after the conviction",
        OtherFiling = Refused "OTHER_FILING" "the charge is in another filing",
        WrongSupersedes = Refused "WRONG_SUPERSEDES" "another determination is in force",
        ReliefEntered = Refused "RELIEF_ENTERED" "with relief on the docket a case is corrected, not voided",
        ApproverIsPoster = Refused "APPROVER_IS_POSTER" "a second organisation has to approve",
        TargetRetracted = Refused "TARGET_RETRACTED" "the fact was retracted already",
        MatchedSince = Refused "MATCHED_SINCE" "the held confirmation counts under a later revision",
        NothingHeld = Refused "NOTHING_HELD" "no confirmation waits under that revision",
        NotCorrectable = Refused "NOT_CORRECTABLE" "the fact is undone by another one, not corrected",
        StageNotAllowed = Refused "STAGE_NOT_ALLOWED" "not allowed from the stage of the stream",
        PolicyVersionNotNext = Refused "POLICY_VERSION_NOT_NEXT" "policies are numbered from 1 without gaps",
        RowOutOfRange = Refused "ROW_OUT_OF_RANGE" "the manifest has no such row",
        RowExplainedTwice = Refused "ROW_EXPLAINED_TWICE" "a row has one explanation",
        OrderNotBlanket = Refused "ORDER_NOT_BLANKET" "only a blanket order has rows",
        OrderDoesNotAddUp = Refused "ORDER_DOES_NOT_ADD_UP" "applied, already, not found and rejected must sum to declared",
        OrderCountDiffers = Refused "ORDER_COUNT_DIFFERS" "a stated outcome is not what the ledger counted",
        AmendmentExceedsManifest = Refused "AMENDMENT_EXCEEDS_MANIFEST" "more rows taken out than there are",
        NotYourAnnouncement = NotAllowed "NOT_YOUR_ANNOUNCEMENT" "a press office publishes under its own name",
        AnnouncedBefore = Refused "ANNOUNCED_BEFORE" "an announcement is published once, then corrected",
        AnnouncementNotAlone = Malformed "ANNOUNCEMENT_NOT_ALONE" "figures are published in a submission of their own",
        FigureUndefined = Malformed "FIGURE_UNDEFINED" "a figure that cannot be counted",
        FigureDiffers = Refused "FIGURE_DIFFERS" "a stated figure is not what the ledger counts",
    ]
    Key(KeyRule) {
        RotationUnderWay = Refused "ROTATION_UNDER_WAY" "one key of checkpoints is replaced at a time",
        NoRotation = Refused "NO_ROTATION" "no key of checkpoints has a successor",
        UsedBefore = Refused "KEY_USED_BEFORE" "a key of checkpoints is never used again",
        NotThePresent = Refused "NOT_THE_PRESENT_KEY" "only the key that has a successor is retired",
    }
    Private(PrivateRule) {
        ReaderNotAllowed = NotAllowed "READER_NOT_ALLOWED" "the role reads no private parts, or not of this case",
        PurposeMissing = Malformed "PURPOSE_MISSING" "what is sealed is read for a purpose",
        PurposeNotAllowed = NotAllowed "PURPOSE_NOT_ALLOWED" "the role reads for other purposes",
        ChargeNotSealed = Refused "CHARGE_NOT_SEALED" "it takes the charge to be sealed",
        BasisNotAllowed = NotAllowed "SHRED_BASIS_NOT_ALLOWED" "the role orders it under another authority",
        RetentionNotSet = Refused "RETENTION_NOT_SET" "private parts are kept for good",
        RetentionNotOver = Refused "RETENTION_NOT_OVER" "the days after sealing have not passed",
        RetentionElsewhere = Malformed "RETENTION_OF_OPERATOR_ONLY" "retention is set in the stream of the operator",
        OrderedAlready = Refused "SHRED_ORDERED_ALREADY" "private parts are destroyed once",
        NotOrdered = Refused "SHRED_NOT_ORDERED" "nobody ordered that private parts be destroyed",
        Destroyed = Refused "PRIVATE_PARTS_DESTROYED" "what is sealed cannot come back: private parts are destroyed, or about to be",
        KeptNoMore = Refused "PRIVATE_PARTS_NOT_KEPT" "nothing private is kept of a case whose private parts are destroyed, or about to be",
        NothingToRead = Refused "NOTHING_TO_READ" "private parts are destroyed, or about to be",
    }
    [
        NotDeclared = NotAllowed "AUTHORITY_NOT_DECLARED" "the ledger does not declare who may state what",
        NotGenesis = NotAllowed "NOT_A_FIRST_FACT" "authority is declared once, with a new ledger",
        PosterUnknown = NotAllowed "POSTER_NOT_REGISTERED" "the poster takes no part in the ledger",
        RoleNotGranted = NotAllowed "ROLE_NOT_GRANTED" "the poster is not granted the role it acts in",
        GrantNotInForce = NotAllowed "GRANT_NOT_IN_FORCE" "the days of the grant have not come or are over",
        OutsideCounties = NotAllowed "OUTSIDE_COUNTIES" "the grant is for other counties",
        OutsideCourts = NotAllowed "OUTSIDE_COURTS" "the grant is for other courts, or no grant says where the court is",
        PlaceUnknown = NotAllowed "PLACE_UNKNOWN" "the grant is limited to places, and the place is not known",
        OrganisationUnknown = NotFound "ORGANISATION_UNKNOWN" "the organisation is not registered",
        OrganisationKnown = Refused "ORGANISATION_KNOWN" "an organisation is registered once",
        NotGranted = Refused "NOT_GRANTED" "there is no grant of that role to revoke",
        HeldByAnother = Refused "HELD_BY_ANOTHER" "a principal, token or key speaks for one organisation",
        NotHeld = Refused "NOT_HELD" "there is no such principal, token or key to take back",
        PlacesNotAscending = Malformed "PLACES_NOT_ASCENDING" "counties or courts of a grant are repeated or not ascending",
        ValidityEmpty = Malformed "VALIDITY_EMPTY" "the last day comes before the first",
        ValidityOver = Refused "VALIDITY_OVER" "the last day is over already",
        SigningKeyMissing = Refused "SIGNING_KEY_MISSING" "who has to sign needs a signing key in force",
        NothingChanges = Refused "NOTHING_CHANGES" "it stands like that already",
        ApprovalElsewhere = Malformed "APPROVAL_OF_OPERATOR_ONLY" "approval is required in the stream of the operator",
        NotPending = Refused "NOT_PENDING" "nothing waits for approval at that revision",
        WouldLockOut = Refused "WOULD_LOCK_OUT" "nobody would be left to administer the ledger for good",
        Several = Refused "SEVERAL_RULES" "more than one rule failed; each is listed",
    ]
}

impl Rejection {
    /// What the refusal means for the caller; of several, the gravest.
    pub fn kind(&self) -> RejectionKind {
        self.each()
            .iter()
            .map(Self::own_kind)
            .min()
            .unwrap_or(RejectionKind::Refused)
    }

    /// The rules that failed, one by one: itself, or what [`Rejection::Several`] holds.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(all) => all,
            one => core::slice::from_ref(one),
        }
    }

    /// All of them as one, in order and without repeats; none if there are none.
    pub(crate) fn gather(all: Vec<Self>) -> Option<Self> {
        let mut once: Vec<Self> = Vec::with_capacity(all.len());
        for rejection in all {
            if !once.contains(&rejection) {
                once.push(rejection);
            }
        }
        if once.len() > 1 {
            return Some(Self::Several(once));
        }
        once.pop()
    }
}
