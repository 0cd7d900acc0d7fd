//! What is loaded: any SIP server, any WHIP endpoint, or a Confab whose API makes the conferences.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use sdp::Encoding;
use sip::{Credentials, HostPort, SipError, Transport};
use webrtc::dtls::CertificateError;

use crate::destination::{DestinationError, Reach};
use crate::http::{HttpError, Server};
use crate::media::Layout;
use crate::plan::{Codec, Kind, Plan};
use crate::server::{Api, ApiError, Conference};
use crate::signalling::sip::{PhoneSettings, ROOM, SipTarget};
use crate::signalling::{Browsers, Door, Line, Phones};

/// Calls beyond those of the plan that an endpoint has room for: some are being ended while others are placed.
const CALLS_SPARE: usize = 1_000;

/// What is to be loaded.
#[derive(Clone, Debug)]
pub enum Target {
    /// A SIP server that knows its rooms by number.
    Sip(SipRooms),
    /// A WHIP endpoint; `{room}` in its URL stands for a room's number.
    Whip {
        /// The URL.
        url: String,
        /// The number of the first room.
        first_room: u64,
    },
    /// A Confab: its API makes a conference for each room.
    Api {
        /// The URL of the API.
        url: String,
        /// The API's token.
        token: String,
        /// Where its SIP is, for legs that come by SIP; their dial-in codes are dialled there.
        sip: Option<SipTarget>,
    },
}

/// Rooms at a SIP server.
#[derive(Clone, Debug)]
pub struct SipRooms {
    /// Whom to call.
    pub target: SipTarget,
    /// The number of the first room, which `{room}` stands for.
    pub first_room: u64,
    /// What a challenge is answered with.
    pub credentials: Option<Credentials>,
}

/// Why a target can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There are more rooms than the target tells apart.
    #[error("there are {0} rooms: put {ROOM} where the target has a room's number")]
    OneRoom(usize),
    /// The SIP target names nobody to call.
    #[error("the SIP URI names no room: put it before the host, as in sip:1000@host")]
    NoUser,
    /// Legs that come by SIP to a Confab, whose SIP address isn't known.
    #[error(
        "the API makes conferences, but where to call them is not said: add --sip sip:HOST:PORT"
    )]
    NoSip,
    /// Browsers can't go to where only SIP is.
    #[error("browsers join by WHIP: name the endpoint by --whip, or the API by --api")]
    NoWhip,
    /// A host can't be loaded.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// An HTTP server can't be loaded.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The API is of no use.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// There is no SIP endpoint.
    #[error(transparent)]
    Sip(#[from] SipError),
    /// There is no certificate for browsers.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// There is no way to the server.
    #[error("no way to {0}: {1}")]
    NoRoute(SocketAddr, std::io::Error),
}

/// A target that is ready to be called.
pub struct Opened {
    /// Signalling.
    pub line: Line,
    /// How each room is reached.
    pub doors: Vec<Door>,
    /// How legs are laid onto sockets.
    pub layout: Layout,
    /// What was created there, to be ended again.
    pub created: Option<(Api, Vec<Conference>)>,
}

impl Target {
    /// Finds the server, and makes or names a room for each of the plan's.
    ///
    /// # Errors
    /// There is no such server, it may not be loaded, or doesn't have the rooms.
    pub async fn open(&self, plan: &Plan, reach: Reach) -> Result<Opened, TargetError> {
        let kind = plan.request().kind;
        match (self, kind) {
            (Self::Sip(rooms), Kind::Sip) => rooms.open(plan, reach).await,
            (Self::Whip { url, first_room }, Kind::Browser) => {
                open_whip(url, *first_room, plan, reach).await
            }
            (Self::Api { url, token, sip }, _) => {
                let api = Api::find(url, token, reach).await?;
                let sip = match (sip, kind) {
                    (Some(sip), Kind::Sip) => {
                        Some((resolve(&sip.host, reach).await?, sip.transport))
                    }
                    (None, Kind::Sip) => return Err(TargetError::NoSip),
                    (_, Kind::Browser) => None,
                };
                open_confab(&api, sip, plan, reach).await
            }
            (Self::Sip(_), Kind::Browser) => Err(TargetError::NoWhip),
            (Self::Whip { .. }, Kind::Sip) => Err(TargetError::NoUser),
        }
    }

    /// What is loaded, in words.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Sip(rooms) => rooms.target.to_string(),
            Self::Whip { url, .. } | Self::Api { url, sip: None, .. } => url.clone(),
            Self::Api { url, sip: Some(sip), .. } => format!("{url} by {sip}"),
        }
    }
}

impl SipRooms {
    async fn open(&self, plan: &Plan, reach: Reach) -> Result<Opened, TargetError> {
        let rooms = plan.request().rooms;
        if rooms > 1 && !self.target.tells_rooms_apart() {
            return Err(TargetError::OneRoom(rooms));
        }
        let numbers = (self.first_room..).take(rooms);
        let users: Option<Vec<Door>> =
            numbers.map(|number| self.target.user(number).map(Door::User)).collect();
        let doors = users.ok_or(TargetError::NoUser)?;
        let server = resolve(&self.target.host, reach).await?;
        let credentials = self.credentials.clone();
        let line = phones((server, self.target.transport), credentials, plan, reach).await?;
        Ok(Opened { line, doors, layout: layout_towards(server)?, created: None })
    }
}

/// A target that is a Confab: conferences are made, and reached by their dial-in codes or WHIP endpoints.
///
/// # Errors
/// One can't be made, or the sockets to call them from.
pub async fn open_confab(
    api: &Api,
    sip: Option<(SocketAddr, Transport)>,
    plan: &Plan,
    reach: Reach,
) -> Result<Opened, TargetError> {
    let conferences = api.create(plan.request().rooms).await?;
    let door = |conference: &Conference| match sip {
        Some(_) => Door::User(conference.code.clone()),
        None => Door::Whip(conference.whip()),
    };
    let doors = conferences.iter().map(door).collect();
    let (line, server) = match sip {
        Some((server, transport)) => {
            (phones((server, transport), None, plan, reach).await?, server)
        }
        None => {
            let server = api.server().clone();
            let address = server.address();
            (Line::Browsers(Box::new(Browsers::new(server, reach)?)), address)
        }
    };
    let created = Some((api.clone(), conferences));
    Ok(Opened { line, doors, layout: layout_towards(server)?, created })
}

async fn open_whip(
    url: &str,
    first_room: u64,
    plan: &Plan,
    reach: Reach,
) -> Result<Opened, TargetError> {
    let rooms = plan.request().rooms;
    if rooms > 1 && !url.contains(ROOM) {
        return Err(TargetError::OneRoom(rooms));
    }
    let numbered = |number: u64| url.replace(ROOM, &number.to_string());
    let (server, _) = Server::find(&numbered(first_room), reach).await?;
    let mut doors = Vec::with_capacity(rooms);
    for number in (first_room..).take(rooms) {
        let url = numbered(number);
        doors.push(Door::Whip(crate::http::path_of(&url)?.to_owned()));
    }
    let layout = layout_towards(server.address())?;
    let line = Line::Browsers(Box::new(Browsers::new(server, reach)?));
    Ok(Opened { line, doors, layout, created: None })
}

async fn phones(
    (server, transport): (SocketAddr, Transport),
    credentials: Option<Credentials>,
    plan: &Plan,
    reach: Reach,
) -> Result<Line, SipError> {
    let settings = PhoneSettings {
        server,
        transport,
        credentials,
        codec: encoding(plan.request().codec),
        calls_max: plan.legs() + CALLS_SPARE,
        reach,
    };
    Ok(Line::Phones(Box::new(Phones::open(settings).await?)))
}

async fn resolve(host: &HostPort, reach: Reach) -> Result<SocketAddr, DestinationError> {
    reach.resolve(&host.host, host.port()).await
}

/// On loopback each leg has an address of its own; towards others, the address that leads there is shared.
fn layout_towards(server: SocketAddr) -> Result<Layout, TargetError> {
    if server.ip().to_canonical().is_loopback() {
        return Ok(Layout::Loopback);
    }
    // Connecting a datagram socket sends nothing, but finds the way.
    let local = || -> std::io::Result<IpAddr> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect(server)?;
        Ok(socket.local_addr()?.ip())
    };
    let local = local().map_err(|error| TargetError::NoRoute(server, error))?;
    Ok(Layout::Sockets { local })
}

fn encoding(codec: Codec) -> Encoding {
    match codec {
        Codec::Pcmu => Encoding::Pcmu,
        Codec::Pcma => Encoding::Pcma,
        Codec::G722 => Encoding::G722,
        Codec::Opus => Encoding::Opus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Request;

    fn plan(request: Request) -> Plan {
        Plan::new(request).unwrap()
    }

    async fn refused(target: &Target, request: Request) -> TargetError {
        let opened = target.open(&plan(request), Reach::Loopback).await;
        opened.map(|_| ()).expect_err("it can't be loaded")
    }

    fn sip(uri: &str) -> Target {
        let target = uri.parse().unwrap();
        Target::Sip(SipRooms { target, first_room: 1000, credentials: None })
    }

    #[tokio::test]
    async fn each_room_is_reached_by_its_number() {
        let two = Request { rooms: 2, ..Request::default() };
        let (target, plan) = (sip("sip:r{room}@127.0.0.1:9"), plan(two));
        let opened = target.open(&plan, Reach::Loopback).await.unwrap();
        let doors = [Door::User("r1000".to_owned()), Door::User("r1001".to_owned())];
        assert_eq!(opened.doors, doors);
        assert_eq!(opened.layout, Layout::Loopback);
        let one_number = refused(&sip("sip:1000@127.0.0.1:9"), two).await;
        assert!(matches!(one_number, TargetError::OneRoom(2)));
    }

    #[tokio::test]
    async fn what_does_not_fit_is_said_in_words() {
        let request = Request::default();
        let elsewhere = refused(&sip("sip:1000@192.0.2.1"), request).await;
        assert!(elsewhere.to_string().contains("--remote"), "{elsewhere}");
        assert!(matches!(refused(&sip("sip:127.0.0.1"), request).await, TargetError::NoUser));
        let browser = Request { kind: Kind::Browser, codec: Codec::Opus, ..request };
        assert!(matches!(refused(&sip("sip:1@127.0.0.1"), browser).await, TargetError::NoWhip));
        let api = Target::Api {
            url: "http://127.0.0.1:9".to_owned(),
            token: "token".to_owned(),
            sip: None,
        };
        assert!(matches!(refused(&api, request).await, TargetError::NoSip));
    }
}
