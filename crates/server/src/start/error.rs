//! Why a server can't start.

use std::io;
use std::net::SocketAddr;

use engine::EngineError;
use sip::SipError;
use store::{OpenError, StoreError};

use crate::certificate::CertificateError;
use crate::config::load::Fault;
use crate::mail::SmtpUrlError;
use crate::prompts::BadRecording;
use crate::secret::SecretError;

/// Why a server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration isn't allowed.
    #[error("{0}")]
    Config(String),
    /// The database can't be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database can't be used.
    #[error("the database can't be used: {0}")]
    Store(#[from] StoreError),
    /// The media world can't start.
    #[error("the media engine can't start: {0}")]
    Media(#[from] EngineError),
    /// Signalling can't start.
    #[error("SIP can't start: {0}")]
    Sip(#[from] SipError),
    /// The HTTP address can't be had.
    #[error("can't listen on {address} for HTTP: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// The port for browsers that have TCP alone can't be had.
    #[error("can't listen on TCP port {port} for browsers: {reason}; see browser.tcp_port")]
    IceTcp {
        /// The port.
        port: u16,
        /// What the system says.
        reason: io::Error,
    },
    /// Mail can't be sent there.
    #[error(transparent)]
    Mail(#[from] SmtpUrlError),
    /// The library for TLS can't be used.
    #[error("TLS can't be used for webhooks: {0}")]
    Tls(rustls::Error),
    /// There is no DTLS certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// There is no secret for PINs.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A recorded prompt is broken.
    #[error(transparent)]
    Prompts(#[from] BadRecording),
}

impl StartError {
    pub(crate) fn of_faults(faults: Vec<Fault>) -> StartError {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        StartError::Config(faults.join("\n"))
    }
}
