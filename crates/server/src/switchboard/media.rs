//! Between SDP and the media engine: what was agreed on the one side becomes a leg on the other.

use std::net::{IpAddr, SocketAddr};

use audio::clip::Clip;
use audio::codec::{CodecKind, EncoderSettings};
use audio::tone::Tone;
use bytes::Bytes;
use engine::{EngineError, LegSettings, TelephoneEvents};
use mixer::{Blend, Playback, Sound};
use sdp::{
    Encoding, LocalMedia, Negotiated, OpusParameters, ParseError, Refusal, SessionDescription,
};
use sip::{CallId, SipError};

/// The discard port (RFC 863): stands for an address of ours that isn't reserved yet.
const PLACEHOLDER_PORT: u16 = 9;

/// Our canonical name in RTCP. The same for all legs: it tells nothing about a call.
pub(super) const CNAME: &str = "confab";

/// Why a call has no media.
#[derive(Debug, thiserror::Error)]
pub(super) enum MediaError {
    #[error("the session description can't be read: {0}")]
    Unreadable(#[from] ParseError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Sip(#[from] SipError),
    #[error("no trunk is configured")]
    NoTrunk,
}

impl MediaError {
    /// The SIP status that says so.
    pub(super) fn status(&self) -> u16 {
        match self {
            MediaError::Unreadable(_) => 400,
            MediaError::Refused(_) => 488,
            MediaError::Engine(_) | MediaError::Sip(_) | MediaError::NoTrunk => 503,
        }
    }
}

/// Our side of a call's negotiation.
pub(super) fn session(call: CallId, rtp: SocketAddr, codecs: &[Encoding]) -> sdp::Session {
    sdp::Session::new(LocalMedia { codecs: codecs.to_vec(), ..LocalMedia::new(rtp, call.0) })
}

/// Whether an offer can be taken at all, and if so where the peer wants its media.
pub(super) fn check_offer(
    offer: &[u8],
    our_ip: IpAddr,
    codecs: &[Encoding],
) -> Result<SocketAddr, MediaError> {
    let placeholder = SocketAddr::new(our_ip, PLACEHOLDER_PORT);
    let local = LocalMedia { codecs: codecs.to_vec(), ..LocalMedia::new(placeholder, 0) };
    let (_, negotiated) = sdp::answer(&SessionDescription::parse(offer)?, &local)?;
    Ok(negotiated.remote_rtp)
}

/// Our next offer.
pub(super) fn offer(session: &mut sdp::Session) -> Bytes {
    session.offer().to_string().into()
}

/// Our answer, and what it makes of the leg.
pub(super) fn answer(
    session: &mut sdp::Session,
    offer: &[u8],
    signalling_ip: Option<IpAddr>,
    placement: bool,
) -> Result<(Bytes, LegSettings), MediaError> {
    let (answer, negotiated) = session.answer(&SessionDescription::parse(offer)?)?;
    Ok((answer.to_string().into(), leg(&negotiated, signalling_ip, placement)))
}

/// What the peer's answer to our last offer makes of the leg.
pub(super) fn conclude(
    session: &sdp::Session,
    answer: &[u8],
    signalling_ip: Option<IpAddr>,
    placement: bool,
) -> Result<LegSettings, MediaError> {
    let negotiated = session.conclude(&SessionDescription::parse(answer)?)?;
    Ok(leg(&negotiated, signalling_ip, placement))
}

/// A peer that sends but doesn't listen has put us on hold. What it sends then is music, and the
/// conference must not hear it.
fn leg(negotiated: &Negotiated, signalling_ip: Option<IpAddr>, placement: bool) -> LegSettings {
    let codec = &negotiated.codec;
    let (sends, receives) = (negotiated.direction.sends(), negotiated.direction.receives());
    LegSettings {
        encoder: EncoderSettings {
            comfort_noise: negotiated.comfort_noise,
            ..encoder(&codec.opus, placement)
        },
        payload_type_send: codec.payload_type_send,
        payload_type_receive: codec.payload_type_receive,
        telephone_events: negotiated
            .telephone_event
            .as_ref()
            .map(|events| TelephoneEvents { send: events.send, receive: events.receive }),
        remote_rtcp: negotiated.remote_rtcp,
        rtcp_mux: negotiated.rtcp_mux,
        allowed_source_ips: signalling_ip.into_iter().collect(),
        send: sends,
        receive: sends && receives,
        cname: CNAME.to_owned(),
        ..LegSettings::new(kind(codec.encoding), negotiated.remote_rtp)
    }
}

fn kind(encoding: Encoding) -> CodecKind {
    match encoding {
        Encoding::Pcmu => CodecKind::Pcmu,
        Encoding::Pcma => CodecKind::Pcma,
        Encoding::G722 => CodecKind::G722,
        Encoding::Opus => CodecKind::Opus,
    }
}

/// How Opus is encoded for a peer: within what it asks for, and in two channels if it asks for them where
/// there is a `placement` of voices to be heard.
pub(super) fn encoder(opus: &OpusParameters, placement: bool) -> EncoderSettings {
    let is_stereo = placement && opus.stereo;
    let mix = if is_stereo { EncoderSettings::STEREO_MIX } else { EncoderSettings::MIX };
    let bitrate_bps_max = opus.max_average_bitrate.unwrap_or(u32::MAX);
    EncoderSettings {
        opus_bitrate_bps: mix.opus_bitrate_bps.min(bitrate_bps_max),
        opus_fec: opus.in_band_fec,
        ..mix
    }
}

/// A chime for one member, over the mix.
pub(super) fn chime(tone: Tone) -> Playback {
    Playback { sound: Sound::Tone(tone), blend: Blend::Over }
}

/// A recording for one member, over the mix.
pub(super) fn over_the_mix(clip: Clip) -> Playback {
    Playback { sound: Sound::Clip(clip), blend: Blend::Over }
}

/// A recording for one member, who hears nothing else meanwhile.
pub(super) fn in_place_of_the_mix(clip: Clip) -> Playback {
    Playback { sound: Sound::Clip(clip), blend: Blend::Instead }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

    fn ours() -> sdp::Session {
        session(CallId(1), "198.51.100.1:20000".parse().unwrap(), &Encoding::ALL)
    }

    fn leg_for(direction: &str) -> LegSettings {
        let offer = format!("{OFFER}a={direction}\r\n");
        answer(&mut ours(), offer.as_bytes(), None, false).unwrap().1
    }

    #[test]
    fn an_offer_becomes_a_leg() {
        let signalling = "192.0.2.9".parse().unwrap();
        let (sdp, leg) = answer(&mut ours(), OFFER.as_bytes(), Some(signalling), false).unwrap();
        assert!(std::str::from_utf8(&sdp).unwrap().contains("m=audio 20000 RTP/AVP 8 101"));
        assert_eq!(leg.codec, CodecKind::Pcma);
        assert_eq!(leg.remote_rtp, "192.0.2.7:4000".parse().unwrap());
        assert_eq!(leg.allowed_source_ips, [signalling]);
        assert_eq!(leg.telephone_events, Some(TelephoneEvents { send: 101, receive: 101 }));
    }

    #[test]
    fn music_on_hold_stays_out_of_the_conference() {
        let ways = |direction| {
            let leg = leg_for(direction);
            (leg.send, leg.receive)
        };
        assert_eq!(ways("sendrecv"), (true, true));
        assert_eq!(ways("sendonly"), (false, false), "on hold, with music");
        assert_eq!(ways("inactive"), (false, false), "on hold");
        assert_eq!(ways("recvonly"), (true, false), "listens only");
    }

    #[test]
    fn two_channels_are_for_who_asks_for_them_where_voices_are_placed() {
        let encoder =
            |parameters: &str, placement| encoder(&OpusParameters::parse(parameters), placement);
        assert_eq!(encoder("useinbandfec=1", true), EncoderSettings::MIX);
        assert_eq!(encoder("useinbandfec=1;stereo=1", false), EncoderSettings::MIX);
        assert_eq!(encoder("useinbandfec=1;stereo=1", true), EncoderSettings::STEREO_MIX);
        let slow = encoder("stereo=1;maxaveragebitrate=20000", true);
        assert_eq!((slow.opus_bitrate_bps, slow.opus_fec), (20_000, false));
    }

    #[test]
    fn what_cannot_be_taken_has_its_status() {
        let check = |offer: &str| {
            let ours = "198.51.100.1".parse().unwrap();
            check_offer(offer.as_bytes(), ours, &[Encoding::Pcma])
        };
        assert_eq!(check(OFFER).unwrap(), "192.0.2.7:4000".parse().unwrap());
        assert_eq!(check("nonsense").unwrap_err().status(), 400);
        let unknown = OFFER.replace("RTP/AVP 8 101", "RTP/AVP 18");
        assert_eq!(check(&unknown).unwrap_err().status(), 488);
    }
}
