//! The addresses at which browsers reach us: those we listen on, and those they are told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use crate::config::Config;

/// The most addresses that a browser is told. It tries each, so that more make joining slower.
const ADVERTISED_MAX: usize = 8;

const ALL_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
const ALL_V6: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// The addresses to listen on: those configured, else that of the media, and with all of IPv4 all of
/// IPv6 too if the machine has it.
pub(crate) fn listened_on(config: &Config) -> Vec<IpAddr> {
    if !config.browser.listen.is_empty() {
        return config.browser.listen.clone();
    }
    match config.media.listen {
        ip if ip.is_unspecified() => all(),
        ip => vec![ip],
    }
}

/// All addresses of IPv4, and those of IPv6 if the machine has it.
pub(crate) fn all() -> Vec<IpAddr> {
    [ALL_V4].into_iter().chain(has_ipv6().then_some(ALL_V6)).collect()
}

/// The addresses that browsers are told: those configured, else those listened on, where all of a
/// family stands for the machine's own.
pub(crate) fn advertised(config: &Config, listened_on: &[IpAddr]) -> Vec<IpAddr> {
    if !config.browser.advertised_addresses.is_empty() {
        return config.browser.advertised_addresses.clone();
    }
    if let Some(ip) = config.media.advertised_address {
        return vec![ip];
    }
    let own = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "can't list this machine's addresses; set browser.advertised_addresses");
        Vec::new()
    });
    let own: Vec<IpAddr> = own.iter().map(if_addrs::Interface::ip).collect();
    reachable(listened_on, &own)
}

/// What `listened_on` is from outside, on a machine with the addresses `own`.
fn reachable(listened_on: &[IpAddr], own: &[IpAddr]) -> Vec<IpAddr> {
    let (all, mut found): (Vec<IpAddr>, Vec<IpAddr>) =
        listened_on.iter().partition(|ip| ip.is_unspecified());
    for family in &all {
        let fits = |ip: &&IpAddr| ip.is_ipv4() == family.is_ipv4() && is_routable(**ip);
        found.extend(own.iter().filter(fits));
    }
    if found.is_empty() {
        // A machine without a network: its own browser can still come in.
        found.extend(all.iter().map(loopback_of));
    }
    found.truncate(ADVERTISED_MAX);
    found
}

fn is_routable(ip: IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !ip.is_loopback() && !ip.is_unspecified() && !is_link_local
}

fn loopback_of(family: &IpAddr) -> IpAddr {
    match family {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

fn has_ipv6() -> bool {
    UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn all_of_a_family_is_told_as_the_machines_own_addresses() {
        let own = ips(&["127.0.0.1", "192.0.2.7", "169.254.1.1", "::1", "fe80::1", "2001:db8::7"]);
        assert_eq!(reachable(&[ALL_V4], &own), ips(&["192.0.2.7"]));
        assert_eq!(reachable(&[ALL_V4, ALL_V6], &own), ips(&["192.0.2.7", "2001:db8::7"]));
        assert_eq!(reachable(&ips(&["127.0.0.1"]), &own), ips(&["127.0.0.1"]), "as configured");
    }

    #[test]
    fn without_a_network_there_is_loopback() {
        assert_eq!(reachable(&[ALL_V4, ALL_V6], &ips(&["127.0.0.1"])), ips(&["127.0.0.1", "::1"]));
    }

    #[test]
    fn browsers_are_told_no_more_than_they_can_try() {
        let own: Vec<IpAddr> = (1..=20).map(|last| IpAddr::from([192, 0, 2, last])).collect();
        assert_eq!(reachable(&[ALL_V4], &own).len(), ADVERTISED_MAX);
    }

    #[test]
    fn what_is_configured_stands() {
        let mut config = Config::default();
        config.media.listen = "192.0.2.7".parse().unwrap();
        assert_eq!(listened_on(&config), ips(&["192.0.2.7"]));
        config.browser.listen = ips(&["192.0.2.8", "2001:db8::8"]);
        assert_eq!(listened_on(&config), config.browser.listen);
        config.media.advertised_address = Some("203.0.113.7".parse().unwrap());
        assert_eq!(advertised(&config, &config.browser.listen), ips(&["203.0.113.7"]));
        config.browser.advertised_addresses = ips(&["203.0.113.8"]);
        assert_eq!(advertised(&config, &config.browser.listen), ips(&["203.0.113.8"]));
    }
}
