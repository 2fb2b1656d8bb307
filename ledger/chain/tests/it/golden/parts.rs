//! What the parts of a message share.

use super::*;

#[test]
fn refuses_parts_of_a_message_that_were_not_recorded_together() {
    let before = headers()[0].clone();
    let found = before.recorded_at + 1;
    let fault = push_changed(1, |header| header.recorded_at = found);
    let expected = before.recorded_at;
    assert_eq!(fault, LinkFault::PartTime { expected, found });
    let found = Digest::from_bytes([7; 32]);
    let fault = push_changed(1, |header| header.content = found);
    let expected = before.content;
    assert_eq!(fault, LinkFault::Content { expected, found });
    let fault = push_changed(1, |header| header.submitter_seq = 8);
    let (expected, found) = (before.submitter_seq, 8);
    assert_eq!(fault, LinkFault::Sequence { expected, found });
}
