//! `confab serve`: the server in the foreground, until it is told to stop.

use tokio::signal::unix::{SignalKind, signal};

use super::{ConfigArgs, Done, run_async};
use crate::{clock, logging};

pub(super) fn run(args: &ConfigArgs) -> Done {
    let config = args.load()?.config;
    logging::start(&config.log);
    clock::start();
    run_async(async move {
        // Asked for before anything runs, so that no signal is missed.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let running = crate::start(config).await?;
        if let Some(token) = &running.first_token {
            eprintln!(
                "An API token was made, and is shown this once:\n\n    {token}\n\n\
                 Use it on {} or as: Authorization: Bearer {token}\n",
                running.public_url
            );
        }
        tracing::info!(
            http = %running.http_addr,
            sip_udp = %running.sip_udp_addr,
            sip_tcp = %running.sip_tcp_addr,
            url = %running.public_url,
            "listening"
        );
        let signal = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal, "stopping");
        tokio::select! {
            () = running.stop() => {}
            _ = terminate.recv() => tracing::warn!("told to stop again: not waiting any longer"),
            _ = interrupt.recv() => tracing::warn!("told to stop again: not waiting any longer"),
        }
        tracing::info!("stopped");
        Ok(())
    })
}
