//! Builds a server from its configuration, and takes it apart again.

pub(crate) mod error;

use std::net::SocketAddr;
use std::time::Duration;

use conference::Policy;
use engine::{BrowserPort, Engine};
use store::{OpenError, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::appointments::Caller;
use crate::archive::{self, Archive};
use crate::config::{Config, Database};
use crate::correspondence::Desk;
use crate::http::{self, App};
use crate::ice_tcp::IceTcp;
use crate::metrics::Metrics;
use crate::prompts::Prompts;
use crate::switchboard::{self, Handle};
use crate::webhooks::Webhooks;
use crate::{certificate, mail, reminders, secret, setup, token};

pub use self::error::StartError;

/// How often it is looked whether calls are left while the server drains.
const DRAIN_POLL: Duration = Duration::from_millis(50);

/// A server that runs. Dropping it lets it run on; [`stop`](Running::stop) ends it.
pub struct Running {
    /// Where pages, API and events are.
    pub http_addr: SocketAddr,
    /// Where trunks reach us by UDP.
    pub sip_udp_addr: SocketAddr,
    /// Where trunks reach us by TCP.
    pub sip_tcp_addr: SocketAddr,
    /// Where browsers' sound comes in, by worker.
    pub browser_addrs: Vec<Vec<SocketAddr>>,
    /// Where people reach us, without a slash at the end.
    pub public_url: String,
    /// The API token that was made because there was no subscriber; it is nowhere else.
    pub first_token: Option<String>,
    switchboard: Handle,
    store: Store,
    drain_time: Duration,
    draining: watch::Sender<bool>,
    stopping: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a server.
///
/// # Errors
/// [`StartError`] says what is in the way; nothing runs then.
pub async fn start(config: Config) -> Result<Running, StartError> {
    config.check().map_err(StartError::of_faults)?;
    let policy = setup::policy(&config)?;
    let store = open_store(&config.database).await?;
    let policy = with_secret(policy, &config.database)?;
    let first_token = token::ensure_subscriber(&store, config.api.token.as_ref()).await?;
    let certificate = certificate::load_or_make(&certificate::beside(&config.database.path))?;
    let (listener, http_addr) = listen(config.http.listen).await?;
    let public_url = setup::public_url(&config, http_addr);
    let (sip, sip_events) = sip::Endpoint::bind(setup::sip(&config)?).await?;
    let metrics = Metrics::default();
    let (sip_udp_addr, sip_tcp_addr) = (sip.local_udp_addr(), sip.local_tcp_addr());
    let media_ip = setup::media_ip(&config).await;
    let browser_port = setup::browser_port(&config);
    let ice_tcp = listen_for_browsers(&config, &browser_port)?;
    let mut settings = setup::switchboard(&config, &policy, media_ip, &public_url);
    settings.ice_tcp = told_by_tcp(&browser_port, ice_tcp.as_ref());
    let archive = open_archive(&config, &store).await?;
    let engine = Engine::start(setup::engine(&config, media_ip, browser_port))?;
    let browser_addrs = engine.browser_addresses();
    let webhooks = Webhooks::new(setup::webhooks(&config, &policy)).map_err(StartError::Tls)?;
    let parts = switchboard::Parts {
        engine,
        sip,
        sip_events,
        certificate,
        store: store.clone(),
        metrics: metrics.clone(),
        prompts: Prompts::load(config.prompts.directory.as_deref())?,
        archive: archive.clone(),
        webhooks: webhooks.clone(),
    };
    let (switchboard, switchboard_task) = switchboard::start(settings, parts);
    let (draining, is_draining) = watch::channel(false);
    let (stopping, is_stopping) = watch::channel(false);
    let relay = ice_tcp.map(|it| spawn_relay(it, &browser_addrs, &metrics, &is_stopping));
    let (mail, mail_task) = mail::start(setup::mail(&config)?, store.clone(), is_stopping.clone())?;
    let webhooks_task = webhooks.start(store.clone(), metrics.clone(), is_stopping.clone());
    let desk = Desk { store: store.clone(), mail: mail.clone(), public_url: public_url.clone() };
    let caller = setup::caller(&config, store.clone(), switchboard.clone());
    let upkeep = keep_up(&archive, caller, &desk, &is_stopping);
    let app = App::new(http::Services {
        store: store.clone(),
        archive,
        mail,
        desk,
        webhooks,
        switchboard: switchboard.clone(),
        metrics,
        draining: is_draining,
        stopping: is_stopping.clone(),
        settings: setup::http(&config, &policy, &public_url),
    });
    let http = http::serve(listener, http::router(app), setup::http_limits(&config), is_stopping);
    let tasks = [tokio::spawn(http), switchboard_task].into_iter().chain(relay);
    Ok(Running {
        http_addr,
        sip_udp_addr: sip_udp_addr.unwrap_or(config.sip.udp),
        sip_tcp_addr: sip_tcp_addr.unwrap_or(config.sip.tcp),
        browser_addrs,
        public_url,
        first_token,
        switchboard,
        store,
        drain_time: Duration::from_secs(config.shutdown.drain_s),
        draining,
        stopping,
        tasks: tasks.chain(mail_task).chain(upkeep).chain([webhooks_task]).collect(),
    })
}

/// The database that is configured: a file, or a server.
pub(crate) async fn open_store(database: &Database) -> Result<Store, OpenError> {
    match &database.url {
        Some(url) => Store::connect(url.reveal()).await,
        None => Store::open(&database.path).await,
    }
}

/// The policy with what hosts' keys and PINs are made with, which stands beside the database.
fn with_secret(policy: Policy, database: &Database) -> Result<Policy, StartError> {
    let secret = secret::load_or_make(&secret::beside(&database.path))?;
    Ok(Policy { secret, ..policy })
}

/// The recordings that are kept, of which those are ended that a killed server left open.
async fn open_archive(config: &Config, store: &Store) -> Result<Archive, StartError> {
    let archive = Archive::new(setup::archive(config));
    archive::mend(&archive, store).await?;
    Ok(archive)
}

/// Keeps recordings as long as they are to be kept, calls everyone at the set time, and reminds people of it.
fn keep_up(
    archive: &Archive,
    caller: Caller,
    desk: &Desk,
    stopping: &watch::Receiver<bool>,
) -> [JoinHandle<()>; 3] {
    let recordings = archive::keep(archive.clone(), desk.store.clone(), stopping.clone());
    let reminders = reminders::run(desk.clone(), stopping.clone());
    let calls = caller.run(stopping.clone());
    [tokio::spawn(recordings), tokio::spawn(calls), tokio::spawn(reminders)]
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |reason| StartError::Listen { address, reason };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// The port for browsers that have TCP alone, if they are served.
fn listen_for_browsers(
    config: &Config,
    browser_port: &BrowserPort,
) -> Result<Option<IceTcp>, StartError> {
    let Some(port) = setup::ice_tcp_port(config) else { return Ok(None) };
    let bound = IceTcp::bind(&browser_port.ips, port);
    bound.map(Some).map_err(|reason| StartError::IceTcp { port, reason })
}

/// Serves them.
fn spawn_relay(
    ice_tcp: IceTcp,
    browser_addrs: &[Vec<SocketAddr>],
    metrics: &Metrics,
    stopping: &watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(ice_tcp.serve(browser_addrs.to_vec(), metrics.clone(), stopping.clone()))
}

/// What browsers are told of it.
fn told_by_tcp(browser_port: &BrowserPort, ice_tcp: Option<&IceTcp>) -> Vec<SocketAddr> {
    let ips = browser_port.told_ips().iter();
    ice_tcp.map_or_else(Vec::new, |it| ips.map(|ip| SocketAddr::new(*ip, it.port())).collect())
}

impl Running {
    /// Takes no new call, lets those that are on go on for the drain time, ends what is left with BYE and
    /// returns when everything has been put away.
    pub async fn stop(self) {
        self.draining.send_replace(true);
        if self.switchboard.drain().await.is_ok() {
            let drained = tokio::time::timeout(self.drain_time, self.calls_end()).await;
            tracing::info!(all_calls_ended = drained.is_ok(), "drained");
        }
        self.switchboard.stop().await;
        self.stopping.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the server failed");
            }
        }
        self.store.close().await;
    }

    async fn calls_end(&self) {
        while self.switchboard.gauges().await.is_ok_and(|gauges| gauges.calls > 0) {
            tokio::time::sleep(DRAIN_POLL).await;
        }
    }
}
