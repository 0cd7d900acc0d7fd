//! One DTLS association with a peer, from its first datagram to its last.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use dimpl::{Config, Dtls, Error, Output};
use rtp::srtp::{Keys, Side};

use super::verdict::Verdict;
use super::{Certificate, Fingerprint};

/// The largest datagram that is taken in: what is larger was never sent by a browser.
pub const DATAGRAM_BYTES_MAX: usize = 1_500;

/// Bytes of the largest datagram that is sent: it must fit whatever is in between, tunnels too.
const SENT_BYTES_MAX: usize = 1_150;

/// How many datagrams may wait to be sent: three times the longest flight.
const OUTGOING_MAX: usize = 30;

/// When a flight is sent again for the first time; then twice as late each time. The round trip was measured by
/// ICE as alive a moment ago, so that it pays not to wait for the second that RFC 6347 section 4.2.4.1 starts with.
const RESEND_AFTER: Duration = Duration::from_millis(250);

/// How often a flight is sent again at most; the time for all of it ends before that.
const RESENDS_MAX: usize = 8;

/// How long a handshake may take as a whole.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(30);

/// What is further from the epoch than this is no deadline: the library's way to say that nothing is due.
const DEADLINE_MAX: Duration = Duration::from_secs(5 * 365 * 24 * 60 * 60);

/// The moment that the caller's durations count from, as the clock of the DTLS library has it. The only place
/// where time is more than a [`Duration`] here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::disallowed_types, reason = "dimpl counts in it; nobody here reads it from a clock")]
pub struct Epoch(std::time::Instant);

#[allow(clippy::disallowed_types, reason = "as above")]
impl Epoch {
    /// Durations count from `instant`.
    #[must_use]
    pub fn new(instant: std::time::Instant) -> Self {
        Self(instant)
    }

    /// `now` on the library's clock. A time that the clock can't hold is the epoch itself: it stands still.
    fn instant(self, now: Duration) -> std::time::Instant {
        self.0.checked_add(now).unwrap_or(self.0)
    }

    /// A moment of the library's, unless it is so far away that it means none.
    fn deadline(self, at: std::time::Instant) -> Option<Duration> {
        Some(at.saturating_duration_since(self.0)).filter(|deadline| *deadline < DEADLINE_MAX)
    }
}

/// What became of an association.
#[derive(Clone, Debug)]
pub enum Event {
    /// The peer is who the signalling said, and these are the keys for its media.
    Connected(Keys),
    /// The peer is done (`close_notify`). Nothing follows.
    Closed,
    /// There won't be a connection. Nothing follows.
    Failed(DtlsError),
}

/// Why there is no connection.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DtlsError {
    /// The peer's certificate is not the one that the signalling announced.
    #[error("the peer's certificate has another fingerprint than was signalled")]
    WrongFingerprint,
    /// The peer has no certificate.
    #[error("the peer has no certificate")]
    NoCertificate,
    /// The peer and we have no profile of SRTP in common (RFC 5764 section 4.1).
    #[error("there is no common profile of SRTP")]
    NoProfile,
    /// The peer went silent.
    #[error("the peer did not answer in time")]
    TimedOut,
    /// The peer doesn't keep to the protocol, offers nothing that we know, or refuses us.
    #[error("the handshake failed: {0}")]
    Protocol(String),
}

impl From<Error> for DtlsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Timeout(_) => Self::TimedOut,
            Error::CertificateError(dimpl::CertificateError::NoClientCertificateReceived) => {
                Self::NoCertificate
            }
            other => Self::Protocol(other.to_string()),
        }
    }
}

/// One DTLS endpoint. Feed it what comes ([`handle_datagram`](Self::handle_datagram)) and the time
/// ([`handle_timeout`](Self::handle_timeout)); after each, and after [`new`](Self::new), send all that
/// [`poll_transmit`](Self::poll_transmit) gives and look at [`poll_event`](Self::poll_event) and
/// [`poll_timeout`](Self::poll_timeout).
///
/// Keep it while the session lasts: it says again what the peer did not hear, and hears the peer's goodbye.
/// Only give it datagrams from addresses that ICE has validated: a handshake's answers are larger than what they
/// answer.
#[derive(Debug)]
pub struct Handshake {
    epoch: Epoch,
    dtls: Dtls,
    side: Side,
    verdict: Verdict,
    state: State,
    outgoing: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
    deadline: Option<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Connecting,
    Connected,
    Ended,
}

impl Handshake {
    /// An endpoint that shows `certificate`, and connects only to a peer whose certificate matches `expected`
    /// (RFC 8122 section 5). The server waits for the peer (`a=setup:passive`), the client begins; both speak
    /// DTLS 1.2 and 1.3. `now` counts from `epoch`, as do all times that are given later.
    #[must_use]
    pub fn new(
        side: Side,
        certificate: &Certificate,
        expected: Vec<Fingerprint>,
        epoch: Epoch,
        now: Duration,
    ) -> Self {
        let config = Arc::clone(&certificate.config);
        let mut dtls = Dtls::new_auto(config, certificate.dtls.clone(), epoch.instant(now));
        dtls.set_active(side == Side::Client);
        let mut handshake = Self {
            epoch,
            dtls,
            side,
            verdict: Verdict::new(side, expected),
            state: State::Connecting,
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
            deadline: None,
        };
        handshake.handle_timeout(now);
        handshake
    }

    /// Takes a datagram of the peer's.
    pub fn handle_datagram(&mut self, now: Duration, datagram: &[u8]) {
        if self.state == State::Ended || datagram.len() > DATAGRAM_BYTES_MAX {
            return;
        }
        // Until the version is known the library takes anything for the peer's hello, and fails by it.
        if self.dtls.protocol_version().is_none() && !is_hello(self.side, datagram) {
            return;
        }
        let done = self.advance(now).and_then(|()| self.dtls.handle_packet(datagram));
        self.settle(done);
    }

    /// Does what is due at `now`, such as sending again what seems lost.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.state != State::Ended {
            let done = self.advance(now);
            self.settle(done);
        }
    }

    /// Says goodbye to a connected peer, and ends.
    pub fn close(&mut self) {
        if self.state == State::Connected && self.dtls.close().is_ok() {
            self.settle(Ok(()));
        }
        self.state = State::Ended;
        self.deadline = None;
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due; none while only the peer can bring it on.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.deadline
    }

    /// The next datagram to send to the peer.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outgoing.pop_front()
    }

    /// What has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn advance(&mut self, now: Duration) -> Result<(), Error> {
        self.dtls.handle_timeout(self.epoch.instant(now))
    }

    /// Brings out what the library has to say, and ends where it failed.
    fn settle(&mut self, done: Result<(), Error>) {
        let outcome = done.map_err(DtlsError::from).and_then(|()| self.drain());
        let Err(error) = outcome else { return };
        if self.state == State::Connecting {
            self.outgoing.clear();
            self.events.push_back(Event::Failed(error));
        }
        // The keys of a connected peer are agreed; a datagram that the library chokes on takes no one's sound away.
        self.state = State::Ended;
        self.deadline = None;
    }

    fn drain(&mut self) -> Result<(), DtlsError> {
        let mut buffer = [0; 2 * DATAGRAM_BYTES_MAX];
        // The keys may come behind the news that the handshake is done.
        let mut is_done = false;
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) if self.outgoing.len() < OUTGOING_MAX => {
                    self.outgoing.push_back(packet.to_vec());
                }
                Output::PeerCert(certificate) => self.verdict.take_certificate(certificate)?,
                Output::KeyingMaterial(material, profile) => {
                    self.verdict.take_keys(profile, &material)?;
                }
                Output::Connected => is_done = true,
                Output::CloseNotify => {
                    self.events.push_back(Event::Closed);
                    self.state = State::Ended;
                }
                Output::Timeout(at) => {
                    self.deadline = self.epoch.deadline(at);
                    return if is_done { self.connect() } else { Ok(()) };
                }
                // Only a certificate of the peer's can be that large.
                Output::BufferTooSmall { .. } => {
                    return Err(DtlsError::Protocol("the certificate is too large".to_owned()));
                }
                // What doesn't fit in is lost, as by the network. Data that isn't media is not asked for.
                _ => {}
            }
        }
    }

    fn connect(&mut self) -> Result<(), DtlsError> {
        let keys = self.verdict.conclude()?;
        self.state = State::Connected;
        self.events.push_back(Event::Connected(keys));
        Ok(())
    }
}

/// Whether `datagram` begins as the first one of a peer does: in a handshake record, with the hello of its side.
fn is_hello(side: Side, datagram: &[u8]) -> bool {
    const HANDSHAKE_RECORD: u8 = 22;
    const RECORD_HEADER_BYTES: usize = 13;
    const CLIENT_HELLO: u8 = 1;
    const SERVER_HELLO: u8 = 2;
    const HELLO_VERIFY_REQUEST: u8 = 3;
    let message = datagram.get(RECORD_HEADER_BYTES);
    let is_expected = match side {
        Side::Server => message == Some(&CLIENT_HELLO),
        Side::Client => matches!(message, Some(&SERVER_HELLO | &HELLO_VERIFY_REQUEST)),
    };
    is_expected && datagram.first() == Some(&HANDSHAKE_RECORD)
}

/// What all handshakes of a certificate have in common.
pub(super) fn config() -> Result<Config, Error> {
    Config::builder()
        .mtu(SENT_BYTES_MAX)
        .flight_start_rto(RESEND_AFTER)
        .flight_retries(RESENDS_MAX)
        .handshake_timeout(HANDSHAKE_TIME_MAX)
        .require_client_certificate(true)
        // A cookie shows that the peer is where its datagrams say that they are from, as ICE did already.
        .use_server_cookie(false)
        .build()
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
