//! ICE from a browser's side (RFC 8445): a full agent that controls, with one socket, without I/O.
//!
//! Every candidate of the server's is checked, one begun every [`PACE`]; the first that answers is nominated and,
//! once it has agreed, used. From then on it is asked again and again whether it still consents (RFC 7675). What
//! the server itself asks is answered.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use sdp::browser::IceCredentials;
use webrtc::stun::{self, Class, Key, Message, Transaction, Writer};

/// From the first check of one candidate to the first of the next (RFC 8445 section 14.2).
const PACE: Duration = Duration::from_millis(50);

/// When a check is sent again for the first time; then twice as late each time (RFC 8489 section 6.2.1).
const RESEND_AFTER: Duration = Duration::from_millis(250);

/// How often a check is sent in all.
const SENDS_MAX: u32 = 7;

/// From one check of consent to the next (RFC 7675 section 5.1).
const CONSENT_INTERVAL: Duration = Duration::from_secs(5);

/// Consent ends when no check was answered for so long (RFC 7675 section 5.1).
const CONSENT_TIME: Duration = Duration::from_secs(30);

/// Most candidates that are checked; those of a server are one or two.
const CANDIDATES_MAX: usize = 8;

/// Room for a check or an answer with the longest user fragments.
const MESSAGE_BYTES_MAX: usize = 640;

/// The priority that a peer-reflexive candidate would have (RFC 8445 sections 5.1.2 and 7.1.1).
const PRIORITY: u32 = 110 << 24 | 65_535 << 8 | 255;

/// Why there is no way, or no longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoWay {
    /// No candidate answered.
    #[error("no candidate answers ICE's checks")]
    Unanswered,
    /// The server no longer says that it wants to be sent to.
    #[error("the server no longer answers ICE's checks")]
    ConsentLost,
}

/// One agent towards one server.
#[derive(Debug)]
pub(super) struct Checks {
    /// Who is asked, and who asks: `theirs:ours`.
    username: String,
    /// How the server's own checks begin: `ours:theirs`.
    username_of_server: String,
    key: Key,
    key_of_server: Key,
    tie_breaker: u64,
    pending: Vec<Check>,
    phase: Phase,
    outgoing: VecDeque<(SocketAddr, Vec<u8>)>,
}

/// A check that waits for its answer.
#[derive(Clone, Copy, Debug)]
struct Check {
    remote: SocketAddr,
    transaction: Transaction,
    sent: u32,
    due: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Candidates are checked.
    Checking,
    /// One has answered, and is told that it is the one.
    Nominating,
    /// It has agreed; `heard` is when it last did.
    Nominated {
        remote: SocketAddr,
        heard: Duration,
        next: Duration,
    },
    Failed(NoWay),
}

impl Checks {
    /// An agent with credentials of `ours`, to a server with `theirs` that says that it is at `remotes`.
    pub(super) fn new(
        ours: &IceCredentials,
        theirs: &IceCredentials,
        remotes: &[SocketAddr],
        now: Duration,
    ) -> Self {
        let begins = (0..).map(|rank| now + PACE * rank);
        let pending = remotes.iter().take(CANDIDATES_MAX).zip(begins);
        Self {
            username: format!("{}:{}", theirs.ufrag, ours.ufrag),
            username_of_server: format!("{}:{}", ours.ufrag, theirs.ufrag),
            key: Key::new(ours.pwd.as_bytes()),
            key_of_server: Key::new(theirs.pwd.as_bytes()),
            tie_breaker: rand::random(),
            pending: pending.map(|(remote, due)| Check::new(*remote, due)).collect(),
            phase: Phase::Checking,
            outgoing: VecDeque::new(),
        }
    }

    /// Where the server is, once it was found.
    pub(super) fn nominated(&self) -> Option<SocketAddr> {
        match self.phase {
            Phase::Nominated { remote, .. } => Some(remote),
            _ => None,
        }
    }

    /// Why there is no way.
    pub(super) fn failure(&self) -> Option<NoWay> {
        match self.phase {
            Phase::Failed(why) => Some(why),
            _ => None,
        }
    }

    /// Takes a STUN datagram.
    pub(super) fn handle_datagram(&mut self, now: Duration, source: SocketAddr, datagram: &[u8]) {
        let Ok(message) = Message::parse(datagram) else { return };
        match message.class() {
            Class::Request => self.answer(source, &message),
            Class::Success if message.verify(&self.key_of_server) => {
                self.take_answer(now, source, &message);
            }
            // A refusal ends the check; that of consent is asked for again when it is due.
            Class::Error if message.verify(&self.key_of_server) => {
                self.pending.retain(|check| check.transaction != message.transaction());
                self.conclude();
            }
            _ => {}
        }
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Duration) {
        if let Phase::Nominated { remote, heard, next } = self.phase {
            if now.saturating_sub(heard) >= CONSENT_TIME {
                self.pending.clear();
                self.phase = Phase::Failed(NoWay::ConsentLost);
            } else if now >= next {
                // A check that is still out is given up for the new one.
                self.pending = vec![Check::new(remote, now)];
                self.phase = Phase::Nominated { remote, heard, next: now + CONSENT_INTERVAL };
            }
        }
        self.pending.retain(|check| check.due > now || check.sent < SENDS_MAX);
        for index in 0..self.pending.len() {
            let Some(check) = self.pending.get_mut(index).filter(|check| check.due <= now) else {
                continue;
            };
            check.due = now + RESEND_AFTER * 2_u32.pow(check.sent);
            check.sent += 1;
            let (remote, transaction) = (check.remote, check.transaction);
            let message = self.request(transaction);
            self.outgoing.extend(message.map(|message| (remote, message)));
        }
        self.conclude();
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        let consent = match self.phase {
            Phase::Nominated { heard, next, .. } => Some(next.min(heard + CONSENT_TIME)),
            _ => None,
        };
        self.pending.iter().map(|check| check.due).chain(consent).min()
    }

    /// The next datagram to send, and where to.
    pub(super) fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.outgoing.pop_front()
    }

    fn take_answer(&mut self, now: Duration, source: SocketAddr, answer: &Message<'_>) {
        let asked = |check: &Check| {
            check.transaction == answer.transaction() && check.remote == source && check.sent > 0
        };
        if !self.pending.iter().any(asked) {
            return;
        }
        match self.phase {
            Phase::Checking => {
                self.phase = Phase::Nominating;
                self.pending = vec![Check::new(source, now)];
                self.handle_timeout(now);
            }
            Phase::Nominating | Phase::Nominated { .. } => {
                self.pending.clear();
                let next = match self.phase {
                    Phase::Nominated { next, .. } => next,
                    _ => now + CONSENT_INTERVAL,
                };
                self.phase = Phase::Nominated { remote: source, heard: now, next };
            }
            Phase::Failed(_) => {}
        }
    }

    /// Nobody is left who could answer.
    fn conclude(&mut self) {
        if self.pending.is_empty() && matches!(self.phase, Phase::Checking | Phase::Nominating) {
            self.phase = Phase::Failed(NoWay::Unanswered);
        }
    }

    fn request(&self, transaction: Transaction) -> Option<Vec<u8>> {
        let mut buffer = [0; MESSAGE_BYTES_MAX];
        let mut writer = Writer::new(&mut buffer, Class::Request, transaction)
            .attribute(stun::USERNAME, self.username.as_bytes())
            .attribute(stun::ICE_CONTROLLING, &self.tie_breaker.to_be_bytes())
            .attribute(stun::PRIORITY, &PRIORITY.to_be_bytes());
        if self.phase == Phase::Nominating {
            writer = writer.attribute(stun::USE_CANDIDATE, &[]);
        }
        let length = writer.finish(Some(&self.key_of_server)).ok()?;
        buffer.get(..length).map(<[u8]>::to_vec)
    }

    fn answer(&mut self, source: SocketAddr, request: &Message<'_>) {
        let is_ours = request.username() == Some(self.username_of_server.as_bytes());
        if !is_ours || !request.verify(&self.key) {
            return;
        }
        let mut buffer = [0; MESSAGE_BYTES_MAX];
        let written = Writer::new(&mut buffer, Class::Success, request.transaction())
            .mapped_address(source)
            .finish(Some(&self.key));
        let answer = written.ok().and_then(|length| buffer.get(..length));
        self.outgoing.extend(answer.map(|answer| (source, answer.to_vec())));
    }
}

impl Check {
    fn new(remote: SocketAddr, due: Duration) -> Self {
        Self { remote, transaction: Transaction(rand::random()), sent: 0, due }
    }
}

#[cfg(test)]
mod tests {
    use webrtc::ice::{ANSWER_BYTES_MAX, Agent, Credentials, Reply};

    use super::*;

    const OURS: ([u8; 4], u16) = ([127, 0, 0, 1], 50_000);
    const SERVER: ([u8; 4], u16) = ([127, 0, 0, 1], 10_000);

    fn credentials(seed: u8) -> (Credentials, IceCredentials) {
        let made = Credentials::new(0, 1, &[seed; 26]);
        let signalled = IceCredentials::new(made.ufrag.as_str(), made.pwd.as_str());
        (made, signalled)
    }

    /// Our agent, and the server's, which is lite.
    fn pair(remotes: &[SocketAddr]) -> (Checks, Agent) {
        let (_, ours) = credentials(1);
        let (server, theirs) = credentials(2);
        let agent = Agent::new(&server, Duration::from_secs(20), Duration::ZERO);
        (Checks::new(&ours, &theirs, remotes, Duration::ZERO), agent)
    }

    /// Carries what is to be sent to the server, and its answers back; other addresses are dead.
    fn exchange(now: Duration, checks: &mut Checks, agent: &mut Agent) {
        checks.handle_timeout(now);
        while let Some((remote, datagram)) = checks.poll_transmit() {
            if remote != SERVER.into() {
                continue;
            }
            let mut answer = [0; ANSWER_BYTES_MAX];
            let reply = agent.handle(now, OURS.into(), &datagram, &mut answer);
            let Reply::Answer { length, .. } = reply else { panic!("{reply:?}") };
            checks.handle_datagram(now, remote, &answer[..length]);
        }
    }

    #[test]
    fn the_candidate_that_answers_is_nominated() {
        let dead = SocketAddr::from(([127, 0, 0, 9], 9));
        let (mut checks, mut agent) = pair(&[dead, SERVER.into()]);
        exchange(Duration::ZERO, &mut checks, &mut agent);
        assert_eq!((checks.nominated(), agent.selected()), (None, None));
        exchange(PACE, &mut checks, &mut agent);
        assert_eq!(checks.nominated(), Some(SERVER.into()));
        assert_eq!(agent.selected(), Some(OURS.into()));
    }

    #[test]
    fn consent_is_asked_for_again_and_again_and_ends_with_silence() {
        let (mut checks, mut agent) = pair(&[SERVER.into()]);
        exchange(Duration::ZERO, &mut checks, &mut agent);
        for round in 1..20 {
            let now = CONSENT_INTERVAL * round;
            assert_eq!(checks.poll_timeout(), Some(now));
            exchange(now, &mut checks, &mut agent);
        }
        assert_eq!(checks.failure(), None);
        let (_, ours) = credentials(3);
        let (_, theirs) = credentials(4);
        let mut deaf = Checks::new(&ours, &theirs, &[], Duration::ZERO);
        deaf.phase =
            Phase::Nominated { remote: SERVER.into(), heard: Duration::ZERO, next: Duration::ZERO };
        while let Some(due) = deaf.poll_timeout() {
            deaf.handle_timeout(due);
        }
        assert_eq!(deaf.failure(), Some(NoWay::ConsentLost));
    }

    #[test]
    fn without_an_answer_there_is_no_way() {
        let (mut checks, _) = pair(&[SERVER.into()]);
        let mut sent = 0;
        while let Some(due) = checks.poll_timeout() {
            assert!(due < Duration::from_secs(60));
            checks.handle_timeout(due);
            sent += std::iter::from_fn(|| checks.poll_transmit()).count();
        }
        assert_eq!((sent, checks.failure()), (SENDS_MAX as usize, Some(NoWay::Unanswered)));
        let (nowhere, _) = pair(&[]);
        assert_eq!(nowhere.poll_timeout(), None);
    }

    #[test]
    fn the_server_s_own_checks_are_answered_and_forged_ones_are_not() {
        let (_, ours) = credentials(1);
        let (_, theirs) = credentials(2);
        let mut checks = Checks::new(&ours, &theirs, &[], Duration::ZERO);
        // The server's full agent, played by another of ours.
        let mut server = Checks::new(&theirs, &ours, &[OURS.into()], Duration::ZERO);
        server.handle_timeout(Duration::ZERO);
        let (_, check) = server.poll_transmit().unwrap();
        checks.handle_datagram(Duration::ZERO, SERVER.into(), &check);
        let (remote, answer) = checks.poll_transmit().unwrap();
        assert_eq!(remote, SERVER.into());
        assert_eq!(Message::parse(&answer).unwrap().class(), Class::Success);

        let mut forger = Checks::new(&theirs, &credentials(9).1, &[OURS.into()], Duration::ZERO);
        forger.handle_timeout(Duration::ZERO);
        let (_, forged) = forger.poll_transmit().unwrap();
        checks.handle_datagram(Duration::ZERO, SERVER.into(), &forged);
        assert_eq!(checks.poll_transmit(), None);
    }
}
