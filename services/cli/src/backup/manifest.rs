//! What a part of a backup consists of: one small JSON file, the last one that is written.
//!
//! It says its own SHA-256, over its text with that field empty, and reads back only as exactly what would be written.
//! That finds accidents; who changes a backup on purpose is found by the signed checkpoint in it and by what others
//! have of the log.

use std::fmt;

use caseledger_chain::{Digest, LedgerId, Size};
use caseledger_engine::{Generation, Head};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Version of the layout.
const FORMAT: u32 = 1;

/// Ending of an encrypted file.
pub(super) const ENCRYPTED: &str = ".age";

/// A part of a backup. Each has a lifetime of its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// The entries, and the file that says which ledger this is: only ever grows.
    Journal,
    /// The keys that sign checkpoints and the index key: replaced as a whole.
    Keys,
    /// Keyring and table of the vault: replaced as a whole, or what was shredded stays readable.
    Vault,
}

impl Part {
    /// Every part.
    pub(crate) const ALL: [Self; 3] = [Self::Journal, Self::Keys, Self::Vault];

    /// Its folder in a backup.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Keys => "keys",
            Self::Vault => "vault",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A file of a part, as it lies in the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Its name in the folder of the manifest.
    pub(super) name: String,
    /// Its length.
    pub(super) bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub(super) sha256: String,
}

impl Entry {
    /// The name that the file had in the ledger: without the ending of encryption.
    pub(super) fn plain_name(&self) -> &str {
        self.name.strip_suffix(ENCRYPTED).unwrap_or(&self.name)
    }
}

/// What a part of a backup consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Which part.
    pub(crate) part: Part,
    /// Of which ledger.
    pub(crate) ledger: LedgerId,
    /// The name under which that signs its checkpoints.
    pub(crate) origin: String,
    /// For whom the files are encrypted; for nobody in particular if there are none.
    pub(crate) recipients: Vec<String>,
    /// Where the journal ends. The other parts have no end.
    pub(crate) head: Option<Head>,
    /// The newest signed checkpoint that the journal keeps.
    pub(crate) checkpoint: Option<String>,
    /// Of a vault: the generation of its key table, and the size of the ledger at the last re-wrap, which an encrypted table
    /// does not tell. A manifest of a release from before that has none.
    pub(crate) table: Option<(Generation, Size)>,
    /// Every file.
    pub(crate) files: Vec<Entry>,
}

/// Not a manifest that this release wrote.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("this is no manifest of a backup: {0}")]
    Json(#[from] serde_json::Error),
    #[error("backup has format {found}, expected {FORMAT}: use a release that knows it")]
    Format { found: u32 },
    #[error("{0} is no file name of a backup")]
    Name(String),
    #[error("the manifest is not as it was written: its bytes have changed")]
    Changed,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: u32,
    part: Part,
    ledger: String,
    origin: String,
    made_by: String,
    recipients: Vec<String>,
    size: Option<u64>,
    chain_hash: Option<String>,
    checkpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rewrap_size: Option<u64>,
    files: Vec<Entry>,
    sha256: String,
}

impl Manifest {
    /// The size and the like of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Number of files.
    pub(crate) fn file_count(&self) -> u64 {
        self.files.len() as u64
    }

    /// The text of the file.
    ///
    /// # Errors
    /// [`ManifestError::Json`], which such a value does not cause.
    pub(super) fn text(&self) -> Result<String, ManifestError> {
        self.text_by(concat!("caseledger ", env!("CARGO_PKG_VERSION")))
    }

    fn text_by(&self, made_by: &str) -> Result<String, ManifestError> {
        let mut text = Text {
            format: FORMAT,
            part: self.part,
            ledger: self.ledger.to_string(),
            origin: self.origin.clone(),
            made_by: made_by.to_owned(),
            recipients: self.recipients.clone(),
            size: self.head.map(|head| head.size.get()),
            chain_hash: self.head.map(|head| head.chain.to_string()),
            checkpoint: self.checkpoint.clone(),
            generation: self.table.map(|(generation, _)| generation.get()),
            rewrap_size: self.table.map(|(_, size)| size.get()),
            files: self.files.clone(),
            sha256: String::new(),
        };
        text.sha256 = sha256(serde_json::to_string_pretty(&text)?.as_bytes());
        Ok(serde_json::to_string_pretty(&text)? + "\n")
    }

    /// Reads a manifest back.
    ///
    /// # Errors
    /// [`ManifestError`] for anything but what a release with this format writes.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let text: Text = serde_json::from_slice(bytes)?;
        if text.format != FORMAT {
            return Err(ManifestError::Format { found: text.format });
        }
        let head = match (text.size, &text.chain_hash) {
            (Some(size), Some(chain)) => {
                let chain: Option<Digest> = chain.parse().ok();
                Some(Head::new(size, chain.ok_or(ManifestError::Changed)?))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(ManifestError::Changed),
        };
        let table = match (text.generation, text.rewrap_size) {
            (Some(generation), Some(size)) => {
                let generation = Generation::new(generation).ok_or(ManifestError::Changed)?;
                Some((generation, Size::new(size)))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(ManifestError::Changed),
        };
        let mut names: Vec<&str> = text.files.iter().map(|file| &*file.name).collect();
        if let Some(name) = names.iter().find(|name| !is_plain(name)) {
            return Err(ManifestError::Name((*name).to_owned()));
        }
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ManifestError::Name(twice[0].to_owned()));
        }
        let ledger: Option<LedgerId> = text.ledger.parse().ok();
        let manifest = Self {
            part: text.part,
            ledger: ledger.ok_or(ManifestError::Changed)?,
            origin: text.origin,
            recipients: text.recipients,
            head,
            checkpoint: text.checkpoint,
            table,
            files: text.files,
        };
        // Comparing with what would be written checks the digest and that there is nothing else.
        if manifest.text_by(&text.made_by)?.as_bytes() == bytes {
            Ok(manifest)
        } else {
            Err(ManifestError::Changed)
        }
    }
}

/// Whether a name is that of a file in one folder, whatever reads it.
pub(super) fn is_plain(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.starts_with('.') && (1..=200).contains(&name.len()) && name.bytes().all(allowed)
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    crate::output::hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let entry = |name: &str| Entry {
            name: name.to_owned(),
            bytes: 7,
            sha256: sha256(name.as_bytes()),
        };
        Manifest {
            part: Part::Journal,
            ledger: LedgerId::from_bytes([7; 16]),
            origin: "ledger.example/test".to_owned(),
            recipients: vec!["age1x".to_owned()],
            head: Some(Head::new(3, Digest::ZERO)),
            checkpoint: Some("a\n\n— b c\n".to_owned()),
            table: None,
            files: vec![entry("ledger.toml.age"), entry("0-3.part.age")],
        }
    }

    /// As of a vault whose table has that generation, or as it was written before manifests had one.
    fn of_vault(generation: Option<u32>) -> Manifest {
        let size = Size::new(5);
        Manifest {
            part: Part::Vault,
            table: generation.map(|generation| (Generation::new(generation).unwrap(), size)),
            head: None,
            checkpoint: None,
            ..manifest()
        }
    }

    #[test]
    fn reads_what_it_writes_and_refuses_every_changed_byte() {
        for manifest in [manifest(), of_vault(Some(65_539)), of_vault(None)] {
            let text = manifest.text().unwrap();
            assert_eq!(Manifest::parse(text.as_bytes()).unwrap(), manifest);
            let tells = text.contains("\"generation\": 65539,\n  \"rewrap_size\": 5,");
            assert_eq!(tells, manifest.table.is_some(), "{text}");
            let good = text.into_bytes();
            for at in 0..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 1;
                assert!(Manifest::parse(&bad).is_err(), "byte {at}");
                assert!(Manifest::parse(&good[..at]).is_err(), "cut at {at}");
            }
            assert!(Manifest::parse(&[&good[..], b"\n"].concat()).is_err());
        }
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        for name in [
            "../ledger.toml",
            "/etc/passwd",
            "a/b",
            "",
            ".",
            "..",
            ".x",
            "a b",
        ] {
            let mut bad = manifest();
            bad.files[0].name = name.to_owned();
            let refused = Manifest::parse(bad.text().unwrap().as_bytes());
            assert!(matches!(refused, Err(ManifestError::Name(_))), "{name}");
        }
        let mut twice = manifest();
        twice.files[1] = twice.files[0].clone();
        let refused = Manifest::parse(twice.text().unwrap().as_bytes());
        assert!(matches!(refused, Err(ManifestError::Name(_))));
    }
}
