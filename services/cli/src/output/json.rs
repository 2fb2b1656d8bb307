//! Messages of the API as JSON.
//!
//! Field names are those of the `.proto` files. What differs from the JSON mapping of protocol
//! buffers is made for shells: identifiers and hashes are hexadecimal, as the commands take them;
//! codes are those of the totals (`DISMISSED`); numbers are numbers; what is not given is `null`.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorError, DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey,
    ReflectMessage,
};
use serde_json::{Map, Value};

use super::hex;
use crate::exit::{Exit, Failure};

static POOL: LazyLock<Result<DescriptorPool, DescriptorError>> =
    LazyLock::new(|| DescriptorPool::decode(caseledger_proto::FILE_DESCRIPTOR_SET));

/// A program that does not know its own messages.
#[derive(Debug, thiserror::Error)]
#[error("message {0} is not described in this program; the build is defective")]
struct Undescribed(String);

/// The message with that name in the package `caseledger.v1`, as JSON.
///
/// # Errors
/// [`Failure`] if there is no such message, or it is another one.
pub(crate) fn message(name: &str, message: &impl Message) -> Result<Value, Failure> {
    let full_name = format!("caseledger.v1.{name}");
    let undescribed = || Failure::new(Exit::Refused, Undescribed(full_name.clone()));
    let pool = POOL.as_ref().ok().ok_or_else(undescribed)?;
    let descriptor = pool
        .get_message_by_name(&full_name)
        .ok_or_else(undescribed)?;
    let decoded = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice());
    Ok(object(&decoded.ok().ok_or_else(undescribed)?))
}

fn object(message: &DynamicMessage) -> Value {
    let mut map = Map::new();
    for field in message.descriptor().fields() {
        let chosen = field
            .containing_oneof()
            .is_some_and(|oneof| !oneof.is_synthetic());
        let present = message.has_field(&field);
        if chosen && !present {
            continue;
        }
        let value = if field.supports_presence() && !present {
            Value::Null
        } else {
            value(&message.get_field(&field), &field)
        };
        map.insert(field.name().to_owned(), value);
    }
    Value::Object(map)
}

fn value(value: &prost_reflect::Value, field: &FieldDescriptor) -> Value {
    use prost_reflect::Value as Wire;
    match value {
        Wire::Bool(value) => (*value).into(),
        Wire::I32(value) => (*value).into(),
        Wire::I64(value) => (*value).into(),
        Wire::U32(value) => (*value).into(),
        Wire::U64(value) => (*value).into(),
        Wire::F32(value) => (*value).into(),
        Wire::F64(value) => (*value).into(),
        Wire::String(text) => text.as_str().into(),
        Wire::Bytes(bytes) if bytes.is_empty() => Value::Null,
        Wire::Bytes(bytes) => hex(bytes).into(),
        Wire::EnumNumber(number) => match field.kind() {
            Kind::Enum(descriptor) => code(&descriptor, *number),
            _ => (*number).into(),
        },
        Wire::Message(message) => object(message),
        Wire::List(values) => values.iter().map(|item| self::value(item, field)).collect(),
        Wire::Map(entries) => {
            let mut map = Map::new();
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| key_text(key));
            for (key, item) in entries {
                map.insert(key_text(key), self::value(item, field));
            }
            Value::Object(map)
        }
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

/// `PHASE_DISMISSED` is `DISMISSED`, unspecified is null, and a number from the future is itself.
fn code(descriptor: &EnumDescriptor, number: i32) -> Value {
    if number == 0 {
        return Value::Null;
    }
    match descriptor.get_value(number) {
        Some(value) => without_prefix(value.name(), descriptor.name()).into(),
        None => number.into(),
    }
}

/// Takes the name of the enumeration off the name of its member.
pub(crate) fn without_prefix<'a>(member: &'a str, enumeration: &str) -> &'a str {
    let mut prefix = String::with_capacity(enumeration.len() + 4);
    for (index, letter) in enumeration.char_indices() {
        if index > 0 && letter.is_ascii_uppercase() {
            prefix.push('_');
        }
        prefix.push(letter.to_ascii_uppercase());
    }
    prefix.push('_');
    member.strip_prefix(prefix.as_str()).unwrap_or(member)
}

#[cfg(test)]
mod tests {
    use caseledger_client::pb::v1;
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_those_of_the_api_and_values_those_of_the_shell() {
        let row = v1::CaseRow {
            case_id: vec![0xab; 16].into(),
            phase: v1::Phase::Dismissed.into(),
            exit: 0,
            counted: true,
        };
        let page = v1::ListCasesResponse {
            cases: vec![row],
            next: String::new(),
            complete_to: 1_000,
        };
        let expected = json!({
            "cases": [{
                "case_id": "abababababababababababababababab",
                "phase": "DISMISSED",
                "exit": null,
                "counted": true,
            }],
            "next": "",
            "complete_to": 1_000,
        });
        assert_eq!(message("ListCasesResponse", &page).unwrap(), expected);
    }

    #[test]
    fn of_a_choice_only_what_was_chosen_is_shown() {
        let stream = v1::StreamRef {
            stream: Some(v1::stream_ref::Stream::Cohort("LA-2020-DOJ.1".to_owned())),
        };
        let shown = message("StreamRef", &stream).unwrap();
        assert_eq!(shown, json!({ "cohort": "LA-2020-DOJ.1" }));
    }

    #[test]
    fn refuses_a_name_that_is_no_message() {
        let failure = message("Nothing", &v1::GetCheckpointRequest {}).unwrap_err();
        assert!(failure.render(false).contains("caseledger.v1.Nothing"));
    }

    #[test]
    fn codes_lose_the_name_of_their_enumeration() {
        assert_eq!(
            without_prefix("FACT_KIND_CASE_IDENTIFIED", "FactKind"),
            "CASE_IDENTIFIED"
        );
        assert_eq!(without_prefix("PHASE_SEALED", "Phase"), "SEALED");
        assert_eq!(without_prefix("OTHER", "Phase"), "OTHER");
    }
}
