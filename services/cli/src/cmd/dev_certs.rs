//! `dev-certs`: certificates to try TLS with, and never more than that.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use caseledger_domain::OrgId;
use caseledger_engine::{Clock as _, SystemClock, read_secret};
use clap::Args;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SanType, SerialNumber,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{CertificateRevocationList, FromDer as _};

use crate::args::FormatArgs;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet};

/// Who every certificate says it is for.
const ORGANISATION: &str = "caseledger DEVELOPMENT ONLY";

/// Time for which certificates and the revocation list hold.
const VALID: Duration = Duration::days(365);

/// Make certificates for development: a CA, a server on this machine, organisations that call it.
///
/// The CA's key lies in DIR beside the certificates, so whoever has DIR can be anybody: never use
/// these where others can connect. DIR gets ca.pem and ca.key, server.pem and server.key for this
/// machine under the name localhost and its loopback addresses, clients.crl, and ORG.pem and ORG.key
/// for every --org, which names `caseledger://org/ORG` as its one URI. All of them hold for a year.
///
/// Nothing is overwritten; in a DIR that has a CA already, what is asked for is issued by it. Only
/// clients.crl is replaced: --revoke puts one more certificate on it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger dev-certs certs --org lasc --org lada
  caseledger dev-certs certs --org doj
  caseledger dev-certs certs --revoke lada")]
pub(crate) struct DevCertsArgs {
    /// Folder for the certificates; made if there is none
    dir: PathBuf,

    /// Organisation that gets a client certificate
    #[arg(long = "org", value_name = "ORG")]
    orgs: Vec<OrgId>,

    /// Organisation whose certificate is revoked
    #[arg(long = "revoke", value_name = "ORG")]
    revoke: Vec<OrgId>,

    #[command(flatten)]
    format: FormatArgs,
}

/// What can go wrong with certificates.
#[derive(Debug, thiserror::Error)]
enum CertsError {
    #[error("certificates cannot be made")]
    Make(#[from] rcgen::Error),
    #[error("{} is no certificate or revocation list that dev-certs wrote", .0.display())]
    Foreign(PathBuf),
    #[error("the clock of this machine shows no year that a certificate can have")]
    Clock,
}

impl From<CertsError> for Failure {
    fn from(error: CertsError) -> Self {
        Self::new(Exit::Refused, error)
    }
}

impl From<rcgen::Error> for Failure {
    fn from(error: rcgen::Error) -> Self {
        CertsError::from(error).into()
    }
}

/// A folder with a CA in it.
struct Authority<'a> {
    dir: &'a Path,
    issuer: Issuer<'static, KeyPair>,
    today: OffsetDateTime,
    /// What was written, for people.
    written: Vec<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &DevCertsArgs, output: &Output) -> Result<(), Failure> {
    let mut authority = issue(&args.dir, &args.orgs)?;
    if !args.revoke.is_empty() {
        authority.revoke(&args.revoke)?;
    }
    let uris = args.orgs.iter().map(uri);
    let uris: Vec<String> = uris.collect();
    let names = authority.written.iter();
    let names: Vec<String> = names.map(|path| path.display().to_string()).collect();
    let report = Report::new(json!({"written": names.clone(), "uris": uris.clone()}))
        .sheet(Sheet::card([
            ("written", Cell::from(names.join(", "))),
            ("uris", Cell::from(uris.join(", "))),
        ]))
        .line("")
        .line("For development only: whoever has this folder can be any of them.");
    output.show(args.format.format, &report)
}

/// Makes certificates in a folder: for a server on this machine, and for these organisations.
///
/// # Errors
/// [`Failure`] if one cannot be made, or is there already.
pub(crate) fn make(dir: &Path, orgs: &[OrgId]) -> Result<(), Failure> {
    issue(dir, orgs).map(drop)
}

fn issue<'a>(dir: &'a Path, orgs: &[OrgId]) -> Result<Authority<'a>, Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(dir)
        .map_err(io_failure("make", dir.display()))?;
    let mut authority = Authority::open(dir)?;
    for org in orgs {
        authority.client(*org)?;
    }
    Ok(authority)
}

/// The one URI in the certificate of an organisation.
pub(crate) fn uri(org: &OrgId) -> String {
    format!("caseledger://org/{org}")
}

impl<'a> Authority<'a> {
    /// Takes the CA of a folder; makes it, with a server and an empty revocation list, if there is
    /// none.
    fn open(dir: &'a Path) -> Result<Self, Failure> {
        let today = today()?;
        let (certificate, key) = (dir.join("ca.pem"), dir.join("ca.key"));
        if certificate.exists() {
            let text = fs::read_to_string(&certificate)
                .map_err(io_failure("read", certificate.display()))?;
            let key = KeyPair::from_pem(&read_secret(&key)?)?;
            return Ok(Self {
                dir,
                issuer: Issuer::from_ca_cert_pem(&text, key)?,
                today,
                written: Vec::new(),
            });
        }
        let mut params = params("CA", today);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pair = KeyPair::generate()?;
        let made = params.self_signed(&pair)?;
        write(&key, &pair.serialize_pem(), 0o600)?;
        write(&certificate, &made.pem(), 0o644)?;
        let mut authority = Self {
            dir,
            issuer: Issuer::new(params, pair),
            today,
            written: vec![certificate, key],
        };
        authority.server()?;
        let list = authority.list(1, Vec::new())?;
        let path = dir.join("clients.crl");
        write(&path, &list, 0o644)?;
        authority.written.push(path);
        Ok(authority)
    }

    fn server(&mut self) -> Result<(), Failure> {
        let mut params = params("server on this machine", self.today);
        params.subject_alt_names = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
            SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue("server", params)
    }

    fn client(&mut self, org: OrgId) -> Result<(), Failure> {
        let mut params = params(&format!("organisation {org}"), self.today);
        params.subject_alt_names = vec![SanType::URI(uri(&org).try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(&org.to_string(), params)
    }

    /// The key first: a certificate without one is noticed, a key without one is harmless.
    fn issue(&mut self, name: &str, mut params: CertificateParams) -> Result<(), Failure> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let pair = KeyPair::generate()?;
        let made: Certificate = params.signed_by(&pair, &self.issuer)?;
        let key = self.dir.join(format!("{name}.key"));
        let certificate = self.dir.join(format!("{name}.pem"));
        write(&key, &pair.serialize_pem(), 0o600)?;
        write(&certificate, &made.pem(), 0o644)?;
        self.written.extend([certificate, key]);
        Ok(())
    }

    /// Replaces the revocation list by one that has more on it.
    fn revoke(&mut self, orgs: &[OrgId]) -> Result<(), Failure> {
        let path = self.dir.join("clients.crl");
        let (number, mut serials) = read_list(&path)?;
        for org in orgs {
            let serial = serial(&self.dir.join(format!("{org}.pem")))?;
            if !serials.contains(&serial) {
                serials.push(serial);
            }
        }
        let list = self.list(number + 1, serials)?;
        // Beside it and renamed: a server that looks meanwhile finds the old one or the new one.
        let beside = self.dir.join("clients.crl.new");
        let replaced = write(&beside, &list, 0o644);
        replaced?;
        fs::rename(&beside, &path).map_err(io_failure("replace", path.display()))?;
        self.written.push(path);
        Ok(())
    }

    fn list(&self, number: u64, serials: Vec<Vec<u8>>) -> Result<String, Failure> {
        let revoked = serials.into_iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: self.today,
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: self.today,
            next_update: self.today + VALID,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.pem()?)
    }
}

/// The begin of the day in UTC, so that clocks that differ a little agree that it has begun.
fn today() -> Result<OffsetDateTime, CertsError> {
    let seconds = i64::try_from(SystemClock.now() / 1_000_000);
    let seconds = seconds.map_err(|_range| CertsError::Clock)?;
    let now = OffsetDateTime::from_unix_timestamp(seconds - seconds % 86_400);
    now.map_err(|_range| CertsError::Clock)
}

fn params(name: &str, today: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let subject = &mut params.distinguished_name;
    subject.push(DnType::OrganizationName, ORGANISATION);
    subject.push(DnType::CommonName, format!("{ORGANISATION}: {name}"));
    params.not_before = today;
    params.not_after = today + VALID;
    params
}

/// A new file, which nothing is overwritten by.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(io_failure("write", path.display()))
}

/// The number of a certificate.
fn serial(path: &Path) -> Result<Vec<u8>, Failure> {
    let text = fs::read(path).map_err(io_failure("read", path.display()))?;
    let foreign = || CertsError::Foreign(path.to_owned());
    let (_, pem) = parse_x509_pem(&text).map_err(|_form| foreign())?;
    let certificate = pem.parse_x509().map_err(|_form| foreign())?;
    Ok(certificate.raw_serial().to_vec())
}

/// The number of a revocation list, and those of the certificates on it.
fn read_list(path: &Path) -> Result<(u64, Vec<Vec<u8>>), Failure> {
    let text = fs::read(path).map_err(io_failure("read", path.display()))?;
    let foreign = || CertsError::Foreign(path.to_owned());
    let (_, pem) = parse_x509_pem(&text).map_err(|_form| foreign())?;
    let (_, list) =
        CertificateRevocationList::from_der(&pem.contents).map_err(|_form| foreign())?;
    let number = list.crl_number().ok_or_else(foreign)?;
    let number = u64::try_from(number).map_err(|_range| foreign())?;
    let revoked = list.iter_revoked_certificates();
    Ok((
        number,
        revoked.map(|one| one.raw_serial().to_vec()).collect(),
    ))
}
