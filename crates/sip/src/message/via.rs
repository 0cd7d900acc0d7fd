//! The hops that a request came by, and a response goes back.

use std::{fmt, net::SocketAddr};

use super::{
    Fault,
    text::{Params, is_token},
    uri::parse_host_port,
};
use crate::{HostPort, Transport};

/// One hop: `SIP/2.0/UDP host:port;branch=...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Via {
    version: Box<str>,
    transport: Box<str>,
    /// Where the hop says that it listens.
    pub(crate) sent_by: HostPort,
    params: Params,
}

/// What a branch begins with when it is unique in space and time (RFC 3261 section 8.1.1.7).
const COOKIE: &str = "z9hG4bK";

impl Via {
    /// A hop of ours. `rport` asks the peer to answer to where the request came from (RFC 3581).
    pub(crate) fn ours(transport: Transport, sent_by: HostPort, branch: &str) -> Self {
        let mut params = Params::default();
        params.set_flag("rport");
        params.set("branch", branch);
        Self { version: "2.0".into(), transport: transport.via_token().into(), sent_by, params }
    }

    /// Space is allowed around each separator.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let (protocol, rest) = text.split_once('/').ok_or(Fault::Via)?;
        let (version, rest) = rest.split_once('/').ok_or(Fault::Via)?;
        // The version is the request line's business: a request of another one is still to be refused.
        let version = version.trim();
        if !protocol.trim().eq_ignore_ascii_case("SIP") || !is_token(version) {
            return Err(Fault::Via);
        }
        let (transport, rest) = rest.trim_start().split_once([' ', '\t']).ok_or(Fault::Via)?;
        if !is_token(transport) {
            return Err(Fault::Via);
        }
        let (sent_by, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        Ok(Self {
            version: version.into(),
            transport: transport.into(),
            sent_by: parse_host_port(sent_by.trim()).map_err(|_| Fault::Via)?,
            params: Params::parse(params).map_err(|_| Fault::Via)?,
        })
    }

    /// The branch, if it is one that names a transaction on its own; else the request is matched by RFC 2543's rules.
    pub(crate) fn branch(&self) -> Option<&str> {
        let branch = self.params.get("branch")?;
        let (cookie, unique) = branch.split_at_checked(COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(COOKIE) && !unique.is_empty()).then_some(branch)
    }

    /// Notes where the request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
    pub(crate) fn stamp(&mut self, source: SocketAddr) {
        let wants_port = self.params.get("rport").is_some();
        if wants_port {
            self.params.set("rport", source.port().to_string());
        }
        if wants_port || self.sent_by.ip() != Some(source.ip()) {
            self.params.set("received", source.ip().to_string());
        }
    }

    /// Where a response goes when there is no connection to send it back on (RFC 3261 section 18.2.2). `maddr` is not
    /// followed: it would let a stranger aim our responses.
    pub(crate) fn response_address(&self, source: SocketAddr) -> SocketAddr {
        let port = match self.params.get("rport") {
            Some(_) => source.port(),
            None => self.sent_by.port(),
        };
        SocketAddr::new(source.ip(), port)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, transport, sent_by, params } = self;
        write!(f, "SIP/{version}/{transport} {sent_by}{params}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_most_tortuous_form() {
        let via = Via::parse(
            "SIP  / 2.0\t/TCP   spindle.example.com : 5062  ;  branch  =  z9hG4bK9ikj8 ; rport",
        )
        .unwrap();
        assert_eq!(
            via.to_string(),
            "SIP/2.0/TCP spindle.example.com:5062;branch=z9hG4bK9ikj8;rport"
        );
        assert_eq!(via.branch(), Some("z9hG4bK9ikj8"));
    }

    #[test]
    fn a_bare_cookie_names_no_transaction() {
        for text in ["z9hG4bK", "1234", "z9"] {
            assert_eq!(Via::parse(&format!("SIP/2.0/UDP h;branch={text}")).unwrap().branch(), None);
        }
    }

    #[test]
    fn answers_go_where_rport_says() {
        let source = SocketAddr::from(([192, 0, 2, 9], 40_000));
        let mut via = Via::parse("SIP/2.0/UDP 10.0.0.1:5070;rport;branch=z9hG4bK1").unwrap();
        via.stamp(source);
        assert_eq!(via.response_address(source), source);
        assert!(
            via.to_string().ends_with(";received=192.0.2.9")
                && via.to_string().contains(";rport=40000;")
        );
        let mut via = Via::parse("SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1").unwrap();
        via.stamp(source);
        assert_eq!(via.response_address(source), SocketAddr::new(source.ip(), 5070));
    }
}
