//! Trunks that have names instead of addresses.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{HostPort, Trunk, TrunkId};

/// How often a name is looked up again.
const REFRESH: Duration = Duration::from_secs(60);
/// How often while it can't be found.
const RETRY: Duration = Duration::from_secs(5);
/// How long the start waits for a look-up. The trunk is unreachable until it succeeds.
const START_PATIENCE: Duration = Duration::from_secs(2);

/// Where a trunk is, as its name was last found.
pub(super) type Lookup = (TrunkId, SocketAddr);

/// Looks up the names of trunks, now and again and again. Ends with the receiver.
pub(super) async fn start(trunks: &[Trunk], family: Option<SocketAddr>) -> mpsc::Receiver<Lookup> {
    let (found, lookups) = mpsc::channel(trunks.len().max(1));
    let named: Vec<_> = trunks.iter().filter(|trunk| trunk.address.ip().is_none()).collect();
    for trunk in named {
        let (id, name, found) = (trunk.id.clone(), trunk.address.clone(), found.clone());
        let first = timeout(START_PATIENCE, look_up(&name, family)).await.ok().flatten();
        if let Some(address) = first {
            let _ = found.try_send((id.clone(), address));
        }
        tokio::spawn(refresh(id, name, family, first.is_some(), found));
    }
    lookups
}

async fn refresh(
    id: TrunkId,
    name: HostPort,
    family: Option<SocketAddr>,
    mut is_known: bool,
    found: mpsc::Sender<Lookup>,
) {
    loop {
        tokio::select! {
            () = sleep(if is_known { REFRESH } else { RETRY }) => {}
            () = found.closed() => return,
        }
        match look_up(&name, family).await {
            Some(address) => {
                is_known = true;
                if found.send((id.clone(), address)).await.is_err() {
                    return;
                }
            }
            None => tracing::warn!(trunk = %id, "the trunk's name can't be found"),
        }
    }
}

/// The first address that our socket can send to.
async fn look_up(name: &HostPort, family: Option<SocketAddr>) -> Option<SocketAddr> {
    let addresses = tokio::net::lookup_host((name.host.as_str(), name.port())).await.ok()?;
    let is_usable = |address: &SocketAddr| match family {
        Some(SocketAddr::V4(_)) => address.is_ipv4(),
        Some(SocketAddr::V6(local)) => address.is_ipv6() || local.ip().is_unspecified(),
        None => true,
    };
    addresses.into_iter().find(is_usable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_known_when_the_start_returns() {
        let name = HostPort { host: "localhost".into(), port: Some(5070) };
        let family = Some(SocketAddr::from(([127, 0, 0, 1], 5060)));
        let mut lookups = start(&[Trunk::new("named", name)], family).await;
        let (trunk, address) = lookups.try_recv().unwrap();
        assert_eq!(
            (trunk.0.as_str(), address),
            ("named", SocketAddr::from(([127, 0, 0, 1], 5070)))
        );
    }
}
