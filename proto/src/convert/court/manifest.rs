//! Batches: a header, rows and a trailer. A row is a message whose source, court and message id follow
//! from the header and its number.

use super::*;

/// Most rows of one request, as of submissions of one request.
pub const BATCH_ROWS_MAX: usize = 1000;

/// Most rows that one question about a batch is about.
const STATUS_ROWS_MAX: u32 = 10_000;

/// Longest name of a batch, in bytes.
const BATCH_ID_MAX: usize = 64;

/// What a batch declares, read.
#[derive(Clone, Debug)]
pub struct ManifestHeader {
    wire: pb::ManifestHeader,
    /// The list it is about.
    pub cohort: Option<CohortId>,
    /// Rows in all and by severity. They add up.
    pub totals: ControlTotals,
    /// SHA-256 of the file.
    pub file_digest: [u8; 32],
}

/// One part of a batch, read as far as it can be without the others.
#[derive(Clone, Debug)]
pub enum Part {
    /// First.
    Header(Box<ManifestHeader>),
    /// 1 to [`BATCH_ROWS_MAX`] rows.
    Rows(Vec<pb::ManifestRow>),
    /// Last: the digest of the file and the totals, as counted while it was sent.
    Trailer([u8; 32], ControlTotals),
}

impl ManifestHeader {
    /// The header as it came.
    pub const fn wire(&self) -> &pb::ManifestHeader {
        &self.wire
    }

    /// The message id of a row: [`Pseudonyms::message`] of `manifest`, the source system in
    /// capitals, the batch and the row's number.
    pub fn row_id(&self, row: u32, pseudonyms: &dyn Pseudonyms) -> [u8; 16] {
        row_id(
            &self.wire.source_system,
            &self.wire.batch_id,
            row,
            pseudonyms,
        )
    }
}

fn row_id(source: &str, batch: &str, row: u32, pseudonyms: &dyn Pseudonyms) -> [u8; 16] {
    let source = source.to_ascii_uppercase();
    pseudonyms.message(&["manifest", &source, batch, &row.to_string()])
}

/// Reads a part of a batch.
///
/// # Errors
/// [`WireErrors`] with every violation of that part; those of single rows come with their answers.
pub fn manifest_part(wire: pb::PostManifestRequest) -> Result<Part, WireErrors> {
    use pb::post_manifest_request::Part as Wire;

    match wire.part {
        None => read(|r| {
            r.reject("part", Why::Missing);
            None
        }),
        Some(Wire::Header(header)) => {
            manifest_header(header).map(|header| Part::Header(Box::new(header)))
        }
        Some(Wire::Rows(rows)) => read(|r| {
            r.field("rows", |r| {
                r.count("rows", rows.rows.len(), (1, BATCH_ROWS_MAX))
            })?;
            Some(Part::Rows(rows.rows))
        }),
        Some(Wire::Trailer(trailer)) => read(|r| {
            r.field("trailer", |r| {
                let digest = exact_bytes(&trailer.file_digest, "file_digest", r);
                let totals = ControlTotals::take(&trailer.totals, "totals", r);
                Some(Part::Trailer(digest?, totals?))
            })
        }),
    }
}

/// Reads what a batch declares.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn manifest_header(wire: pb::ManifestHeader) -> Result<ManifestHeader, WireErrors> {
    read(|r| {
        r.field("header", |r| {
            printable(&wire.batch_id, (1, BATCH_ID_MAX), "batch_id", r);
            parse::<Text<48>>(&wire.source_system, "source_system", r);
            key::court(&wire.court, "court", r);
            let cohort: Option<Option<CohortId>> = Wire::take(&wire.cohort, "cohort", r);
            if !wire.order_number.is_empty() {
                key::docket_number(&wire.order_number, "order_number", r);
            }
            if !wire.filing_id.is_empty() {
                key::filing_id(&wire.filing_id, "filing_id", r);
            }
            let file_digest = exact_bytes(&wire.file_digest, "file_digest", r);
            let totals = ControlTotals::take(&wire.totals, "totals", r);
            if let Some(totals) = totals
                && (totals.rows == 0 || !totals.adds_up())
            {
                r.reject("totals", Why::Totals);
            }
            Some(ManifestHeader {
                cohort: cohort?,
                totals: totals?,
                file_digest: file_digest?,
                wire,
            })
        })
    })
}

/// The message that a row of a batch stands for, without a message id.
pub fn row_confirmation(
    header: &pb::ManifestHeader,
    row: &pb::FilingConfirmation,
) -> pb::FilingConfirmation {
    let mut whole = row.clone();
    whole.source_system.clone_from(&header.source_system);
    whole.court.clone_from(&header.court);
    if whole.filing_id.is_empty() {
        whole.filing_id.clone_from(&header.filing_id);
    }
    let order = match &mut whole.statement {
        Some(Statement::DocketEntry(entry)) => Some(&mut entry.order_number),
        Some(Statement::Ruling(ruling)) => Some(&mut ruling.order_number),
        Some(Statement::Sealing(sealing)) => Some(&mut sealing.order_number),
        Some(Statement::Review(_) | Statement::MissingRecord(_)) | None => None,
    };
    if let Some(order) = order
        && order.is_empty()
    {
        order.clone_from(&header.order_number);
    }
    whole
}

/// Reads a row of a batch. Its number was looked at when it came.
///
/// # Errors
/// [`WireErrors`] with every violation; paths begin at the row.
pub fn manifest_row(
    header: &ManifestHeader,
    wire: &pb::ManifestRow,
    codes: &Codes,
    pseudonyms: &dyn Pseudonyms,
) -> Result<CourtMessage, WireErrors> {
    named_row(header, wire, codes, pseudonyms).1
}

/// The same, with the name that a refusal is noted under: its digest covers the message that the row
/// stands for, or the row if it stands for none.
pub fn named_row(
    header: &ManifestHeader,
    wire: &pb::ManifestRow,
    codes: &Codes,
    pseudonyms: &dyn Pseudonyms,
) -> (Sent, Result<CourtMessage, WireErrors>) {
    let whole = wire
        .confirmation
        .as_ref()
        .map(|row| row_confirmation(&header.wire, row));
    let canonical = match &whole {
        Some(whole) => whole.encode_to_vec(),
        None => wire.encode_to_vec(),
    };
    let id = header.row_id(wire.row, pseudonyms);
    let named = Named::new(id, &canonical, pseudonyms);
    let taken = take_row(wire, whole.as_ref(), codes);
    let message = taken.and_then(|taken| commands(taken, named, pseudonyms));
    (named.sent(), message)
}

/// The submission of a row, which stands for the message `whole`.
fn take_row(
    wire: &pb::ManifestRow,
    whole: Option<&pb::FilingConfirmation>,
    codes: &Codes,
) -> Result<CourtSubmission, WireErrors> {
    read(|r| {
        Severity::take(&wire.severity, "severity", r);
        let row = wire.confirmation.as_ref().zip(whole);
        let (row, whole) = r.present("confirmation", row)?;
        r.field("confirmation", |r| {
            for (given, field) in [
                (&row.source_system, "source_system"),
                (&row.source_message_id, "source_message_id"),
                (&row.court, "court"),
            ] {
                if !given.is_empty() {
                    r.reject(field, Why::FollowsFromHeader);
                }
            }
            take(whole, codes, r)
        })
    })
}

/// Reads a question about a batch: the message ids of the rows asked for, in order.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn manifest_status(
    wire: &pb::GetManifestStatusRequest,
    pseudonyms: &dyn Pseudonyms,
) -> Result<Vec<(u32, [u8; 16])>, WireErrors> {
    read(|r| {
        printable(&wire.batch_id, (1, BATCH_ID_MAX), "batch_id", r);
        parse::<Text<48>>(&wire.source_system, "source_system", r);
        for (found, field, max) in [
            (wire.first_row, "first_row", u32::MAX),
            (wire.rows, "rows", STATUS_ROWS_MAX),
        ] {
            if found == 0 || found > max {
                let (min, max, found) = (1, max.into(), found.into());
                r.reject(field, Why::Range { min, max, found });
            }
        }
        let last = wire.first_row.checked_add(wire.rows.saturating_sub(1));
        if last.is_none() {
            let (min, max) = (1, u64::from(u32::MAX - wire.rows));
            let found = wire.first_row.into();
            r.reject("first_row", Why::Range { min, max, found });
        }
        Some((wire.first_row, last?))
    })
    .map(|(first, last)| {
        let id = |row| {
            let id = row_id(&wire.source_system, &wire.batch_id, row, pseudonyms);
            (row, id)
        };
        (first..=last).map(id).collect()
    })
}
