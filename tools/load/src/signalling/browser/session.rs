//! One browser session but for its socket, its clock and its media: ICE, and DTLS for the keys.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rtp::srtp::Keys;
use sdp::browser::{BrowserNegotiated, ClientAnswer, IceCredentials};
use webrtc::Datagram;
use webrtc::dtls::{self, Certificate, DtlsError, Epoch, Fingerprint, Handshake, Side};

use super::checks::{Checks, NoWay};

/// What a session comes to.
#[derive(Debug)]
pub enum Progress {
    /// Sound can go to `remote`, under these keys.
    Connected {
        /// Where the server is.
        remote: SocketAddr,
        /// What protects the sound.
        keys: Box<Keys>,
    },
    /// There is no session, or no longer.
    Over(Trouble),
}

/// Why a session is over.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// ICE found no way, or lost it.
    #[error(transparent)]
    Ice(#[from] NoWay),
    /// DTLS came to nothing.
    #[error("DTLS: {0}")]
    Dtls(#[from] DtlsError),
    /// The server said goodbye by DTLS.
    #[error("the server closed the session")]
    Closed,
}

/// A session at a server that has answered our offer.
#[derive(Debug)]
pub struct Session {
    checks: Checks,
    handshake: Option<Handshake>,
    certificate: Arc<Certificate>,
    expected: Vec<Fingerprint>,
    agreed: BrowserNegotiated,
    epoch: Epoch,
    is_over: bool,
}

impl Session {
    /// A session by the server's `answer` to an offer with our credentials and the fingerprint of our
    /// `certificate`. It looks for the server at `remotes`. Times count from `epoch`.
    ///
    /// # Errors
    /// The server's fingerprint can't be used.
    pub fn new(
        ours: &IceCredentials,
        answer: &ClientAnswer,
        remotes: &[SocketAddr],
        certificate: Arc<Certificate>,
        (epoch, now): (Epoch, Duration),
    ) -> Result<Self, dtls::FingerprintError> {
        let fingerprints = answer.remote.fingerprints.iter();
        let expected: Result<_, _> =
            fingerprints.map(|fingerprint| Fingerprint::parse(&fingerprint.to_string())).collect();
        let mut session = Self {
            checks: Checks::new(ours, &answer.remote.ice, remotes, now),
            handshake: None,
            certificate,
            expected: expected?,
            agreed: answer.negotiated.clone(),
            epoch,
            is_over: false,
        };
        session.handle_timeout(now);
        Ok(session)
    }

    /// What was agreed upon.
    #[must_use]
    pub fn agreed(&self) -> &BrowserNegotiated {
        &self.agreed
    }

    /// Takes a datagram that isn't media.
    pub fn handle_datagram(&mut self, now: Duration, source: SocketAddr, datagram: &[u8]) {
        match Datagram::of(datagram) {
            Some(Datagram::Stun) => {
                self.checks.handle_datagram(now, source, datagram);
                self.begin_dtls(now);
            }
            Some(Datagram::Dtls) => {
                if let Some(handshake) = &mut self.handshake {
                    handshake.handle_datagram(now, datagram);
                }
            }
            Some(Datagram::Rtp) | None => {}
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.checks.handle_timeout(now);
        if let Some(handshake) = &mut self.handshake {
            handshake.handle_timeout(now);
        }
        self.begin_dtls(now);
    }

    /// Says goodbye by DTLS.
    pub fn close(&mut self) {
        if let Some(handshake) = &mut self.handshake {
            handshake.close();
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let dtls = self.handshake.as_ref().and_then(Handshake::poll_timeout);
        self.checks.poll_timeout().into_iter().chain(dtls).min()
    }

    /// The next datagram to send, and where to.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        let of_dtls = |checks: &Checks, handshake: &mut Option<Handshake>| {
            let remote = checks.nominated()?;
            Some((remote, handshake.as_mut()?.poll_transmit()?))
        };
        self.checks.poll_transmit().or_else(|| of_dtls(&self.checks, &mut self.handshake))
    }

    /// What has happened.
    pub fn poll_progress(&mut self) -> Option<Progress> {
        if self.is_over {
            return None;
        }
        let progress = match self.checks.failure() {
            Some(no_way) => Progress::Over(no_way.into()),
            None => match self.handshake.as_mut()?.poll_event()? {
                dtls::Event::Connected(keys) => {
                    Progress::Connected { remote: self.checks.nominated()?, keys: Box::new(keys) }
                }
                dtls::Event::Closed => Progress::Over(Trouble::Closed),
                dtls::Event::Failed(error) => Progress::Over(error.into()),
            },
        };
        self.is_over = matches!(progress, Progress::Over(_));
        Some(progress)
    }

    fn begin_dtls(&mut self, now: Duration) {
        if self.handshake.is_none() && self.checks.nominated().is_some() {
            let expected = self.expected.clone();
            let (certificate, epoch) = (&self.certificate, self.epoch);
            let handshake = Handshake::new(Side::Client, certificate, expected, epoch, now);
            self.handshake = Some(handshake);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use sdp::browser::{BrowserLocal, BrowserOffer, ClientOffer, host_candidates};
    use webrtc::ice::{ANSWER_BYTES_MAX, Agent, Credentials, Reply};

    use super::*;

    const OURS: ([u8; 4], u16) = ([127, 0, 0, 1], 50_000);
    const SERVER: ([u8; 4], u16) = ([127, 0, 0, 1], 10_000);

    /// The server's side, as our own server plays it.
    struct Server {
        agent: Agent,
        handshake: Handshake,
    }

    fn signalled(credentials: &Credentials) -> IceCredentials {
        IceCredentials::new(credentials.ufrag.as_str(), credentials.pwd.as_str())
    }

    /// A session, and a server that shows one certificate and claims to have another.
    fn pair(shown: &Certificate, claimed: &Certificate) -> (Session, Server) {
        let epoch = Epoch::new(Instant::now());
        let ours = Arc::new(Certificate::generate().unwrap());
        let our_ice = Credentials::new(0, 1, &[1; 26]);
        let their_ice = Credentials::new(0, 2, &[2; 26]);
        let offer = ClientOffer::new(signalled(&our_ice), ours.fingerprint().to_string());
        let offer = BrowserOffer::parse(offer.to_string().as_bytes()).unwrap();
        let candidates = host_candidates(&[SERVER.into()], &[]);
        let claimed = claimed.fingerprint().to_string();
        let local = BrowserLocal::new(signalled(&their_ice), claimed, candidates, 1);
        let answer = ClientAnswer::parse(offer.answer(&local).to_string().as_bytes()).unwrap();
        let expected = vec![ours.fingerprint()];
        let server = Server {
            agent: Agent::new(&their_ice, Duration::from_secs(20), Duration::ZERO),
            handshake: Handshake::new(Side::Server, shown, expected, epoch, Duration::ZERO),
        };
        let times = (epoch, Duration::ZERO);
        let ice = signalled(&our_ice);
        (Session::new(&ice, &answer, &[SERVER.into()], ours, times).unwrap(), server)
    }

    impl Server {
        fn take(&mut self, now: Duration, session: &mut Session, datagram: &[u8]) {
            if Datagram::of(datagram) == Some(Datagram::Dtls) {
                return self.handshake.handle_datagram(now, datagram);
            }
            let mut answer = [0; ANSWER_BYTES_MAX];
            let reply = self.agent.handle(now, OURS.into(), datagram, &mut answer);
            let Reply::Answer { length, .. } = reply else { panic!("{reply:?}") };
            session.handle_datagram(now, SERVER.into(), &answer[..length]);
        }
    }

    /// Carries datagrams both ways until something has come of it.
    fn run(session: &mut Session, server: &mut Server) -> Progress {
        for step in 0..200 {
            let now = Duration::from_millis(5) * step;
            session.handle_timeout(now);
            server.handshake.handle_timeout(now);
            while let Some((_, datagram)) = session.poll_transmit() {
                server.take(now, session, &datagram);
            }
            while let Some(datagram) = server.handshake.poll_transmit() {
                session.handle_datagram(now, SERVER.into(), &datagram);
            }
            if let Some(progress) = session.poll_progress() {
                return progress;
            }
        }
        panic!("nothing has come of it");
    }

    #[test]
    fn a_session_ends_with_keys_that_are_the_server_s() {
        let certificate = Certificate::generate().unwrap();
        let (mut session, mut server) = pair(&certificate, &certificate);
        let progress = run(&mut session, &mut server);
        let Progress::Connected { remote, keys } = progress else { panic!("{progress:?}") };
        assert_eq!(remote, SERVER.into());
        // The server knows once our last flight has come.
        while let Some((_, datagram)) = session.poll_transmit() {
            server.handshake.handle_datagram(Duration::from_secs(1), &datagram);
        }
        let events = std::iter::from_fn(|| server.handshake.poll_event());
        let theirs = events.last().expect("the server is connected");
        let dtls::Event::Connected(theirs) = theirs else { panic!("{theirs:?}") };
        assert_eq!(keys.profile, theirs.profile);

        session.close();
        let (_, goodbye) = session.poll_transmit().expect("a goodbye");
        server.handshake.handle_datagram(Duration::from_secs(2), &goodbye);
        assert!(matches!(server.handshake.poll_event(), Some(dtls::Event::Closed)));
    }

    #[test]
    fn a_server_with_another_certificate_than_it_signalled_gets_no_sound() {
        let (shown, claimed) = (Certificate::generate().unwrap(), Certificate::generate().unwrap());
        let (mut session, mut server) = pair(&shown, &claimed);
        let progress = run(&mut session, &mut server);
        let refused = Trouble::Dtls(DtlsError::WrongFingerprint);
        assert!(matches!(progress, Progress::Over(trouble) if trouble == refused));
        assert!(session.poll_progress().is_none());
    }
}
