//! `ReportService`: figures that were announced, and the same figures counted again.

use bytes::Bytes;
use caseledger_chain::{Position, Size};
use caseledger_domain::view::{AsOf, Tally};
use caseledger_domain::{AnnouncementId, Fact, Figure, State, StreamId};
use caseledger_engine::{Direction, Prover, Reader, Recorded};
use caseledger_proto::convert::{self, Cursor};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::report_service_server::ReportService;
use tonic::{Request, Response, Status};

use super::{command, principal};
use crate::gate::Gate;
use crate::status::{Failure, Missing};

/// Statements of an announcement that are counted again at once: the newest.
const STATEMENTS_MAX: usize = 16;

/// `caseledger.v1.ReportService`.
#[derive(Clone, Debug)]
pub(super) struct Reports(pub(super) Gate);

#[tonic::async_trait]
impl ReportService for Reports {
    async fn publish_announcement(
        &self,
        request: Request<v1::PublishAnnouncementRequest>,
    ) -> Result<Response<v1::PublishAnnouncementResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let headers = metadata.into_headers();
        let principal = principal(&extensions)?;
        let (sent, read) = convert::publish_announcement(request, self.0.pseudonyms());
        let submission = command::noted(&self.0, principal, Some(sent), read)?;
        let recorded = command::record(&self.0, &headers, principal, submission).await?;
        let duplicate = recorded.duplicate;
        // A submission of one fact about no case comes to one entry.
        let receipt = recorded.receipts.into_iter().next();
        let receipt = receipt.ok_or(Failure::OutcomeUnknown)?;
        let entry = Recorded::new(Position::new(receipt.position), receipt.entry.clone());
        let said = entry.map_err(Failure::from)?.event;
        let sheet = match &said.fact {
            Fact::Announcement(fact) => Some(convert::sheet(fact.sheet())),
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Org(_) => None,
        };
        Ok(Response::new(v1::PublishAnnouncementResponse {
            receipt: Some(receipt),
            duplicate,
            sheet,
        }))
    }

    /// Open to everybody: figures name nobody.
    async fn reproduce_announcement(
        &self,
        request: Request<v1::ReproduceAnnouncementRequest>,
    ) -> Result<Response<v1::ReproduceAnnouncementResponse>, Status> {
        let (metadata, _, question) = request.into_parts();
        let prover = self.0.prover().clone();
        let answer = async {
            let id = convert::announcement_id(&question.announcement)?;
            self.0
                .read_long(move |reader| reproduce(reader, &prover, id))
                .await
        };
        let answer = self.0.within(&metadata.into_headers(), answer).await?;
        Ok(Response::new(answer))
    }

    /// Open to everybody, as well.
    async fn list_announcements(
        &self,
        request: Request<v1::ListAnnouncementsRequest>,
    ) -> Result<Response<v1::ListAnnouncementsResponse>, Status> {
        let (metadata, _, question) = request.into_parts();
        let answer = async {
            let page = convert::page(question.page.as_ref())?;
            self.0.read_long(move |reader| list(reader, page)).await
        };
        let answer = self.0.within(&metadata.into_headers(), answer).await?;
        Ok(Response::new(answer))
    }
}

fn list(reader: &Reader, page: Cursor) -> Result<v1::ListAnnouncementsResponse, Failure> {
    let Cursor { limit, from } = page;
    let found = reader.views(|views| {
        let mut listed = views.announcements().range(from.unwrap_or(0)..);
        let ids: Vec<_> = listed.by_ref().take(limit).map(|(_, id)| *id).collect();
        (ids, listed.next().map(|(position, _)| *position))
    })?;
    let (ids, next) = found.value;
    let mut announcements = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(State::Announcement(state)) = reader.state(&StreamId::Announcement(id))?.value {
            announcements.extend(convert::announcement_row(id, &state));
        }
    }
    Ok(v1::ListAnnouncementsResponse {
        announcements,
        next: convert::next_page(next),
        complete_to: found.complete_to.get(),
    })
}

fn reproduce(
    reader: &Reader,
    prover: &Prover,
    id: AnnouncementId,
) -> Result<v1::ReproduceAnnouncementResponse, Failure> {
    let stream = StreamId::Announcement(id);
    let newest = reader.history(
        &stream,
        u64::MAX,
        Direction::Backwards,
        STATEMENTS_MAX,
        None,
    )?;
    if newest.value.is_empty() {
        return Err(Missing::Stream("announcement").into());
    }
    let mut statements = Vec::with_capacity(newest.value.len());
    for recorded in newest.value.iter().rev() {
        statements.extend(statement(reader, prover, recorded)?);
    }
    Ok(v1::ReproduceAnnouncementResponse {
        reproduced: statements.iter().all(|statement| statement.reproduced),
        statements,
        complete_to: newest.complete_to.get(),
    })
}

/// One statement, counted again. None for an event that states no figures.
fn statement(
    reader: &Reader,
    prover: &Prover,
    recorded: &Recorded,
) -> Result<Option<v1::Reproduction>, Failure> {
    let (revision, position) = (recorded.revision, recorded.position);
    let said = convert::statement(revision, position, &recorded.event);
    let (Some(statement), Fact::Announcement(fact)) = (said, &recorded.event.fact) else {
        return Ok(None);
    };
    let sheet = fact.sheet();
    let size = sheet
        .frozen
        .map_or(Size::ZERO, |frozen| Size::new(frozen.size));
    let again = match size.last() {
        Some(last) => count(reader, &sheet.figures, AsOf::Position(last.get()))?,
        // Over nothing everything comes to nothing.
        None => vec![Tally::default(); sheet.figures.len()],
    };
    let now = count(reader, &sheet.figures, AsOf::Now)?;
    let root = prover.root(size)?;
    let stated = sheet.figures.iter().map(Figure::stated);
    let same = stated.eq(again.iter().copied().map(Some));
    let rests = sheet
        .frozen
        .is_some_and(|frozen| frozen.root == root.to_bytes());
    Ok(Some(v1::Reproduction {
        again: again.into_iter().map(convert::tally).collect(),
        now: now.into_iter().map(convert::tally).collect(),
        root: Bytes::copy_from_slice(root.as_ref()),
        reproduced: same && rests && size.get() == position.get(),
        ..statement
    }))
}

/// Counts figures; one that cannot be counted, which no accepted one is, comes to nothing.
fn count(reader: &Reader, figures: &[Figure], as_of: AsOf) -> Result<Vec<Tally>, Failure> {
    let counted = reader.views(|views| views.totals().tallies(figures, as_of))?;
    let tallies = counted.value.into_iter();
    Ok(tallies.map(Result::unwrap_or_default).collect())
}
