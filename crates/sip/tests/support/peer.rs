//! A peer whose every message is written by hand.

use std::{net::SocketAddr, time::Duration};

use sip::{
    CallId, Command, Dial, Entropy, Settings, SipEvent, Stats, TrunkId,
    endpoint::{Core, Output},
};

use super::{OneAddress, datagram, settings};

pub(crate) const OWN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 5060);
pub(crate) const PEER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)), 5060);

pub(crate) const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/// One endpoint, and the peer that writes to it.
pub(crate) struct Bench {
    pub(crate) core: Core,
    pub(crate) now: Duration,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(OWN, PEER);
        change(&mut settings);
        let core = Core::new(settings, Box::new(OneAddress(OWN.ip())), Entropy::from_seed(1));
        Self { core, now: Duration::from_secs(1) }
    }

    /// The peer sends this (with LF for CRLF); returns what we send and tell.
    pub(crate) fn receive(&mut self, text: &str) -> Seen {
        self.receive_from(PEER, text)
    }

    pub(crate) fn receive_from(&mut self, from: SocketAddr, text: &str) -> Seen {
        self.receive_bytes(from, text.replace("\r\n", "\n").replace('\n', "\r\n").as_bytes())
    }

    pub(crate) fn receive_bytes(&mut self, from: SocketAddr, data: &[u8]) -> Seen {
        self.core.handle_message(self.now, datagram(from), data);
        self.seen()
    }

    pub(crate) fn command(&mut self, command: Command) -> Seen {
        self.core.handle_command(self.now, command);
        self.seen()
    }

    /// Lets time pass, stopping at each deadline.
    pub(crate) fn pass(&mut self, time: Duration) -> Seen {
        let until = self.now + time;
        let mut seen = Seen::default();
        while let Some(due) = self.core.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.core.handle_timeout(self.now);
            let more = self.seen();
            seen.sent.extend(more.sent);
            seen.to.extend(more.to);
            seen.events.extend(more.events);
        }
        self.now = until;
        seen
    }

    pub(crate) fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// Places the call 1.
    pub(crate) fn dial(&mut self) -> Seen {
        let dial = Dial {
            trunk: TrunkId("carrier".into()),
            to_number: "+33612345678".into(),
            caller_id: Some("+33123456789".into()),
            offer: OFFER.into(),
            ring_time: Duration::from_secs(60),
        };
        self.command(Command::Dial(CallId(1), dial))
    }

    fn seen(&mut self) -> Seen {
        let mut seen = Seen::default();
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send(flow, data) => {
                    seen.sent.push(String::from_utf8(data.to_vec()).unwrap());
                    seen.to.push(flow.remote);
                }
                Output::Event(event) => seen.events.push(event),
            }
        }
        seen
    }
}

/// What an endpoint sent and told.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) sent: Vec<String>,
    pub(crate) to: Vec<SocketAddr>,
    pub(crate) events: Vec<SipEvent>,
}

impl Seen {
    /// The start lines of what was sent, without the version.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.sent.iter().map(|text| start_line(text)).collect()
    }

    /// The only event.
    pub(crate) fn event(&self) -> &SipEvent {
        assert_eq!(self.events.len(), 1, "{self:?}");
        &self.events[0]
    }
}

fn start_line(text: &str) -> &str {
    text.lines().next().unwrap().trim_start_matches("SIP/2.0 ").trim_end_matches(" SIP/2.0")
}

/// The value of a header field.
pub(crate) fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find(|line| line.starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {message}")).split_once(": ").unwrap().1
}

/// The peer's response to a request of ours, with more fields, and an SDP body if `sdp`.
pub(crate) fn response(request: &str, status: &str, tag: &str, more: &str, sdp: bool) -> String {
    let to = field(request, "To");
    let tag =
        if to.contains(";tag=") || tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {to}{tag}\nCall-ID: {}\nCSeq: {}\n\
         Contact: <sip:gw@192.0.2.2:5060>\n{more}{}",
        field(request, "Via"),
        field(request, "From"),
        field(request, "Call-ID"),
        field(request, "CSeq"),
        body(sdp),
    )
}

/// A request of the peer's in a dialog that our response made.
pub(crate) fn in_dialog(
    method: &str,
    cseq: u32,
    response: &str,
    branch: &str,
    more: &str,
    sdp: bool,
) -> String {
    format!(
        "{method} sip:confab@192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{branch}\n\
         Max-Forwards: 70\nFrom: {}\nTo: {}\nCall-ID: {}\nCSeq: {cseq} {method}\n\
         Contact: <sip:gw@192.0.2.2:5060>\n{more}{}",
        field(response, "From"),
        field(response, "To"),
        field(response, "Call-ID"),
        body(sdp),
    )
}

/// A request of the peer's in a dialog that our own INVITE made, with this tag of the peer's.
pub(crate) fn from_callee(
    method: &str,
    cseq: u32,
    invite: &str,
    tag: &str,
    branch: &str,
    more: &str,
    sdp: bool,
) -> String {
    format!(
        "{method} sip:confab@192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{branch}\n\
         Max-Forwards: 70\nFrom: {};tag={tag}\nTo: {}\nCall-ID: {}\nCSeq: {cseq} {method}\n\
         Contact: <sip:gw@192.0.2.2:5060>\n{more}{}",
        field(invite, "To"),
        field(invite, "From"),
        field(invite, "Call-ID"),
        body(sdp),
    )
}

/// A request of the peer's outside any dialog.
pub(crate) fn outside(method: &str, branch: &str, more: &str, sdp: bool) -> String {
    format!(
        "{method} sip:1234@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK{branch}\n\
         Max-Forwards: 70\nFrom: <sip:+33698765432@192.0.2.2>;tag=caller\nTo: <sip:1234@192.0.2.1>\n\
         Call-ID: call-{branch}\nCSeq: 1 {method}\nContact: <sip:gw@192.0.2.2:5060>\n{more}{}",
        body(sdp),
    )
}

fn body(sdp: bool) -> String {
    if sdp {
        format!("Content-Type: application/sdp\nContent-Length: {}\n\n{OFFER}", OFFER.len())
    } else {
        "Content-Length: 0\n\n".into()
    }
}
