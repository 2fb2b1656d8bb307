//! Generated messages and stubs, by package. What they mean is written in the `.proto` files.

/// Package `caseledger.event`.
pub mod event {
    /// Package `caseledger.event.v1`: bodies of entries.
    #[expect(
        clippy::enum_variant_names,
        clippy::pedantic,
        reason = "generated: which lints fire changes with the generator"
    )]
    pub mod v1 {
        include!(concat!(env!("OUT_DIR"), "/caseledger.event.v1.rs"));
    }
}

/// Package `caseledger.v1`: the services.
#[cfg(feature = "rpc")]
#[expect(
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::clone_on_ref_ptr,
    clippy::pedantic,
    reason = "generated: which lints fire changes with the generator"
)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/caseledger.v1.rs"));
}
