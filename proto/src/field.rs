//! One field in both directions. The pair of types says which: an order id that must be there is
//! `bytes` and [`OrderId`], one that may be missing is `bytes` and `Option<OrderId>`.
//!
//! Zero and empty mean "not given", as proto3 has it. What cannot be told from "not given" that
//! way is `optional` on the wire.

use caseledger_domain::view::Dimension;
use caseledger_domain::vocabulary::Set;
use caseledger_domain::{
    CaseId, ChargeId, Charges, CohortId, Date, FactKind, FilingId, InitiativeId, OrderId, OrgId,
    PersonRef, Text, TextError, Uri,
};

use crate::vocabulary::Code;
use crate::wire_error::{Reader, Why};

/// A value and its form `P` on the wire.
pub(crate) trait Wire<P>: Sized {
    /// The form on the wire.
    fn put(&self) -> P;

    /// Reads it; on none, the reader knows why.
    fn take(wire: &P, field: &'static str, r: &mut Reader) -> Option<Self>;
}

/// A message within a message.
pub(crate) trait Nested: Sized {
    /// The message on the wire.
    type Pb;

    /// The form on the wire.
    fn put_message(&self) -> Self::Pb;

    /// Reads its fields; on none, the reader knows why.
    fn take_message(wire: &Self::Pb, r: &mut Reader) -> Option<Self>;
}

impl<D: Nested> Wire<Option<D::Pb>> for D {
    fn put(&self) -> Option<D::Pb> {
        Some(self.put_message())
    }

    fn take(wire: &Option<D::Pb>, field: &'static str, r: &mut Reader) -> Option<Self> {
        let message = r.present(field, wire.as_ref())?;
        r.field(field, |r| D::take_message(message, r))
    }
}

impl<D: Nested> Wire<Option<D::Pb>> for Option<D> {
    fn put(&self) -> Option<D::Pb> {
        self.as_ref().map(D::put_message)
    }

    fn take(wire: &Option<D::Pb>, field: &'static str, r: &mut Reader) -> Option<Self> {
        match wire {
            None => Some(None),
            Some(message) => r.field(field, |r| D::take_message(message, r)).map(Some),
        }
    }
}

impl<D: Nested> Wire<Vec<D::Pb>> for Vec<D> {
    fn put(&self) -> Vec<D::Pb> {
        self.iter().map(D::put_message).collect()
    }

    fn take(wire: &Vec<D::Pb>, field: &'static str, r: &mut Reader) -> Option<Self> {
        r.items(field, wire.iter(), D::take_message)
    }
}

impl<T: Code> Wire<i32> for T {
    fn put(&self) -> i32 {
        i32::from(self.number())
    }

    fn take(wire: &i32, field: &'static str, r: &mut Reader) -> Option<Self> {
        let known = u8::try_from(*wire).ok().and_then(T::from_number);
        if known.is_none() {
            let why = match wire {
                0 => Why::Missing,
                number => Why::UnknownNumber(*number),
            };
            r.reject(field, why);
        }
        known
    }
}

impl<T: Code> Wire<i32> for Option<T> {
    fn put(&self) -> i32 {
        self.as_ref().map_or(0, T::put)
    }

    fn take(wire: &i32, field: &'static str, r: &mut Reader) -> Option<Self> {
        match wire {
            0 => Some(None),
            _ => T::take(wire, field, r).map(Some),
        }
    }
}

impl<T: Code> Wire<Vec<i32>> for Set<T> {
    fn put(&self) -> Vec<i32> {
        self.iter().map(|member| member.put()).collect()
    }

    /// Numbers must ascend: there is one form of a set.
    fn take(wire: &Vec<i32>, field: &'static str, r: &mut Reader) -> Option<Self> {
        if !ascending(wire) {
            r.reject(field, Why::NotAscending);
            return None;
        }
        wire.iter()
            .map(|number| T::take(number, field, r))
            .collect::<Option<Vec<T>>>()
            .map(|members| members.into_iter().collect())
    }
}

impl Wire<i32> for FactKind {
    fn put(&self) -> i32 {
        i32::from(self.number())
    }

    fn take(wire: &i32, field: &'static str, r: &mut Reader) -> Option<Self> {
        let known = u16::try_from(*wire).ok().and_then(Self::from_number);
        if known.is_none() {
            r.reject(field, Why::UnknownNumber(*wire));
        }
        known
    }
}

macro_rules! ids {
    ($($id:ident),+) => {$(
        impl Wire<Vec<u8>> for $id {
            fn put(&self) -> Vec<u8> {
                self.to_bytes().to_vec()
            }

            fn take(wire: &Vec<u8>, field: &'static str, r: &mut Reader) -> Option<Self> {
                <[u8; Self::LEN]>::take(wire, field, r).map(Self::from_bytes)
            }
        }

        impl Wire<Vec<u8>> for Option<$id> {
            fn put(&self) -> Vec<u8> {
                self.as_ref().map_or_else(Vec::new, $id::put)
            }

            fn take(wire: &Vec<u8>, field: &'static str, r: &mut Reader) -> Option<Self> {
                match wire.len() {
                    0 => Some(None),
                    _ => $id::take(wire, field, r).map(Some),
                }
            }
        }
    )+};
}

ids!(CaseId, FilingId, OrderId, PersonRef);

impl<const N: usize> Wire<Vec<u8>> for [u8; N] {
    fn put(&self) -> Vec<u8> {
        self.to_vec()
    }

    fn take(wire: &Vec<u8>, field: &'static str, r: &mut Reader) -> Option<Self> {
        exact_bytes(wire, field, r)
    }
}

/// Exactly so many bytes.
pub(crate) fn exact_bytes<const N: usize>(
    wire: &[u8],
    field: &'static str,
    r: &mut Reader,
) -> Option<[u8; N]> {
    let exact = wire.try_into().ok();
    if exact.is_none() {
        let why = match wire.len() {
            0 => Why::Missing,
            found => Why::ByteCount { expected: N, found },
        };
        r.reject(field, why);
    }
    exact
}

/// Reads a text that has its own grammar.
pub(crate) fn parse<T>(wire: &str, field: &'static str, r: &mut Reader) -> Option<T>
where
    T: core::str::FromStr<Err: Into<Why>>,
{
    if wire.is_empty() {
        r.reject(field, Why::Missing);
        return None;
    }
    r.accept(field, wire.parse::<T>())
}

macro_rules! slugs {
    ($($id:ident),+) => {$(
        impl Wire<String> for $id {
            fn put(&self) -> String {
                self.as_str().to_owned()
            }

            fn take(wire: &String, field: &'static str, r: &mut Reader) -> Option<Self> {
                parse(wire, field, r)
            }
        }

        impl Wire<String> for Option<$id> {
            fn put(&self) -> String {
                self.as_ref().map_or_else(String::new, $id::put)
            }

            fn take(wire: &String, field: &'static str, r: &mut Reader) -> Option<Self> {
                match wire.len() {
                    0 => Some(None),
                    _ => parse(wire, field, r).map(Some),
                }
            }
        }
    )+};
}

slugs!(CohortId, InitiativeId, OrgId);

impl<const N: usize> Wire<String> for Text<N> {
    fn put(&self) -> String {
        self.as_str().to_owned()
    }

    fn take(wire: &String, field: &'static str, r: &mut Reader) -> Option<Self> {
        parse(wire, field, r)
    }
}

impl<const N: usize> Wire<Vec<String>> for Vec<Text<N>> {
    fn put(&self) -> Vec<String> {
        self.iter().map(Text::put).collect()
    }

    fn take(wire: &Vec<String>, field: &'static str, r: &mut Reader) -> Option<Self> {
        r.items(field, wire.iter(), |code, r| {
            let parsed = code
                .parse()
                .map_err(|why: TextError| r.reject_here(why.into()));
            parsed.ok()
        })
    }
}

impl Wire<String> for Uri {
    fn put(&self) -> String {
        self.as_str().to_owned()
    }

    fn take(wire: &String, field: &'static str, r: &mut Reader) -> Option<Self> {
        parse(wire, field, r)
    }
}

/// 1 to `MAX` texts.
pub(crate) fn texts<const MAX: usize, const N: usize>(
    wire: &Vec<String>,
    field: &'static str,
    r: &mut Reader,
) -> Option<Vec<Text<N>>> {
    r.count(field, wire.len(), (1, MAX))?;
    Wire::take(wire, field, r)
}

impl Wire<String> for Dimension {
    fn put(&self) -> String {
        self.name().to_owned()
    }

    fn take(wire: &String, field: &'static str, r: &mut Reader) -> Option<Self> {
        let dimension = Self::from_name(wire);
        if dimension.is_none() {
            r.reject(field, Why::UnknownDimension);
        }
        dimension
    }
}

impl Wire<u32> for Date {
    fn put(&self) -> u32 {
        self.yyyymmdd()
    }

    fn take(wire: &u32, field: &'static str, r: &mut Reader) -> Option<Self> {
        if *wire == 0 {
            r.reject(field, Why::Missing);
            return None;
        }
        r.accept(field, Self::from_yyyymmdd(*wire))
    }
}

impl Wire<u32> for Option<Date> {
    fn put(&self) -> u32 {
        self.map_or(0, Date::yyyymmdd)
    }

    fn take(wire: &u32, field: &'static str, r: &mut Reader) -> Option<Self> {
        match wire {
            0 => Some(None),
            _ => Date::take(wire, field, r).map(Some),
        }
    }
}

macro_rules! plain {
    ($($kind:ty),+) => {$(
        impl Wire<Self> for $kind {
            fn put(&self) -> Self {
                *self
            }

            fn take(wire: &Self, _field: &'static str, _r: &mut Reader) -> Option<Self> {
                Some(*wire)
            }
        }
    )+};
}

plain!(bool, u32, u64, Option<u32>, Option<u64>);

/// A number that counts from 1; 0 on the wire is none.
impl Wire<u32> for Option<u32> {
    fn put(&self) -> u32 {
        self.unwrap_or(0)
    }

    fn take(wire: &u32, _field: &'static str, _r: &mut Reader) -> Option<Self> {
        Some((*wire != 0).then_some(*wire))
    }
}

macro_rules! narrow {
    ($($kind:ident),+) => {$(
        impl Wire<u32> for $kind {
            fn put(&self) -> u32 {
                u32::from(*self)
            }

            fn take(wire: &u32, field: &'static str, r: &mut Reader) -> Option<Self> {
                in_range(*wire, field, r, (0, u32::from(Self::MAX)))
                    .and_then(|number| Self::try_from(number).ok())
            }
        }
    )+};
}

narrow!(u8, u16);

impl Wire<u32> for ChargeId {
    fn put(&self) -> u32 {
        u32::from(self.0)
    }

    fn take(wire: &u32, field: &'static str, r: &mut Reader) -> Option<Self> {
        from_one(wire, field, r).map(Self)
    }
}

impl Wire<Vec<u32>> for Vec<ChargeId> {
    fn put(&self) -> Vec<u32> {
        self.iter().map(ChargeId::put).collect()
    }

    fn take(wire: &Vec<u32>, field: &'static str, r: &mut Reader) -> Option<Self> {
        wire.iter().map(|id| ChargeId::take(id, field, r)).collect()
    }
}

impl Wire<Vec<u32>> for Charges {
    fn put(&self) -> Vec<u32> {
        self.as_slice().iter().map(ChargeId::put).collect()
    }

    fn take(wire: &Vec<u32>, field: &'static str, r: &mut Reader) -> Option<Self> {
        if !ascending(wire) {
            r.reject(field, Why::NotAscending);
            return None;
        }
        Vec::take(wire, field, r).map(Self::new)
    }
}

/// Counties.
impl Wire<Vec<u32>> for Vec<u16> {
    fn put(&self) -> Vec<u32> {
        self.iter().map(u16::put).collect()
    }

    fn take(wire: &Vec<u32>, field: &'static str, r: &mut Reader) -> Option<Self> {
        counties(wire, field, r)
    }
}

/// Rows of a manifest.
impl Wire<Self> for Vec<u32> {
    fn put(&self) -> Self {
        self.clone()
    }

    fn take(wire: &Self, field: &'static str, r: &mut Reader) -> Option<Self> {
        rows_from_one(wire, field, r)
    }
}

/// A number that counts from 1 and must be there.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "a check has the form of `Wire::take`"
)]
pub(crate) fn from_one<T: TryFrom<u32> + Bounded>(
    wire: &u32,
    field: &'static str,
    r: &mut Reader,
) -> Option<T> {
    in_range(*wire, field, r, (1, T::GREATEST)).and_then(|number| T::try_from(number).ok())
}

/// The greatest value of a type, as it fits on the wire.
pub(crate) trait Bounded {
    /// The greatest value.
    const GREATEST: u32;
}

impl Bounded for u8 {
    const GREATEST: u32 = 0xff;
}

impl Bounded for u16 {
    const GREATEST: u32 = 0xffff;
}

impl Bounded for u32 {
    const GREATEST: Self = Self::MAX;
}

fn in_range(
    number: u32,
    field: &'static str,
    r: &mut Reader,
    (min, max): (u32, u32),
) -> Option<u32> {
    if (min..=max).contains(&number) {
        return Some(number);
    }
    let why = match (number, min) {
        (0, 1) => Why::Missing,
        _ => Why::Range {
            min: u64::from(min),
            max: u64::from(max),
            found: u64::from(number),
        },
    };
    r.reject(field, why);
    None
}

/// At least one number from 1 on, ascending.
fn rows_from_one(wire: &[u32], field: &'static str, r: &mut Reader) -> Option<Vec<u32>> {
    r.count(field, wire.len(), (1, usize::MAX))?;
    if !ascending(wire) {
        r.reject(field, Why::NotAscending);
        return None;
    }
    wire.iter().map(|row| from_one(row, field, r)).collect()
}

/// A list of at least `MIN` and at most `MAX` messages.
pub(crate) fn list<const MIN: usize, const MAX: usize, D: Nested>(
    wire: &[D::Pb],
    field: &'static str,
    r: &mut Reader,
) -> Option<Vec<D>> {
    r.count(field, wire.len(), (MIN, MAX))?;
    r.items(field, wire.iter(), D::take_message)
}

/// A set with at least one member.
pub(crate) fn some_of<T: Code>(
    wire: &Vec<i32>,
    field: &'static str,
    r: &mut Reader,
) -> Option<Set<T>> {
    r.count(field, wire.len(), (1, T::ALL.len()))?;
    Set::take(wire, field, r)
}

/// At least one county: FIPS numbers within the state.
fn counties(wire: &[u32], field: &'static str, r: &mut Reader) -> Option<Vec<u16>> {
    r.count(field, wire.len(), (1, usize::MAX))?;
    any_counties(wire, field, r)
}

/// Counties, or none.
pub(crate) fn any_counties(wire: &[u32], field: &'static str, r: &mut Reader) -> Option<Vec<u16>> {
    wire.iter()
        .map(|county| from_one(county, field, r))
        .collect()
}

pub(crate) fn ascending<T: Ord>(items: &[T]) -> bool {
    items.windows(2).all(|pair| pair.first() < pair.last())
}
