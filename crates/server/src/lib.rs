//! The confab server: configuration, HTTP, events, wiring.
//!
//! Everything asynchronous is here and in `sip`; what is decided is decided in the pure crates, and
//! this one joins them. [`start::start`] runs a server inside any tokio runtime:
//!
//! ```
//! use server::config::Config;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! let free = "127.0.0.1:0".parse()?;
//! let mut config = Config::default();
//! config.http.listen = free;
//! (config.sip.udp, config.sip.tcp) = (free, free);
//! config.browser.port = 0;
//! config.database.path = directory.path().join("confab.db");
//! let running = server::start(config).await?;
//! println!("open {}", running.public_url);
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Its parts: [`config`] (layers, checked), [`http`] (pages, API, live events, WHIP), [`switchboard`]
//! (the one task that owns calls, browsers and conferences), `ice_tcp` (a way for browsers without UDP),
//! [`prompts`] (what callers hear), [`mail`] (from the outbox to an SMTP server), [`webhooks`] (from
//! theirs to programs outside), `appointments` (calls everyone at the set time), `reminders` (before it, by what `correspondence` writes), [`archive`] (recordings), [`metrics`],
//! [`logging`], and [`cli`] over it all.
//!
//! Deliberately not here: any rule about who may call or join (`conference`), any knowledge of SIP
//! messages (`sip`), DTLS records (`webrtc`) or packets (`engine`), and TLS for pages, which a proxy
//! before it does.

mod addresses;
mod appointments;
pub mod archive;
mod certificate;
pub mod cli;
mod clock;
pub mod config;
mod correspondence;
pub mod demo;
mod figures;
pub mod http;
mod ice_tcp;
pub mod logging;
pub mod mail;
pub mod metrics;
mod patience;
pub mod prompts;
mod reminders;
mod secret;
mod setup;
pub mod start;
pub mod switchboard;
mod token;
mod trunks;
pub mod webhooks;

pub use start::{Running, StartError, start};
