//! One step of a monitor: look at all views, replay what is new, keep what was verified.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use caseledger_chain::{Checkpoint, Digest, Position, Size, TILE_WIDTH, VerifierKey};
use caseledger_client::{AnySource, Look, Monitor, MonitorState, Signed, SourceError, StateError};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::audit::{Advance, Following};
use crate::exit::{Failure, chain};
use crate::output::{Cell, Format, Report, Sheet, thousands};

/// The most time that a replay takes, whatever the size of the log.
const REPLAY_TIME: Duration = Duration::from_mins(10);

/// How much more it may take for each bundle of the log: 2,560 entries a second.
const BUNDLE_TIME: Duration = Duration::from_millis(100);

/// While nobody answers, the pause doubles up to so many times.
const BACK_OFF_MAX: u32 = 6;

/// Why a replay is given up.
#[derive(Debug, thiserror::Error)]
#[error("they were not all there after {} seconds", .0.as_secs())]
struct TooSlow(Duration);

/// Tells a replay to stop, once nobody waits for it.
#[derive(Debug, Default)]
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A log that is followed.
#[derive(Debug)]
pub(super) struct Watched {
    monitor: Monitor<AnySource>,
    /// The sources of its views, for the replay.
    sources: Vec<Arc<AnySource>>,
    replayed: Option<Following>,
    /// What people were told last.
    told: Option<(Size, usize)>,
    /// Which views people were told could not be read, and why.
    warned: Vec<String>,
    /// How many steps in a row, up to [`BACK_OFF_MAX`], nobody has answered.
    in_vain: u32,
}

/// What was found, as it is told.
#[derive(Debug)]
struct Finding {
    kind: &'static str,
    place: String,
    position: Option<Position>,
    text: String,
    evidence: Option<PathBuf>,
}

/// What a step came to.
#[derive(Debug)]
pub(super) struct Step {
    origin: String,
    /// The newest checkpoint that was verified: its size and root.
    last: Option<(Size, Digest)>,
    entries: u64,
    views: Vec<View>,
    findings: Vec<Finding>,
    /// Whether there is anything that people were not told yet.
    news: bool,
}

#[derive(Debug)]
struct View {
    place: String,
    at: Option<(Size, Digest)>,
    trouble: Option<String>,
}

impl Watched {
    /// Goes on where an earlier monitor ended. The entries are replayed again.
    pub(super) fn resume(
        key: VerifierKey,
        views: Vec<(String, AnySource)>,
        state: &MonitorState,
    ) -> Result<Self, StateError> {
        let sources = views.iter().map(|(_, source)| Arc::new(source.clone()));
        let sources = sources.collect();
        Ok(Self {
            monitor: Monitor::resume(key, views, state)?,
            sources,
            replayed: Some(Following::new()),
            told: None,
            warned: Vec::new(),
            in_vain: 0,
        })
    }

    /// Does one step behind a pause.
    ///
    /// # Errors
    /// [`Failure`] if the state cannot be kept. What was found is in the step.
    pub(super) async fn step_after(
        mut self,
        pause: Duration,
        state: Arc<MonitorState>,
    ) -> Result<(Self, Step), Failure> {
        sleep(pause).await;
        let step = self.step(&state).await?;
        Ok((self, step))
    }

    /// What to tell people about views that could not be read, unless they know.
    pub(super) fn warnings(&mut self, step: &Step) -> Vec<String> {
        let unread: Vec<String> = step.unread().collect();
        if unread == self.warned {
            return Vec::new();
        }
        self.warned.clone_from(&unread);
        unread
    }

    /// How long to wait behind a step.
    pub(super) fn pause(&mut self, step: &Step, interval: Duration) -> Duration {
        self.in_vain = if step.is_answered() {
            0
        } else {
            BACK_OFF_MAX.min(self.in_vain + 1)
        };
        interval.saturating_mul(1 << self.in_vain)
    }

    async fn step(&mut self, state: &MonitorState) -> Result<Step, Failure> {
        let mut look = self.monitor.look().await;
        let mut findings = Vec::new();
        for found in &look.found {
            // Evidence is on the disk before anybody is told, or anything else is kept.
            let evidence = found.evidence.as_deref();
            findings.push(Finding {
                kind: found.fault.kind(),
                place: found.place.clone(),
                position: None,
                text: found.fault.to_string(),
                evidence: evidence.map(|evidence| state.file(evidence)).transpose()?,
            });
        }
        let mut entries = 0;
        let ahead = look.ahead();
        if let Some((index, signed)) = ahead.filter(|_| findings.is_empty()) {
            let to = signed.checkpoint().clone();
            let advance = self.replay(index, to).await?;
            if advance.is_ok() {
                self.monitor.keep(&look, state)?;
            }
            entries = advance.entries;
            if let Some(shown) = look.shown.get_mut(index) {
                let found = advance.found.into_iter();
                findings.extend(found.map(|(position, fault)| Finding {
                    kind: fault.kind(),
                    place: shown.place.clone(),
                    position,
                    text: fault.to_string(),
                    evidence: None,
                }));
                shown.trouble = advance.trouble;
            }
        }
        Ok(self.told(&look, entries, findings))
    }

    /// Replays up to the checkpoint of a view.
    async fn replay(&mut self, index: usize, to: Checkpoint) -> Result<Advance, Failure> {
        let Some(source) = self.sources.get(index).map(Arc::clone) else {
            return Ok(Advance::default());
        };
        // A step that failed, or was given up, has taken the replay with it.
        let replayed = self.replayed.take().unwrap_or_else(Following::new);
        let bundles = to.size.get() / u64::from(TILE_WIDTH);
        let bundles = u32::try_from(bundles).unwrap_or(u32::MAX);
        let time = REPLAY_TIME.saturating_add(BUNDLE_TIME.saturating_mul(bundles));
        let at = format!("the entries up to size {}", to.size);
        let waiting = Waiting::default();
        let advance = replayed.advance(source, to, Arc::clone(&waiting.0));
        if let Ok(advanced) = timeout(time, advance).await {
            let (replayed, advance) = advanced?;
            self.replayed = Some(replayed);
            return Ok(advance);
        }
        let source = TooSlow(time).into();
        Ok(Advance {
            trouble: Some(SourceError::Unreachable { at, source }),
            ..Advance::default()
        })
    }

    fn told(&mut self, look: &Look, entries: u64, findings: Vec<Finding>) -> Step {
        let at = |signed: &Signed| (signed.size(), signed.root());
        let views = look.shown.iter().map(|shown| View {
            place: shown.place.clone(),
            at: shown.signed.as_ref().map(at),
            trouble: shown.trouble.as_ref().map(|error| chain(error)),
        });
        let views: Vec<View> = views.collect();
        let last = self.monitor.last().map(at);
        let read = views.iter().filter(|view| view.trouble.is_none()).count();
        let news = last.map(|(size, _)| (size, read));
        let news = !findings.is_empty() || (news.is_some() && self.told != news);
        self.told = last.map(|(size, _)| (size, read));
        Step {
            origin: self.monitor.key().name().to_string(),
            last,
            entries,
            views,
            findings,
            news,
        }
    }
}

impl Step {
    /// What was found, a line each.
    pub(super) fn found(&self) -> impl Iterator<Item = String> {
        let findings = self.findings.iter();
        findings.map(|Finding { place, text, .. }| format!("{place}: {text}"))
    }

    /// Which views could not be read, and why.
    pub(super) fn unread(&self) -> impl Iterator<Item = String> {
        let views = self.views.iter();
        views.filter_map(|view| Some(format!("{}: {}", view.place, view.trouble.as_ref()?)))
    }

    /// Whether any view could be read.
    pub(super) fn is_answered(&self) -> bool {
        self.views.iter().any(|view| view.trouble.is_none())
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let size = |at: Option<(Size, Digest)>| at.map(|(size, _)| size.get());
        let root = |at: Option<(Size, Digest)>| at.map(|(_, root)| root.to_base64());
        let views = self.views.iter().map(|view| {
            json!({
                "place": view.place,
                "size": size(view.at),
                "root": root(view.at),
                "unread": view.trouble,
            })
        });
        let findings = self.findings.iter().map(|finding| {
            json!({
                "kind": finding.kind,
                "place": finding.place,
                "position": finding.position.map(Position::get),
                "finding": finding.text,
                "evidence": finding.evidence.as_ref().map(|file| file.display().to_string()),
            })
        });
        json!({
            "origin": self.origin,
            "size": size(self.last),
            "root": root(self.last),
            "new_entries": self.entries,
            "views": views.collect::<Vec<Value>>(),
            "findings": findings.collect::<Vec<Value>>(),
        })
    }

    /// For people and spreadsheets.
    pub(super) fn report(&self, format: Format) -> Report {
        let mut report = Report::new(Value::Null);
        if !self.news {
            return report;
        }
        let size = self.last.map_or(0, |(size, _)| size.get());
        let read = self.views.iter().filter(|view| view.trouble.is_none());
        let (read, all) = (read.count(), self.views.len());
        if format == Format::Csv {
            let sheet = Sheet::rows(["origin", "size", "new_entries", "views_read", "findings"]);
            return report.sheet(sheet.row([
                Cell::from(self.origin.clone()),
                Cell::Count(size),
                Cell::Count(self.entries),
                Cell::Count(read as u64),
                Cell::Count(self.findings.len() as u64),
            ]));
        }
        for finding in &self.findings {
            let Finding {
                kind, place, text, ..
            } = finding;
            let position = finding.position.map(|at| format!("position {at}: "));
            let position = position.unwrap_or_default();
            report = report.line(format!("FOUND {kind} in {place}: {position}{text}"));
            if let Some(evidence) = &finding.evidence {
                report = report.line(format!("evidence: {}", evidence.display()));
            }
        }
        if self.findings.is_empty() {
            report = report.line(format!(
                "{}: size {}, {} new entries verified, {read} of {all} views read and consistent",
                self.origin,
                thousands(size),
                thousands(self.entries),
            ));
        }
        report
    }
}
