//! A browser as its worker knows it, before and after it has a leg: who may speak for it, where it
//! is, and whether it is still there.

use std::time::Duration;

use webrtc::ice::{ADDRESSES_MAX, Agent, Credentials};

use super::socket_key::Route;
use crate::{EngineSettings, LegId};

/// DTLS datagrams that a browser may send at once, and in each second from then on. A handshake
/// takes about ten; the control world's time is dear.
pub(crate) const DTLS_BURST_MAX: u32 = 32;

/// What one of the datagrams above takes to be allowed again.
const DTLS_PERIOD: Duration = Duration::from_micros(1_000_000 / DTLS_BURST_MAX as u64);

/// A peer that ICE and DTLS are spoken with. Built by the control side.
pub(crate) struct Browser {
    id: LegId,
    slot: u32,
    pub(crate) agent: Agent,
    /// Where its agent knows it to be.
    routes: [Option<Route>; Browser::ROUTES_MAX],
    /// The route that it is sent to by.
    path: Option<Route>,
    arrived_at: Duration,
    consent_timeout: Duration,
    is_loss_told: bool,
    handshake: Allowance,
}

impl Browser {
    /// Most routes by which a browser is known.
    pub(crate) const ROUTES_MAX: usize = ADDRESSES_MAX;

    pub(crate) fn new(
        id: LegId,
        slot: u32,
        credentials: &Credentials,
        engine: &EngineSettings,
    ) -> Self {
        let consent_timeout = engine.consent_timeout;
        Self {
            id,
            slot,
            agent: Agent::new(credentials, consent_timeout, Duration::ZERO),
            routes: [None; Self::ROUTES_MAX],
            path: None,
            arrived_at: Duration::ZERO,
            consent_timeout,
            is_loss_told: false,
            handshake: Allowance::default(),
        }
    }

    pub(crate) fn id(&self) -> LegId {
        self.id
    }

    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    /// The browser comes to the worker.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.arrived_at = now;
    }

    /// The route by which media goes: nominated, and with consent.
    pub(crate) fn path(&self) -> Option<Route> {
        self.path
    }

    pub(crate) fn set_path(&mut self, path: Option<Route>) {
        self.path = path;
    }

    /// The route by which a handshake goes: there may be no path yet.
    pub(crate) fn handshake_route(&self) -> Option<Route> {
        let destination = self.agent.destination()?;
        self.path.or_else(|| self.routes().find(|(_, source)| *source == destination))
    }

    /// Where it is known to be.
    pub(crate) fn routes(&self) -> impl Iterator<Item = Route> {
        self.routes.iter().copied().flatten()
    }

    /// Notes a route by which the browser was heard, and lets `forget` know of those that its agent
    /// has given up.
    pub(crate) fn note(&mut self, route: Route, mut forget: impl FnMut(Route)) {
        if self.routes().any(|known| known == route) {
            return;
        }
        for place in &mut self.routes {
            if let Some(old) = place.take_if(|(_, source)| !self.agent.is_validated(*source)) {
                forget(old);
            }
        }
        // With several local addresses there are more routes than addresses. The path stays.
        let path = self.path;
        let free = self.routes.iter().position(Option::is_none);
        let index = free.or_else(|| self.routes.iter().position(|known| *known != path));
        if let Some(place) = index.and_then(|index| self.routes.get_mut(index))
            && let Some(old) = place.replace(route)
        {
            forget(old);
        }
    }

    /// Whether a DTLS datagram may go on to the control side.
    pub(crate) fn may_shake_hands(&mut self, now: Duration) -> bool {
        self.handshake.take(now)
    }

    /// Whether it has not shown for too long that it wants to be sent to, or never did.
    pub(crate) fn is_lost(&self, now: Duration) -> bool {
        match self.agent.destination() {
            Some(_) => self.agent.consent_expired(now),
            None => now.saturating_sub(self.arrived_at) >= self.consent_timeout,
        }
    }

    /// Whether its loss was told of already.
    pub(crate) fn is_loss_told(&self) -> bool {
        self.is_loss_told
    }

    pub(crate) fn set_loss_told(&mut self, is_told: bool) {
        self.is_loss_told = is_told;
    }
}

/// A bucket of [`DTLS_BURST_MAX`] that fills again with time (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy, Default)]
struct Allowance {
    /// When the bucket is full again.
    full_at: Duration,
}

impl Allowance {
    fn take(&mut self, now: Duration) -> bool {
        let full_at = self.full_at.max(now) + DTLS_PERIOD;
        let is_allowed = full_at <= now + DTLS_PERIOD * DTLS_BURST_MAX;
        if is_allowed {
            self.full_at = full_at;
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::socket_key::SocketKey;
    use std::net::SocketAddr;
    use webrtc::ice::{ANSWER_BYTES_MAX, RANDOM_BYTES, Reply};
    use webrtc::stun::{self, Class, Key, Transaction, Writer};

    const NOW: Duration = Duration::from_secs(1_000);

    fn browser() -> (Browser, Credentials) {
        let credentials = Credentials::new(0, 3, &[7; RANDOM_BYTES]);
        let mut browser = Browser::new(LegId(9), 3, &credentials, &EngineSettings::default());
        browser.begin(NOW);
        (browser, credentials)
    }

    fn at(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    /// A check from `source`, good as a browser's.
    fn check(browser: &mut Browser, credentials: &Credentials, now: Duration, source: SocketAddr) {
        let mut request = [0; 128];
        let username = format!("{}:them", credentials.ufrag);
        let length = Writer::new(&mut request, Class::Request, Transaction([1; 12]))
            .attribute(stun::USERNAME, username.as_bytes())
            .attribute(stun::ICE_CONTROLLING, &[9; 8])
            .attribute(stun::PRIORITY, &[0, 0, 1, 0])
            .finish(Some(&Key::new(credentials.pwd.as_str().as_bytes())))
            .unwrap();
        let mut answer = [0; ANSWER_BYTES_MAX];
        let reply = browser.agent.handle(now, source, &request[..length], &mut answer);
        assert!(matches!(reply, Reply::Answer { .. }), "{reply:?}");
    }

    #[test]
    fn routes_are_bounded_and_go_when_the_agent_forgets() {
        let (mut browser, credentials) = browser();
        let (v4, v6) = (SocketKey::browsers(0), SocketKey::browsers(1));
        let mut known = Vec::new();
        let mut path = None;
        for port in 1..100_u16 {
            check(&mut browser, &credentials, NOW + Duration::from_secs(port.into()), at(port));
            for socket in [v4, v6] {
                let route = (socket, at(port));
                known.push(route);
                browser.note(route, |gone| known.retain(|known| *known != gone));
                browser.note(route, |_| unreachable!("it is known already"));
                if path.is_none() {
                    path = Some(route);
                    browser.set_path(path);
                }
            }
            known.sort();
            let mut routes: Vec<Route> = browser.routes().collect();
            routes.sort();
            assert_eq!(routes, known, "who is told of what is gone knows what is left");
            assert!(routes.contains(&(v6, at(port))), "the newest is known");
        }
        assert!(known.len() <= Browser::ROUTES_MAX);
    }

    #[test]
    fn a_browser_that_never_came_and_one_that_went_are_lost() {
        let (mut browser, credentials) = browser();
        let timeout = EngineSettings::default().consent_timeout;
        assert!(!browser.is_lost(NOW + timeout - Duration::from_millis(1)));
        assert!(browser.is_lost(NOW + timeout));
        let late = NOW + timeout * 2;
        check(&mut browser, &credentials, late, at(1));
        assert!(!browser.is_lost(late + timeout - Duration::from_millis(1)));
        assert!(browser.is_lost(late + timeout));
    }

    #[test]
    fn handshakes_go_by_the_path_or_to_where_the_browser_was_last() {
        let (mut browser, credentials) = browser();
        let socket = SocketKey::browsers(0);
        assert_eq!(browser.handshake_route(), None);
        for port in [1, 2] {
            check(&mut browser, &credentials, NOW + Duration::from_secs(port.into()), at(port));
            browser.note((socket, at(port)), |_| ());
            assert_eq!(browser.handshake_route(), Some((socket, at(port))));
        }
        browser.set_path(Some((socket, at(1))));
        assert_eq!(browser.handshake_route(), Some((socket, at(1))));
    }

    #[test]
    fn a_flood_of_handshakes_is_allowed_its_burst_and_then_its_rate() {
        let mut allowance = Allowance::default();
        let taken = |allowance: &mut Allowance, now| {
            (0..1_000).filter(|_| allowance.take(now)).count() as u32
        };
        assert_eq!(taken(&mut allowance, NOW), DTLS_BURST_MAX);
        assert_eq!(taken(&mut allowance, NOW), 0);
        assert_eq!(taken(&mut allowance, NOW + Duration::from_millis(500)), DTLS_BURST_MAX / 2);
        assert_eq!(taken(&mut allowance, NOW + Duration::from_secs(60)), DTLS_BURST_MAX);
    }
}
