//! A browser's ICE: a full agent that controls, around one socket at a time.

use std::net::SocketAddr;
use std::time::Instant;

use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceAgentEvent, IceCreds, Protocol};
use sdp::browser::{Candidate as Signalled, CandidateTransport, IceCredentials};

use super::{BrowserError, Route};

/// Finds a way to the server, and keeps it.
pub(super) struct Checks {
    agent: IceAgent,
    nominated: Option<Route>,
}

impl Checks {
    pub(super) fn new() -> Self {
        let mut agent = IceAgent::new(IceCreds::new());
        agent.set_controlling(true);
        Self { agent, nominated: None }
    }

    pub(super) fn credentials(&self) -> IceCredentials {
        let ours = self.agent.local_credentials();
        IceCredentials::new(&ours.ufrag, &ours.pass)
    }

    /// Begins again, with credentials that are new.
    pub(super) fn restart(&mut self) -> IceCredentials {
        self.agent.ice_restart(IceCreds::new(), false);
        self.nominated = None;
        self.credentials()
    }

    /// Goes by what the server signalled, from an address of ours.
    pub(super) fn begin(
        &mut self,
        local: (SocketAddr, Protocol),
        server: &IceCredentials,
        candidates: &[Signalled],
    ) -> Result<(), BrowserError> {
        let (address, protocol) = local;
        self.agent.add_local_candidate(Candidate::host(address, protocol)?);
        let (ufrag, pass) = (server.ufrag.clone(), server.pwd.clone());
        self.agent.set_remote_credentials(IceCreds { ufrag, pass });
        for candidate in candidates {
            let theirs = match candidate.transport {
                CandidateTransport::Udp => Protocol::Udp,
                CandidateTransport::TcpPassive => Protocol::Tcp,
                _ => continue,
            };
            if let Some(address) = candidate.socket_address() {
                self.agent.add_remote_candidate(Candidate::host(address, theirs)?);
            }
        }
        Ok(())
    }

    /// The way that the agent chose.
    pub(super) fn nominated(&self) -> Option<Route> {
        self.nominated
    }

    pub(super) fn handle_datagram(&mut self, now: Instant, route: Route, datagram: &[u8]) {
        if let Ok(message) = StunMessage::parse(datagram) {
            let Route { local: destination, remote: source, protocol: proto } = route;
            self.agent.handle_packet(now, StunPacket { proto, source, destination, message });
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.settle();
    }

    /// Takes notice of what the agent decided.
    pub(super) fn settle(&mut self) {
        while let Some(event) = self.agent.poll_event() {
            if let IceAgentEvent::NominatedSend { proto, source, destination } = event {
                self.nominated =
                    Some(Route { local: source, remote: destination, protocol: proto });
            }
        }
    }

    pub(super) fn poll_timeout(&mut self) -> Option<Instant> {
        self.agent.poll_timeout()
    }

    pub(super) fn poll_transmit(&mut self) -> Option<(Route, Vec<u8>)> {
        let sent = self.agent.poll_transmit()?;
        let route = Route { local: sent.source, remote: sent.destination, protocol: sent.proto };
        Some((route, sent.contents.to_vec()))
    }
}
