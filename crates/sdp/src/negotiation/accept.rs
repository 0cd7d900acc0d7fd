//! What a peer's media line, of an offer or an answer, comes to.

use super::format::{Format, FormatKind, formats};
use super::{LocalMedia, PROFILE, PTIME_MS, Refusal};
use crate::{Address, Direction, Encoding, Media, SessionDescription};
use std::net::{IpAddr, SocketAddr};

/// A peer's media line in the light of what we can do.
#[derive(Clone, Debug)]
pub(super) struct Accepted<'a> {
    pub(super) remote_rtp: SocketAddr,
    pub(super) remote_rtcp: Option<SocketAddr>,
    pub(super) rtcp_mux: bool,
    pub(super) codec: Format<'a>,
    pub(super) encoding: Encoding,
    /// With its clock.
    pub(super) telephone_event: Option<(Format<'a>, u32)>,
    pub(super) comfort_noise: bool,
    /// Ours.
    pub(super) direction: Direction,
    pub(super) ptime_ms: u16,
    pub(super) maxptime_ms: Option<u16>,
}

/// Whose order of codecs counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preference {
    Ours,
    Theirs,
}

/// Checks a media line and chooses from it.
pub(super) fn accept<'a>(
    session: &'a SessionDescription,
    media: &'a Media,
    local: &LocalMedia,
    preference: Preference,
) -> Result<Accepted<'a>, Refusal> {
    if !media.protocol.eq_ignore_ascii_case(PROFILE) {
        return Err(Refusal::UnsupportedProfile(media.protocol.clone()));
    }
    let (codec, encoding) = choose(media, local, preference).ok_or(Refusal::NoCommonCodec)?;
    let ip = ip_of(session, media, local)?;
    let remote_rtp = SocketAddr::new(ip, media.port);
    let rtcp_mux = local.rtcp_mux && media.has_rtcp_mux();
    let remote_rtcp = if rtcp_mux { Some(remote_rtp) } else { rtcp_of(media, remote_rtp) };
    // The hold of old asks for no RTCP either.
    let remote_rtcp = remote_rtcp.filter(|address| !address.ip().is_unspecified());
    Ok(Accepted {
        remote_rtp,
        remote_rtcp,
        rtcp_mux,
        codec,
        encoding,
        telephone_event: telephone_event(media, local, encoding),
        comfort_noise: preference == Preference::Ours
            && local.comfort_noise
            && comfort_noise(media, encoding),
        direction: direction(session, media, ip).meet(local.direction),
        ptime_ms: media.ptime_ms().unwrap_or(PTIME_MS),
        maxptime_ms: media.maxptime_ms(),
    })
}

fn choose<'a>(
    media: &'a Media,
    local: &LocalMedia,
    preference: Preference,
) -> Option<(Format<'a>, Encoding)> {
    let audio = |format: Format<'a>| match format.kind {
        FormatKind::Audio(encoding) if local.codecs.contains(&encoding) => Some((format, encoding)),
        _ => None,
    };
    match preference {
        Preference::Theirs => formats(media).find_map(audio),
        Preference::Ours => local.codecs.iter().find_map(|wanted| {
            formats(media).filter_map(audio).find(|(_, encoding)| encoding == wanted)
        }),
    }
}

/// Events whose clock is that of the codec, as RFC 4733 section 2.1 asks for, or else any.
fn telephone_event<'a>(
    media: &'a Media,
    local: &LocalMedia,
    encoding: Encoding,
) -> Option<(Format<'a>, u32)> {
    let events = || {
        formats(media).filter_map(|format| match format.kind {
            FormatKind::TelephoneEvent { clock_hz } => Some((format, clock_hz)),
            FormatKind::Audio(_) | FormatKind::ComfortNoise => None,
        })
    };
    let matching = events().find(|(_, clock_hz)| *clock_hz == encoding.clock_hz());
    matching.or_else(|| events().next()).filter(|_| local.telephone_event)
}

/// Whether comfort noise is among the formats of an offer, and goes with the codec: Opus has its own.
fn comfort_noise(media: &Media, encoding: Encoding) -> bool {
    let is_offered = formats(media).any(|format| format.kind == FormatKind::ComfortNoise);
    is_offered && encoding.clock_hz() == 8_000
}

fn ip_of(
    session: &SessionDescription,
    media: &Media,
    local: &LocalMedia,
) -> Result<IpAddr, Refusal> {
    let ip = match session.connection_of(media) {
        Some(Address::Ip(ip)) => *ip,
        Some(Address::Name { name, .. }) => return Err(Refusal::NamedAddress(name.clone())),
        None => return Err(Refusal::NoAddress),
    };
    if ip.is_multicast() {
        return Err(Refusal::Multicast);
    }
    if ip.is_ipv4() != local.rtp.is_ipv4() {
        return Err(Refusal::AddressFamily);
    }
    Ok(ip)
}

/// The port above that of RTP, unless the peer says otherwise (RFC 3605).
fn rtcp_of(media: &Media, rtp: SocketAddr) -> Option<SocketAddr> {
    let Some(rtcp) = media.rtcp() else {
        return rtp.port().checked_add(1).map(|port| SocketAddr::new(rtp.ip(), port));
    };
    let ip = rtcp.address.map_or(Some(rtp.ip()), |address| address.ip())?;
    (ip.is_ipv4() == rtp.is_ipv4() && !ip.is_multicast() && rtcp.port != 0)
        .then(|| SocketAddr::new(ip, rtcp.port))
}

/// What the peer's direction leaves us to do. An unspecified address asks for nothing to be sent, the hold of
/// old (RFC 3264 section 8.4).
fn direction(session: &SessionDescription, media: &Media, ip: IpAddr) -> Direction {
    let peer = session.direction_of(media);
    Direction::new(peer.sends(), peer.receives() && !ip.is_unspecified()).reversed()
}
