//! Any messages to a SIP endpoint that has a call going out: the input is cut at each 0x1E, and each piece comes
//! from the trunk 100 ms after the one before. The bytes 1 to 4 in it stand for what nobody can guess: see [`Heard`].
//! The endpoint's owner answers all calls and accepts all offers. Whatever is sent, each call ends once, and after a
//! shutdown nothing is left.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::endpoint::{Core, Flow, LocalAddresses, Output};
use sip::{
    CallId, Command, Credentials, Dial, Entropy, HangUp, Settings, SipEvent, Transport, Trunk,
    TrunkId,
};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

const SEPARATOR: u8 = 0x1E;
const OURS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);
const TRUNK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 5060);
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
/// Timers that may go off after the last message: far more than an endpoint has reason to set.
const TIMEOUTS_MAX: usize = 10_000;

fuzz_target!(|data: &[u8]| {
    let mut owner = Owner::new();
    owner.dial();
    for message in data.split(|byte| *byte == SEPARATOR) {
        let flow = Flow { transport: Transport::Udp, remote: TRUNK, connection: None };
        let message = owner.heard.fill_in(message);
        owner.core.handle_message(owner.now, flow, &message);
        owner.pass(Duration::from_millis(100));
    }
    owner.shut_down();
});

struct OneAddress;

impl LocalAddresses for OneAddress {
    fn towards(&self, _remote: SocketAddr) -> IpAddr {
        OURS.ip()
    }
}

/// What the trunk has heard from us and needs for its replies.
#[derive(Default)]
struct Heard {
    /// Of our last request; stands for byte 1.
    branch: String,
    /// In `From` of our last request; stands for byte 2.
    request_tag: String,
    /// Of our last request; stands for byte 3.
    call_id: String,
    /// In `To` of our last response; stands for byte 4.
    response_tag: String,
}

impl Heard {
    fn listen(&mut self, message: &[u8]) {
        let text = std::str::from_utf8(message).expect("we send text");
        if text.starts_with("SIP/2.0 ") {
            self.response_tag = parameter(text, "To: ", ";tag=");
        } else {
            self.branch = parameter(text, "Via: ", ";branch=");
            self.request_tag = parameter(text, "From: ", ";tag=");
            self.call_id = parameter(text, "Call-ID: ", "");
        }
    }

    fn fill_in(&self, message: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(message.len());
        for byte in message {
            match byte {
                1 => filled.extend_from_slice(self.branch.as_bytes()),
                2 => filled.extend_from_slice(self.request_tag.as_bytes()),
                3 => filled.extend_from_slice(self.call_id.as_bytes()),
                4 => filled.extend_from_slice(self.response_tag.as_bytes()),
                byte => filled.push(*byte),
            }
        }
        filled
    }
}

/// What follows `name` in the header that begins with `header`; empty if there is none.
fn parameter(text: &str, header: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(header)).unwrap_or_default();
    let value = line.split_once(name).map_or("", |(_, value)| value);
    value.split([';', '>', ',', ' ']).next().unwrap_or_default().to_owned()
}

/// The endpoint, and what its owner knows of each call: whether it has ended.
struct Owner {
    core: Core,
    now: Duration,
    heard: Heard,
    calls: BTreeMap<CallId, bool>,
}

impl Owner {
    fn new() -> Self {
        let mut settings = Settings::udp(OURS);
        let mut trunk = Trunk::new("carrier", TRUNK.into());
        trunk.inbound.sources.push(TRUNK.ip().into());
        let (username, password) = ("confab".into(), "secret".into());
        trunk.credentials = Some(Credentials { username, password, realm: None });
        settings.trunks.push(trunk);
        let core = Core::new(settings, Box::new(OneAddress), Entropy::from_seed(1));
        let heard = Heard::default();
        Self { core, now: Duration::from_secs(1), heard, calls: BTreeMap::new() }
    }

    fn dial(&mut self) {
        let dial = Dial {
            trunk: TrunkId("carrier".into()),
            to_number: "+33612345678".into(),
            caller_id: None,
            offer: SDP.into(),
            ring_time: Duration::from_secs(60),
        };
        self.calls.insert(CallId(1), false);
        self.core.handle_command(self.now, Command::Dial(CallId(1), dial));
        self.drain();
    }

    /// Does what the endpoint wants done, until it wants nothing more.
    fn drain(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send(_, message) => self.heard.listen(&message),
                Output::Event(event) => self.handle(event),
            }
        }
    }

    fn handle(&mut self, event: SipEvent) {
        match event {
            SipEvent::Incoming { call, .. } => {
                assert!(self.calls.insert(call, false).is_none(), "a call comes in once");
                self.command(Command::Ring(call));
                self.command(Command::Answer(call, SDP.into()));
            }
            SipEvent::Offer { call, .. } => self.command(Command::AcceptOffer(call, SDP.into())),
            SipEvent::Ended { call, .. } => {
                assert_eq!(self.calls.insert(call, true), Some(false), "a call ends once");
            }
            _ => {}
        }
    }

    fn command(&mut self, command: Command) {
        self.core.handle_command(self.now, command);
    }

    fn pass(&mut self, time: Duration) {
        self.drain();
        let until = self.now + time;
        while let Some(due) = self.core.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.core.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn shut_down(&mut self) {
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.command(Command::HangUp(call, HangUp::default()));
        }
        self.command(Command::Shutdown);
        self.drain();
        for _ in 0..TIMEOUTS_MAX {
            let Some(due) = self.core.poll_timeout() else { break };
            self.now = self.now.max(due);
            self.core.handle_timeout(self.now);
            self.drain();
        }
        assert!(self.core.is_shut_down());
        assert!(self.calls.values().all(|has_ended| *has_ended), "a call never ended");
        assert_eq!(self.core.stats().transactions, 0);
    }
}
