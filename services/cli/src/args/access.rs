//! What `https` needs: whom to believe about a server, and what to show it.

use std::path::{Path, PathBuf};

use caseledger_client::{Access, PrivateKey, TlsError, TlsFiles, Token, TokenError};
use caseledger_engine::read_secret;
use clap::Args;

use crate::exit::{Exit, Failure};

/// Whom to believe about a server.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CaArgs {
    /// Certificates of the CAs to believe about https, in PEM [default: those of this machine]
    #[arg(
        long,
        value_name = "FILE",
        env = "CASELEDGER_TLS_CA",
        hide_env_values = true
    )]
    tls_ca: Option<PathBuf>,
}

/// What proves to a server who asks.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AccessArgs {
    #[command(flatten)]
    ca: CaArgs,

    /// Client certificate for https, in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "CASELEDGER_TLS_CERT",
        hide_env_values = true
    )]
    tls_cert: Option<PathBuf>,

    /// Its private key, in PEM; nobody else may read it
    #[arg(
        long,
        value_name = "FILE",
        env = "CASELEDGER_TLS_KEY",
        hide_env_values = true
    )]
    tls_key: Option<PathBuf>,

    /// File with a token for https; nobody else may read it
    #[arg(
        long,
        value_name = "FILE",
        env = "CASELEDGER_TOKEN_FILE",
        hide_env_values = true
    )]
    token_file: Option<PathBuf>,
}

impl CaArgs {
    /// For asking what everybody may read.
    ///
    /// # Errors
    /// [`Failure`] if the file cannot be used.
    pub(crate) fn access(&self) -> Result<Access, Failure> {
        let files = TlsFiles {
            ca: self.tls_ca.as_deref(),
            ..TlsFiles::default()
        };
        Ok(Access::load(files, None)?)
    }
}

impl AccessArgs {
    /// For asking as somebody.
    ///
    /// # Errors
    /// [`Failure`] if a file cannot be used, or others may read a secret.
    pub(crate) fn access(&self) -> Result<Access, Failure> {
        let key = self.tls_key.as_deref();
        let text = key.map(read_secret).transpose()?;
        let key = key.zip(text.as_deref());
        let files = TlsFiles {
            ca: self.ca.tls_ca.as_deref(),
            cert: self.tls_cert.as_deref(),
            key: key.map(|(path, text)| PrivateKey::new(path, text)),
        };
        let token = self.token_file.as_deref().map(token).transpose()?;
        Ok(Access::load(files, token)?)
    }
}

fn token(path: &Path) -> Result<Token, Failure> {
    let text = read_secret(path)?;
    let token = text.trim_end_matches('\n').parse();
    token.map_err(|error: TokenError| Failure::new(Exit::Usage, error).about(&path.display()))
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Self {
        Self::new(Exit::Usage, error)
    }
}
