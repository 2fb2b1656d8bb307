//! Writes a body as hex with a comment for each field, named by the descriptors of the package.
//! It reads the bytes itself and shares nothing with the codec under test.

use std::collections::HashMap;
use std::fmt::Write as _;

use caseledger_proto::FILE_DESCRIPTOR_SET;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

pub(crate) struct Annotator {
    messages: HashMap<String, DescriptorProto>,
    enums: HashMap<String, EnumDescriptorProto>,
}

impl Annotator {
    pub(crate) fn new() -> Self {
        let set = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
        let mut messages = HashMap::new();
        let mut enums = HashMap::new();
        for file in set.file {
            let package = file.package().to_owned();
            for message in file.message_type {
                messages.insert(format!(".{package}.{}", message.name()), message);
            }
            for one in file.enum_type {
                enums.insert(format!(".{package}.{}", one.name()), one);
            }
        }
        Self { messages, enums }
    }

    /// One line per field of the body.
    pub(crate) fn event(&self, body: &[u8]) -> String {
        let mut text = String::new();
        self.message(".caseledger.event.v1.Event", body, 0, &mut text);
        text
    }

    fn message(&self, name: &str, mut rest: &[u8], depth: usize, text: &mut String) {
        while !rest.is_empty() {
            let field_bytes = rest;
            let tag = varint(&mut rest);
            let (number, wire_type) = ((tag >> 3) as i32, tag & 7);
            let fields = &self.messages[name].field;
            let field = fields
                .iter()
                .find(|field| field.number() == number)
                .unwrap();
            let (shown, comment, inner) = match wire_type {
                0 => {
                    let value = varint(&mut rest);
                    let shown = &field_bytes[..field_bytes.len() - rest.len()];
                    (shown, format!(" = {}", self.scalar(field, value)), None)
                }
                2 => {
                    let len = varint(&mut rest) as usize;
                    let (content, after) = rest.split_at(len);
                    let head = &field_bytes[..field_bytes.len() - rest.len()];
                    let all = &field_bytes[..field_bytes.len() - after.len()];
                    rest = after;
                    match field.r#type() {
                        Type::Message => (head, format!(", {len} bytes"), Some(content)),
                        Type::String => {
                            let value = std::str::from_utf8(content).unwrap();
                            (all, format!(" = {value:?}"), None)
                        }
                        Type::Bytes => (all, format!(", {len} bytes"), None),
                        _ => (all, format!(" = [{}]", self.packed(field, content)), None),
                    }
                }
                other => panic!("wire type {other} in {name}"),
            };
            let hex = format!("{}{}", " ".repeat(depth), hex::encode(shown));
            let names = format!("{}{}{comment}", "  ".repeat(depth), field.name());
            writeln!(text, "{hex:<44} # {names}").unwrap();
            if let Some(inner) = inner {
                self.message(field.type_name(), inner, depth + 1, text);
            }
        }
    }

    fn packed(&self, field: &FieldDescriptorProto, mut content: &[u8]) -> String {
        assert_eq!(field.label(), Label::Repeated);
        let mut values = Vec::new();
        while !content.is_empty() {
            let value = varint(&mut content);
            values.push(self.scalar(field, value));
        }
        values.join(", ")
    }

    fn scalar(&self, field: &FieldDescriptorProto, value: u64) -> String {
        match field.r#type() {
            Type::Enum => {
                let values = &self.enums[field.type_name()].value;
                let known = values
                    .iter()
                    .find(|one| i64::from(one.number()).cast_unsigned() == value);
                known.unwrap().name().to_owned()
            }
            Type::Bool => (value == 1).to_string(),
            _ => value.to_string(),
        }
    }
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().unwrap();
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    panic!("varint longer than 64 bits");
}
