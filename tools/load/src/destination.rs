//! Where load may go: to this machine, unless it is said that it may go further.

use std::net::SocketAddr;

/// Whether load may leave this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reach {
    /// Loopback alone.
    #[default]
    Loopback,
    /// Anywhere: the operator has said so.
    Remote,
}

/// A destination that isn't this machine, without leave to go there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0} is not on this machine's loopback; a load test of a machine that isn't yours is an attack. \
     Say --remote if it is yours"
)]
pub struct Elsewhere(pub SocketAddr);

/// Why a host can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// It isn't here.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    /// Its name is unknown.
    #[error("{host} can't be looked up: {source}")]
    Unknown {
        /// The host and port.
        host: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Its name has no address by IPv4, by which all load goes.
    #[error("{0} has no IPv4 address")]
    NoAddress(String),
}

impl Reach {
    /// From the flag: whether `--remote` was said.
    #[must_use]
    pub fn new(is_remote: bool) -> Self {
        if is_remote { Self::Remote } else { Self::Loopback }
    }

    /// Lets a destination pass.
    ///
    /// # Errors
    /// It isn't on loopback, and must be.
    pub fn check(self, destination: SocketAddr) -> Result<SocketAddr, Elsewhere> {
        let is_here = destination.ip().to_canonical().is_loopback();
        if is_here || self == Self::Remote { Ok(destination) } else { Err(Elsewhere(destination)) }
    }

    /// Looks a host up, and lets its first IPv4 address pass.
    ///
    /// # Errors
    /// It is unknown, or elsewhere.
    pub async fn resolve(self, host: &str, port: u16) -> Result<SocketAddr, DestinationError> {
        let found = tokio::net::lookup_host((host, port)).await;
        let mut found = found.map_err(|source| {
            let host = format!("{host}:{port}");
            DestinationError::Unknown { host, source }
        })?;
        let address = found.find(SocketAddr::is_ipv4);
        let address = address.ok_or_else(|| DestinationError::NoAddress(host.to_owned()))?;
        Ok(self.check(address)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_machine_unless_it_may() {
        for here in ["127.0.0.1:5060", "127.9.8.7:1", "[::1]:5060", "[::ffff:127.0.0.1]:5060"] {
            let here = here.parse().unwrap();
            assert_eq!(Reach::Loopback.check(here), Ok(here));
        }
        for elsewhere in ["192.0.2.1:5060", "0.0.0.0:5060", "[2001:db8::1]:5060"] {
            let elsewhere = elsewhere.parse().unwrap();
            assert_eq!(Reach::Loopback.check(elsewhere), Err(Elsewhere(elsewhere)));
            assert_eq!(Reach::Remote.check(elsewhere), Ok(elsewhere));
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_and_checked() {
        let local = Reach::Loopback.resolve("localhost", 5060).await.unwrap();
        assert!(local.ip().is_loopback());
        let refused = Reach::Loopback.resolve("192.0.2.1", 5060).await.unwrap_err();
        assert!(refused.to_string().contains("--remote"), "{refused}");
    }
}
