//! The services on one router: what is served under which name, and within which sizes.

use caseledger_proto::pb::v1::audit_service_server::AuditServiceServer;
use caseledger_proto::pb::v1::command_service_server::CommandServiceServer;
use caseledger_proto::pb::v1::court_service_server::CourtServiceServer;
use caseledger_proto::pb::v1::event_service_server::EventServiceServer;
use caseledger_proto::pb::v1::query_service_server::QueryServiceServer;
use caseledger_proto::pb::v1::report_service_server::ReportServiceServer;
use http::Extensions;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Error as ReflectionError;

use crate::gate::Gate;
use crate::health::HealthService;
use crate::identity::{Caller, Principal};
use crate::status::Failure;

mod audit;
mod command;
mod court;
mod event;
mod feeds;
mod follow;
mod inbox;
mod query;
mod refusals;
mod report;
mod submit_stream;
mod subscribe;
mod watch;

/// The largest request of services that are not of the ledger, in bytes. It holds a name; and whoever
/// asks for health need not say who he is.
pub(crate) const PROBE_MAX: usize = 4 * 1024;

/// All services of the ledger, health, and reflection in both versions: tools are divided over
/// which one they ask.
pub(crate) fn routes(gate: &Gate) -> Result<Routes, ReflectionError> {
    let request_max = gate.limits().request_bytes as usize;
    let reply_max = gate.limits().reply_bytes as usize;
    macro_rules! sized {
        ($server:ident, $service:expr) => {
            $server::new($service)
                .max_decoding_message_size(request_max)
                .max_encoding_message_size(reply_max)
        };
    }
    let mut routes = Routes::builder();
    routes
        .add_service(sized!(
            CommandServiceServer,
            command::Commands(gate.clone())
        ))
        .add_service(sized!(CourtServiceServer, court::Courts(gate.clone())))
        .add_service(sized!(QueryServiceServer, query::Queries(gate.clone())))
        .add_service(sized!(EventServiceServer, event::Events(gate.clone())))
        .add_service(sized!(AuditServiceServer, audit::Audits(gate.clone())))
        .add_service(sized!(ReportServiceServer, report::Reports(gate.clone())))
        .add_service(
            HealthServer::new(HealthService(gate.monitor().clone()))
                .max_decoding_message_size(PROBE_MAX),
        )
        .add_service(
            reflection()
                .build_v1()?
                .max_decoding_message_size(PROBE_MAX),
        )
        .add_service(
            reflection()
                .build_v1alpha()?
                .max_decoding_message_size(PROBE_MAX),
        );
    Ok(routes.routes().prepare())
}

/// Who sends a request, in which role.
fn principal(extensions: &Extensions) -> Result<Principal, Failure> {
    Ok(Caller::of(extensions)?.principal()?)
}

/// What can be asked for and what refusals are made of, so that tools show their details in words.
fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(caseledger_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}
