//! A ledger over TLS that knows a court and a prosecutor, and what its process takes of the machine.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use rustix::process::{Resource, getrlimit, setrlimit};

use super::wire::Dialler;
use crate::support::{Place, Server, awaited};

const TLS: &str = "--tls-cert certs/server.pem --tls-key certs/server.key --client-ca certs/ca.pem";

/// Bounds that pass soon, so that they are seen to. Honest calls are much faster.
const SOON: [(&str, &str); 6] = [
    ("CASELEDGER__CONNECTION__KEEPALIVE_MS", "1000"),
    ("CASELEDGER__CONNECTION__KEEPALIVE_TIMEOUT_MS", "5000"),
    ("CASELEDGER__HTTP__HEADER_MS", "5000"),
    ("CASELEDGER__LIMITS__REQUEST_MS", "5000"),
    ("CASELEDGER__LOG__FILTER", "warn"),
    ("CASELEDGER__TLS__HANDSHAKE_MS", "5000"),
];

/// Each house takes a thousand of the files that one process may open, and most of its time waits: two stand at a time.
static PLOTS: Mutex<u8> = Mutex::new(2);
static VACATED: Condvar = Condvar::new();

/// Where a house stands until it is dropped.
struct Plot;

impl Plot {
    fn taken() -> Self {
        // A test that failed leaves nothing behind but its lock.
        let free = PLOTS.lock().unwrap_or_else(PoisonError::into_inner);
        let free = VACATED.wait_while(free, |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Self
    }
}

impl Drop for Plot {
    fn drop(&mut self) {
        *PLOTS.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        VACATED.notify_one();
    }
}

/// The server of one test.
pub(super) struct House {
    place: Place,
    server: Server,
    pub(super) dialler: Dialler,
    /// Sockets that it has without any connection.
    sockets: usize,
    posted: AtomicU32,
    /// Last, so that everything else is gone when the next one comes.
    _plot: Plot,
}

impl House {
    pub(super) fn new() -> Self {
        let plot = Plot::taken();
        // Thousands of connections have two ends on this machine.
        let mut files = getrlimit(Resource::Nofile);
        files.current = files.maximum;
        setrlimit(Resource::Nofile, files).unwrap();

        let place = Place::new();
        place.ok("dev-certs certs --org operator --org lasc --org lada");
        place.ok(
            "init --data ledger --origin ledger.example/test --operator-uri caseledger://org/operator",
        );
        for (org, role) in [("lasc", "COURT"), ("lada", "PROSECUTOR_COUNTY")] {
            place.ok(&format!("org register {org} --name {org} --data ledger"));
            place.ok(&format!("org grant {org} {role} --data ledger"));
            place.ok(&format!(
                "org bind {org} caseledger://org/{org} --data ledger"
            ));
        }
        let issued = place.ok("org token issue lasc --data ledger -o json");
        let token = issued.split('"').find(|text| text.starts_with("clt_"));
        fs::write(place.path("token"), token.unwrap()).unwrap();
        fs::set_permissions(place.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
        let mut command = place.command(&format!("serve --data ledger --listen 127.0.0.1:0 {TLS}"));
        command.envs(SOON);
        let server = Place::serve_by(command);
        let dialler = Dialler::new(&place.path("certs"));
        let mut house = Self {
            place,
            server,
            dialler,
            sockets: 0,
            posted: AtomicU32::new(0),
            _plot: plot,
        };
        house.sockets = house.all_sockets();
        house.serves("nobody");
        house
    }

    pub(super) fn calls(&self) -> SocketAddr {
        address(&self.server.address)
    }

    pub(super) fn pages(&self) -> SocketAddr {
        address(&self.server.http)
    }

    fn all_sockets(&self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.server.id())).unwrap();
        // Any may be closed between two looks.
        let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        links
            .filter(|link| link.to_string_lossy().starts_with("socket:"))
            .count()
    }

    /// Connections that the server holds.
    pub(super) fn connections(&self) -> usize {
        self.all_sockets().saturating_sub(self.sockets)
    }

    /// The most memory that the server ever had, in KiB.
    pub(super) fn memory_max(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap();
        let row = status.lines().find_map(|row| row.strip_prefix("VmHWM:"));
        let amount = row.unwrap().trim().strip_suffix(" kB").unwrap();
        amount.parse().unwrap()
    }

    /// Somebody with a certificate posts, somebody with a token reads, and somebody with nothing copies
    /// the log.
    pub(super) fn serves(&self, beside: &str) {
        let number = self.posted.fetch_add(1, Ordering::Relaxed);
        let localhost = |at: &str| at.replace("127.0.0.1", "localhost");
        let ca = "--tls-ca certs/ca.pem --key ledger.vkey";
        let server = format!("--server {} {ca}", localhost(&self.server.address));
        let row = format!(
            "statement=REVIEW,case_number=SYN-{number},filing=F-{number},status=ACCEPTED,date=2020-02-11"
        );
        let certified = "--tls-cert certs/lasc.pem --tls-key certs/lasc.key";
        let http = localhost(&self.server.http);
        for words in [
            format!(
                "court confirm --source odyssey --id m-{number} --court LASC --row {row} {server} {certified}"
            ),
            format!("cases {server} --token-file token"),
            format!("publish site --from {http} {ca}"),
        ] {
            let ended = self.place.run(&words);
            assert_eq!(ended.code, 0, "beside {beside}: {words}: {ended:?}");
        }
    }

    /// Waits until the server holds no connection any more.
    pub(super) fn rests(&self, after: &str) {
        awaited(after, || (self.connections() == 0).then_some(()));
    }
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("https://").unwrap().parse().unwrap()
}
