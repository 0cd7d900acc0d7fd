//! What the demo is played on: a carrier, a server that calls over it, and a client of its API.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde_json::json;
use sim::Carrier;
use tempfile::TempDir;

use super::client::{self, Client};
use super::{Args, DemoError};
use crate::addresses;
use crate::config::{Config, Log, Secret, Trunk};
use crate::logging;
use crate::start::{self, Running, StartError};

pub(super) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Where the pages are when nobody else is there.
const LISTEN: SocketAddr = SocketAddr::new(LOOPBACK, 8080);

const FREE: SocketAddr = SocketAddr::new(LOOPBACK, 0);

/// All that runs.
pub(super) struct Stage {
    pub(super) carrier: Carrier,
    pub(super) server: Running,
    pub(super) client: Client,
    /// What makes and ends conferences.
    pub(super) token: String,
    /// Removed at the end, with the database.
    _directory: Option<TempDir>,
}

/// A conference that the demo created.
pub(super) struct Conference {
    /// Its path in the API.
    pub(super) path: String,
    pub(super) url: String,
    /// What a caller dials to get in.
    pub(super) code: String,
}

impl Stage {
    /// Starts everything.
    pub(super) async fn set(args: &Args) -> Result<Self, DemoError> {
        logging::start(&Log { filter: args.log.clone(), ..Log::default() });
        let carrier = Carrier::open(LOOPBACK).await?;
        let (database, directory) = place(args)?;
        let token = format!("demo-{:032x}", rand::random::<u128>());
        let mut config = configuration(&carrier, database, &token);
        config.http.listen = match (args.listen, args.once) {
            (Some(listen), _) => listen,
            (None, true) => FREE,
            (None, false) => LISTEN,
        };
        let server = match start::start(config.clone()).await {
            Err(StartError::Listen { .. }) if args.listen.is_none() => {
                config.http.listen = FREE;
                start::start(config).await?
            }
            started => started?,
        };
        let client = Client::new(server.http_addr, token.clone());
        Ok(Self { carrier, server, client, token, _directory: directory })
    }

    /// Creates a conference, through the API.
    pub(super) async fn conference(&self, title: &str) -> Result<Conference, DemoError> {
        let answer = self.client.post("/api/v1/conferences", &json!({ "title": title })).await?;
        Ok(Conference {
            path: format!("/api/v1/conferences/{}", client::text(&answer, "/key")?),
            url: client::text(&answer, "/url")?,
            code: client::text(&answer, "/dial_in/code")?,
        })
    }

    /// Ends all calls, the server and the carrier.
    pub(super) async fn strike(self) {
        self.server.stop().await;
        self.carrier.close().await;
    }
}

/// Where the database is, and the directory to be removed afterwards.
fn place(args: &Args) -> Result<(PathBuf, Option<TempDir>), DemoError> {
    const NAME: &str = "confab.db";
    if let Some(directory) = &args.data {
        std::fs::create_dir_all(directory).map_err(DemoError::Directory)?;
        return Ok((directory.join(NAME), None));
    }
    let directory = TempDir::with_prefix("confab-demo-").map_err(DemoError::Directory)?;
    Ok((directory.path().join(NAME), Some(directory)))
}

/// The usual configuration, on loopback and with the simulated carrier as its trunk.
fn configuration(carrier: &Carrier, database: PathBuf, token: &str) -> Config {
    let mut config = Config::default();
    config.api.token = Some(Secret::new(token));
    config.database.path = database;
    (config.sip.udp, config.sip.tcp) = (FREE, FREE);
    config.sip.trunks = vec![Trunk {
        id: "simulated".to_owned(),
        address: carrier.address().to_string(),
        sources: vec![LOOPBACK.into()],
        ..Trunk::default()
    }];
    config.media.listen = LOOPBACK;
    // A browser's own sockets are not on loopback: it is reached at the machine's addresses.
    config.browser.listen = addresses::all();
    config.browser.port = 0;
    config.calls.default_country = "FR".to_owned();
    config.calls.allowed_prefixes = vec!["+33".to_owned()];
    // Whoever plays with it plays alone, and often.
    config.calls.per_client_per_hour_max = 1000;
    config.calls.per_conference_per_hour_max = 1000;
    config.shutdown.drain_s = 0;
    config
}
