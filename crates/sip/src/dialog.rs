//! Dialogs (RFC 3261 section 12): what two peers remember about each other between requests.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::{
    Transport,
    flow::Flow,
    message::{
        Address, CSeq, Fault, Head, Headers, Method, Name, Request, Response, Uri, Via, addresses,
    },
};

/// One dialog, early or confirmed.
#[derive(Debug, Clone)]
pub(crate) struct Dialog {
    call_id: String,
    local: Address,
    remote: Address,
    /// Whether our request began it.
    is_ours: bool,
    /// The number of our last request.
    local_seq: u32,
    /// The number of the peer's last request, once there was one.
    remote_seq: Option<u32>,
    /// Where the peer's Contact says that it is.
    target: Uri,
    /// The proxies that want to see every request, nearest first.
    routes: Vec<Address>,
    /// Where the peer was last heard.
    flow: Flow,
}

/// How a request of the peer's stands to those before it (RFC 3261 section 12.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    InOrder,
    Outdated,
}

impl Dialog {
    /// The dialog that a response to our INVITE makes. A response without Contact leaves the target where it was.
    ///
    /// # Errors
    /// The Record-Route is malformed.
    pub(crate) fn of_response(
        invite: &Request,
        response: &Response,
        flow: Flow,
    ) -> Result<Self, Fault> {
        let mut routes = addresses(response.headers.all(&Name::RecordRoute))?;
        routes.reverse();
        Ok(Self {
            call_id: invite.head.call_id.clone(),
            local: invite.head.from.clone(),
            remote: response.head.to.clone(),
            is_ours: true,
            local_seq: invite.head.cseq.number,
            remote_seq: None,
            target: response.contact().map_or_else(|| invite.uri.clone(), |contact| contact.uri),
            routes,
            flow,
        })
    }

    /// The dialog that our answer to an INVITE makes.
    ///
    /// # Errors
    /// The Record-Route is malformed.
    pub(crate) fn of_request(invite: &Request, local_tag: &str, flow: Flow) -> Result<Self, Fault> {
        Ok(Self {
            call_id: invite.head.call_id.clone(),
            local: invite.head.to.clone().with_tag(local_tag),
            remote: invite.head.from.clone(),
            is_ours: false,
            // Any start is good (section 12.1.1), so long as it leaves room.
            local_seq: 0,
            remote_seq: Some(invite.head.cseq.number),
            // Peers of before RFC 3261 need not send a Contact: their From has to do.
            target: invite.contact().unwrap_or_else(|| invite.head.from.clone()).uri,
            routes: addresses(invite.headers.all(&Name::RecordRoute))?,
            flow,
        })
    }

    /// Whether a request belongs to this dialog: the local tag has been matched by whoever asks.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        self.call_id == request.head.call_id && self.remote.tag() == request.head.from.tag()
    }

    /// Where the peer was last heard.
    pub(crate) fn flow(&self) -> Flow {
        self.flow
    }

    /// Whether we began the dialog, and so own its Call-ID (section 14.1).
    pub(crate) fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Takes note of a request of the peer's. An ACK or CANCEL has the number of its INVITE and is not counted.
    pub(crate) fn receive(&mut self, request: &Request, flow: Flow) -> Order {
        let number = request.head.cseq.number;
        if self.remote_seq.is_some_and(|last| number < last) {
            return Order::Outdated;
        }
        self.remote_seq = Some(number);
        self.flow = flow;
        Order::InOrder
    }

    /// Follows the peer to a new address (section 12.2): only INVITE and UPDATE and their 2xx can move it.
    pub(crate) fn refresh_target(&mut self, contact: Option<Address>) {
        if let Some(contact) = contact {
            self.target = contact.uri;
        }
    }

    /// A new request within the dialog (section 12.2.1.1).
    pub(crate) fn request(
        &mut self,
        method: Method,
        via: Via,
        headers: Headers,
        body: Bytes,
    ) -> Request {
        // Starting below 2^31 and counting requests of one call, it can't come near the end.
        self.local_seq = self.local_seq.wrapping_add(1);
        self.numbered(self.local_seq, method, via, headers, body)
    }

    /// The ACK of a 2xx: a request of its own, with the number of its INVITE (section 13.2.2.4).
    pub(crate) fn ack(&self, number: u32, via: Via, headers: Headers, body: Bytes) -> Request {
        self.numbered(number, Method::Ack, via, headers, body)
    }

    fn numbered(
        &self,
        number: u32,
        method: Method,
        via: Via,
        mut headers: Headers,
        body: Bytes,
    ) -> Request {
        let (uri, routes) = self.path();
        for route in routes {
            headers.push(Name::Route, route.to_string());
        }
        let head = Head {
            via,
            hops: Vec::new(),
            from: self.local.clone(),
            to: self.remote.clone(),
            call_id: self.call_id.clone(),
            cseq: CSeq { number, method: method.clone() },
        };
        Request { method, uri, head, headers, body }
    }

    /// The Request-URI and the Route set. A strict router, of before RFC 3261, finds itself in the Request-URI and the
    /// target at the end of the routes.
    fn path(&self) -> (Uri, Vec<Address>) {
        match self.routes.split_first() {
            Some((strict, rest)) if !strict.uri.is_loose() => {
                let target = Address::new(self.target.clone());
                (strict.uri.clone(), rest.iter().cloned().chain([target]).collect())
            }
            _ => (self.target.clone(), self.routes.clone()),
        }
    }

    /// Where the next request goes: to the first route or the target where these are addresses. Where they are names,
    /// or private addresses that the peer's NAT left in, it goes where the peer was last heard.
    pub(crate) fn next_hop(&self) -> Flow {
        let uri = self.routes.first().map_or(&self.target, |route| &route.uri);
        let Some(host) = &uri.host else { return self.flow };
        let Some(ip) = host.ip().filter(|ip| !is_behind_nat(*ip, self.flow.remote.ip())) else {
            return self.flow;
        };
        let transport = uri.transport().unwrap_or(self.flow.transport);
        // A connection that the peer opened comes from a port at which it doesn't listen: stay on it.
        let same_peer = ip == self.flow.remote.ip() && transport == self.flow.transport;
        if same_peer && transport == Transport::Tcp {
            return self.flow;
        }
        Flow { transport, remote: SocketAddr::new(ip, host.port()), connection: None }
    }
}

/// Whether `claimed` makes no sense as the address of somebody whom we hear from `heard`.
fn is_behind_nat(claimed: IpAddr, heard: IpAddr) -> bool {
    let is_private = |ip: IpAddr| match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local(),
    };
    claimed.is_unspecified() || is_private(claimed) && !is_private(heard)
}
