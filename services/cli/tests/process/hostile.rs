//! A hostile feed of a court over TLS, with `kill -9` on both sides: what it says comes one to four times, in any
//! order, a part of it before the list that names the case, and whoever is killed starts again. In the end the ledger
//! stands where one stands that was told everything once and in order.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use caseledger_chain::VerifierKey;
use caseledger_client::pb::event::v1::fact::Kind;
use caseledger_client::pb::v1::{self, get_case_request, stream_ref};
use caseledger_client::{Access, Client, Principal, PrivateKey, TlsFiles, Trust};
use tempfile::TempDir;

use crate::rig::{Dice, Served, caseledger, code, count, init_with, text};

/// Cases on the first list, which is there before the court says anything.
const KNOWN: usize = 6;

/// Cases on the second list, which comes in the middle.
const LATE: usize = 4;

const HEADER: &str =
    "case_number,statement,status,date,code,order,remedy,filing,severity_after,surfaces";

/// A ledger that declares who takes part, with certificates for them.
struct Court {
    folder: TempDir,
    key: VerifierKey,
    served: Option<Served>,
}

/// Something that is sent as one.
#[derive(Clone, Debug)]
enum Sent {
    /// The second list, by the prosecutor.
    List,
    /// One statement by itself.
    Message(usize),
    /// A file of statements.
    Batch(Vec<usize>),
}

impl Court {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certs = folder.path().join("certs");
        let parties = ["--org", "operator", "--org", "lasc", "--org", "lada"];
        ok(&[&["dev-certs", text(&certs)], &parties[..]].concat());
        let operator = ["--operator-uri", "caseledger://org/operator"];
        let key = init_with(&folder.path().join("ledger"), &operator);
        let mut court = Self {
            folder,
            key,
            served: None,
        };
        court.start();
        for (org, role) in [("lasc", "COURT"), ("lada", "PROSECUTOR_COUNTY")] {
            let uri = format!("caseledger://org/{org}");
            let operator = |words: &[&str]| {
                let who = court.who("operator", "OPERATOR");
                let who: Vec<_> = who.iter().map(String::as_str).collect();
                ok(&[&["org"], words, &who].concat());
            };
            operator(&["register", org, "--name", "OFFICE"]);
            operator(&["bind", org, &uri]);
            match org {
                "lasc" => operator(&["grant", org, role]),
                _ => operator(&["grant", org, role, "--county", "37"]),
            }
        }
        court.write_list("first.csv", 0..KNOWN);
        court.write_list("second.csv", KNOWN..KNOWN + LATE);
        ok(&court.words_of_list("first.csv"));
        court
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&mut self) {
        let file = |name: &str| text(&self.path(name)).to_owned();
        let served = Served::start_with(
            &self.path("ledger"),
            &[
                "--http",
                "off",
                "--tls-cert",
                &file("certs/server.pem"),
                "--tls-key",
                &file("certs/server.key"),
                "--client-ca",
                &file("certs/ca.pem"),
                "--client-crl",
                &file("certs/clients.crl"),
            ],
        );
        self.served = Some(served);
    }

    /// The address by the name that is in the certificate.
    fn address(&self) -> String {
        let address = &self.served.as_ref().unwrap().address;
        address.replace("127.0.0.1", "localhost")
    }

    /// Who calls, whom, and how both show who they are.
    fn who(&self, org: &str, role: &str) -> Vec<String> {
        let file = |name: &str| text(&self.path(name)).to_owned();
        [
            ("--server", self.address()),
            ("--as", org.to_owned()),
            ("--role", role.to_owned()),
            ("--key", file("ledger.vkey")),
            ("--tls-ca", file("certs/ca.pem")),
            ("--tls-cert", file(&format!("certs/{org}.pem"))),
            ("--tls-key", file(&format!("certs/{org}.key"))),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    fn write_list(&self, name: &str, cases: std::ops::Range<usize>) {
        let mut list = "case_number,defendant,court,county,agency,person_issuer,person_id,section,\
                        severity,conviction_date,counts,sentence_status\n"
            .to_owned();
        for case in cases {
            let rest = "HS 11357(b),MISDEMEANOR,2004-10-31,1,COMPLETED";
            writeln!(
                list,
                "SYN-{case},1,LASC-CJC,037,lada,CA-CII,X{case:08},{rest}"
            )
            .unwrap();
        }
        std::fs::write(self.path(name), list).unwrap();
    }

    fn words_of_list(&self, name: &str) -> Vec<String> {
        let cohort = match name {
            "first.csv" => "LA-2021-COURT.1",
            _ => "LA-2021-COURT.2",
        };
        let file = text(&self.path(name)).to_owned();
        let list = ["--format", "court", "--cohort", cohort, "--agency", "lada"];
        let words = ["import", &file].into_iter().chain(list);
        words
            .map(str::to_owned)
            .chain(self.who("lada", "PROSECUTOR_COUNTY"))
            .collect()
    }

    /// The command that sends it.
    fn words(&self, sent: &Sent, statements: &[String]) -> Vec<String> {
        let more = ["--source", "odyssey", "--court", "LASC-CJC"].map(str::to_owned);
        let words = match sent {
            Sent::List => return self.words_of_list("second.csv"),
            Sent::Message(one) => {
                let id = format!("m-{one}");
                let cells = HEADER.split(',').zip(statements[*one].split(','));
                let said = cells.filter(|(_, cell)| !cell.is_empty());
                let said: Vec<_> = said.map(|(name, cell)| format!("{name}={cell}")).collect();
                let words = ["court", "confirm", "--id", &id, "--row", &said.join(",")];
                words.map(str::to_owned).to_vec()
            }
            Sent::Batch(rows) => {
                let id = format!("b-{}", rows[0]);
                let file = self.path(&format!("{id}.csv"));
                let mut sheet = format!("{HEADER}\n");
                for row in rows {
                    writeln!(sheet, "{}", statements[*row]).unwrap();
                }
                writeln!(sheet, "#TOTAL,{},0,0,0,{0}", rows.len()).unwrap();
                std::fs::write(&file, sheet).unwrap();
                let words = ["court", "post", text(&file), "--batch", &id];
                words.map(str::to_owned).to_vec()
            }
        };
        let who = self.who("lasc", "COURT");
        words.into_iter().chain(more).chain(who).collect()
    }

    async fn client(&self) -> Client {
        let file = |name: &str| self.path(name);
        let (ca, cert, key) = (
            file("certs/ca.pem"),
            file("certs/lada.pem"),
            file("certs/lada.key"),
        );
        let text = std::fs::read_to_string(&key).unwrap();
        let files = TlsFiles {
            ca: Some(&ca),
            cert: Some(&cert),
            key: Some(PrivateKey::new(&key, &text)),
        };
        let access = Access::load(files, None).unwrap();
        let principal = Principal::new("lada", "PROSECUTOR_COUNTY").unwrap();
        let trust = Trust::pinned(self.key.clone());
        Client::connect_with(&self.address(), access, Some(principal), trust)
            .await
            .unwrap()
    }
}

fn run<W: AsRef<str>>(words: &[W]) -> (i32, String) {
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    let ended = caseledger(&words);
    let said = [ended.stdout, ended.stderr].concat();
    (
        code(ended.status),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn ok<W: AsRef<str>>(words: &[W]) {
    let (code, said) = run(words);
    assert_eq!(code, 0, "{said}");
}

fn spawn(words: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_caseledger"))
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the court has to say about every case, in order: rows of a sheet.
fn statements() -> Vec<String> {
    let mut said = Vec::new();
    for case in 0..KNOWN + LATE {
        let mut say = |rest: &str| said.push(format!("SYN-{case},{rest}"));
        match case % 4 {
            0 => {
                say(&format!("REVIEW,ACCEPTED,2020-02-03,,,,F-{case},,"));
                say("RULING,GRANTED,2020-02-10,,ORD-7,DISMISS_AND_SEAL,,,");
                say("DOCKET_ENTRY,DISMISSED,2020-02-11,HS_11361_9,ORD-7,,,,");
                say("RULING,SEALING_ORDERED,2020-02-11,,ORD-7,,,,");
                say("SEALING,FILE,2020-02-12,,ORD-7,,,,PUBLIC_INDEX PORTAL");
                say("SEALING,FILE,2020-02-13,,ORD-7,,,,IMAGES");
            }
            1 => {
                say(&format!("REVIEW,ACCEPTED,2020-02-03,,,,F-{case},,"));
                say("RULING,DENIED,2020-02-10,PROCEDURAL,,,,,");
            }
            2 => {
                say(&format!("REVIEW,REJECTED,2020-02-03,FORMAT,,,F-{case},,"));
                say("MISSING_RECORD,NOT_FOUND,2020-02-10,FILE_MISSING,,,,,");
            }
            _ => {
                say(&format!("REVIEW,RECEIVED,2020-02-02,,,,F-{case},,"));
                say(&format!("REVIEW,ACCEPTED,2020-02-03,,,,F-{case},,"));
                say("RULING,GRANTED,2020-02-03,,ORD-7,REDESIGNATE_MISD,,,");
                say("DOCKET_ENTRY,REDESIGNATED,2020-02-05,,ORD-7,,,MISDEMEANOR,");
            }
        }
    }
    said
}

/// By ranks, so that every order can come.
fn shuffled<T>(dice: &mut Dice, things: Vec<T>) -> Vec<T> {
    let mut ranked: Vec<_> = things
        .into_iter()
        .map(|thing| (dice.below(1 << 32), thing))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, thing)| thing).collect()
}

/// Everything, one to four times, in any order; the list not before the middle.
fn deliveries(dice: &mut Dice, statements: usize) -> Vec<Sent> {
    let mut rest = shuffled(dice, (0..statements).collect());
    let mut once = Vec::new();
    while let Some(one) = rest.pop() {
        if dice.below(3) == 0 {
            let more = rest.len().saturating_sub(dice.below(7) as usize);
            once.push(Sent::Batch([vec![one], rest.split_off(more)].concat()));
        } else {
            once.push(Sent::Message(one));
        }
    }
    let mut many = Vec::new();
    for sent in once {
        let times = 1 + dice.below(4) as usize;
        many.extend(std::iter::repeat_n(sent, times));
    }
    let mut many = shuffled(dice, many);
    for _ in 0..=dice.below(4) {
        let half = many.len() as u64 / 2;
        let at = (half + dice.below(half)) as usize;
        many.insert(at, Sent::List);
    }
    many
}

/// Begins to send it and kills one side, or both, wherever they are then.
fn interrupted(court: &mut Court, dice: &mut Dice, words: &[String]) {
    let mut client = spawn(words);
    std::thread::park_timeout(Duration::from_millis(dice.below(120)));
    let server_too = dice.below(2) == 0;
    if server_too {
        court.served.take().unwrap().kill();
    }
    client.kill().unwrap();
    client.wait().unwrap();
    if server_too {
        court.start();
    }
}

/// Where a ledger is, as it says over the wire.
#[derive(Debug, PartialEq)]
struct End {
    cases: Vec<v1::Case>,
    /// Of each case, how many entries say something: without the matches, which repeat what was held.
    stated: Vec<usize>,
    totals: Vec<v1::TotalsResponse>,
}

fn key_of(case: usize) -> v1::CaseKey {
    v1::CaseKey {
        court: "LASC-CJC".to_owned(),
        number: format!("SYN-{case}"),
        defendant: "1".to_owned(),
    }
}

/// Ids in the order in which they are met. A ledger keeps numbers of orders, filings and people as keyed hashes, which are
/// others in another ledger; which of them are the same is the same.
#[derive(Default)]
struct Names(Vec<Vec<u8>>);

impl Names {
    fn name<B: AsRef<[u8]> + From<Vec<u8>>>(&mut self, id: &mut B) {
        let bytes = id.as_ref();
        if bytes.is_empty() {
            return;
        }
        let known = self.0.iter().position(|known| known == bytes);
        let at = known.unwrap_or_else(|| {
            self.0.push(bytes.to_vec());
            self.0.len() - 1
        });
        *id = B::from(format!("{at}").into_bytes());
    }
}

/// What legitimately differs is left out: ids of cases are drawn; a confirmation that was held has one entry more; flags say
/// what was odd when it came, as that it came out of order.
async fn end(court: &Court) -> End {
    let client = court.client().await;
    let mut names = Names::default();
    let mut end = End {
        cases: Vec::new(),
        stated: Vec::new(),
        totals: Vec::new(),
    };
    for case in 0..KNOWN + LATE {
        let request = v1::GetCaseRequest {
            case: Some(get_case_request::Case::CaseKey(key_of(case))),
            as_of: None,
        };
        let mut found = client.get_case(request).await.unwrap().case.unwrap();
        let request = v1::GetHistoryRequest {
            stream: Some(v1::StreamRef {
                stream: Some(stream_ref::Stream::CaseId(found.case_id.clone())),
            }),
            limit: 1000,
            ..v1::GetHistoryRequest::default()
        };
        let history = client.get_history(request).await.unwrap().events;
        let kinds: Vec<_> = history
            .iter()
            .filter_map(|one| one.event.as_ref()?.fact.as_ref()?.kind.as_ref())
            .collect();
        let of = |test: fn(&Kind) -> bool| kinds.iter().filter(|kind| test(kind)).count();
        let matched = of(|kind| matches!(kind, Kind::ConfirmationMatched(_)));
        let held = of(|kind| matches!(kind, Kind::ConfirmationHeld(_)));
        assert_eq!(held, matched, "of case {case}");
        end.stated.push(kinds.len() - matched);
        found.case_id.clear();
        found.flags.clear();
        found.revisions = 0;
        names.name(&mut found.identity.as_mut().unwrap().person);
        for card in &mut found.charges {
            let state = card.state.as_mut().unwrap();
            for id in [&mut state.order, &mut state.seal_order, &mut state.filing] {
                names.name(id);
            }
        }
        end.cases.push(found);
    }
    for unit in [v1::Unit::Cases, v1::Unit::Charges, v1::Unit::People] {
        for by in ["phase", "exit", "decision", "disposition", "seal", "cohort"] {
            let request = v1::TotalsRequest {
                unit: unit.into(),
                group_by: vec![by.to_owned()],
                ..v1::TotalsRequest::default()
            };
            let mut totals = client.totals(request).await.unwrap();
            assert_eq!(totals.unmatched, 0, "the inbox is not empty");
            totals.complete_to = 0;
            end.totals.push(totals);
        }
    }
    end
}

/// Everything once and in order.
fn clean(statements: &[String]) -> Court {
    let court = Court::new();
    ok(&court.words(&Sent::List, statements));
    ok(&court.words(&Sent::Batch((0..statements.len()).collect()), statements));
    court
}

fn check(data: &Path) {
    let (code, said) = run(&["fsck", "--data", text(data), "-o", "json"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_hostile_feed_ends_where_the_clean_one_ends_though_both_sides_are_killed() {
    let kills = count("CASELEDGER_KILLS", 6);
    let seed = std::env::var("CASELEDGER_SEED").map_or(20_211_129, |seed| seed.parse().unwrap());
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let statements = statements();
    let deliveries = deliveries(&mut dice, statements.len());
    let mut killed_at: Vec<_> = (0..kills)
        .map(|_| dice.below(deliveries.len() as u64) as usize)
        .collect();
    killed_at.sort_unstable();
    let mut court = Court::new();
    let mut early = 0;
    for (at, sent) in deliveries.iter().enumerate() {
        let now = killed_at.iter().filter(|when| **when == at).count();
        for _ in 0..now {
            let words = court.words(sent, &statements);
            interrupted(&mut court, &mut dice, &words);
        }
        let (code, said) = run(&court.words(sent, &statements));
        assert_eq!(code, 0, "{sent:?}: {said}");
        early += usize::from(matches!(sent, Sent::Message(_)) && said.contains("HELD"));
    }
    assert!(early > 0, "nothing came before its case");

    // What was acknowledged is there after one more.
    court.served.take().unwrap().kill();
    court.start();
    let clean = clean(&statements);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (found, expected) = runtime.block_on(async { (end(&court).await, end(&clean).await) });
    for (found, expected) in found.cases.iter().zip(&expected.cases) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
    court.served.take().unwrap().stop();
    check(&court.path("ledger"));
}
