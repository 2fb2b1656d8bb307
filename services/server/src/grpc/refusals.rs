//! The log of refused posts, as it is told.

use bytes::Bytes;
use caseledger_proto::convert::{self, Cursor};
use caseledger_proto::pb::v1;

use crate::refused::{Line, Refused, Wanted};
use crate::status::{Failure, Missing};

/// One page, newest first.
pub(super) fn list(
    refused: &Refused,
    question: v1::ListRefusalsRequest,
) -> Result<v1::ListRefusalsResponse, Failure> {
    let Cursor { limit, from } = convert::page(question.page.as_ref())?;
    let named = |text: String| (!text.is_empty()).then_some(text);
    let wanted = Wanted {
        from,
        limit,
        since: question.since_us,
        org: named(question.submitter),
        reason: named(question.reason),
    };
    let page = refused.read(&wanted).map_err(Failure::Refusals)?;
    let page = page.ok_or(Missing::Refusals)?;
    Ok(v1::ListRefusalsResponse {
        refusals: page.lines.into_iter().map(told).collect(),
        next: convert::next_page(page.next),
        lost: refused.counters().lost.get(),
    })
}

fn told(line: Line) -> v1::RefusedPost {
    v1::RefusedPost {
        number: line.number,
        refused_at_us: line.at,
        submitter: line.org.unwrap_or_default(),
        role: line.role.unwrap_or_default(),
        reason: line.reason,
        rules: line.rules,
        method: line.method.unwrap_or_default(),
        message_id: bytes(line.message),
        content: bytes(line.content),
        trace_id: bytes(line.trace),
        left_out: line.left_out,
    }
}

/// Bytes of hexadecimal digits; none where they are none.
fn bytes(digits: Option<String>) -> Bytes {
    let bytes = digits.and_then(|digits| hex::decode(digits).ok());
    bytes.unwrap_or_default().into()
}
