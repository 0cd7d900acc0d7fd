//! Answering a peer's offer, and concluding from a peer's answer.

use super::accept::{Accepted, Preference, accept};
use super::offer::{AudioLine, describe};
use super::{LocalMedia, Negotiated, NegotiatedCodec, Refusal, TelephoneEvent};
use crate::{Encoding, Media, OpusParameters, SessionDescription};

/// Answers an offer: the first audio line that is acceptable is accepted with one codec, all other lines are
/// rejected.
///
/// # Errors
///
/// The [`Refusal`] of the first audio line, if none is acceptable.
pub fn answer(
    offer: &SessionDescription,
    local: &LocalMedia,
) -> Result<(SessionDescription, Negotiated), Refusal> {
    let (index, accepted) = first_acceptable(offer, local, Preference::Ours, Refusal::NoAudio)?;
    let media = offer.media.iter().enumerate().map(|(other, media)| {
        if other == index { answered_audio(local, &accepted) } else { rejected(media) }
    });
    let description = describe(local, media.collect());
    // The numbers of an answer are those of its offer, both ways.
    let (codec, event) = (accepted.codec.payload_type, accepted.telephone_event);
    let negotiated = negotiated(&accepted, codec, event.map(|(format, _)| format.payload_type));
    Ok((description, negotiated))
}

/// What comes of our offer with the peer's answer. Of several codecs in the answer its first is taken.
///
/// # Errors
///
/// The [`Refusal`] of the audio line, [`Declined`](Refusal::Declined) if its port is 0.
pub fn conclude(local: &LocalMedia, answer: &SessionDescription) -> Result<Negotiated, Refusal> {
    let (_, accepted) = first_acceptable(answer, local, Preference::Theirs, Refusal::Declined)?;
    // We receive what we offered under our numbers, though the answer may have others.
    let codec = accepted.encoding.static_payload_type().unwrap_or(local.dynamic_types.opus);
    let event = accepted
        .telephone_event
        .map(|(_, clock_hz)| local.dynamic_types.of_telephone_event(clock_hz));
    Ok(negotiated(&accepted, codec, event))
}

/// The first audio line that can be accepted, and where it stands. `switched_off` is the reason when there is
/// audio, but only with port 0.
fn first_acceptable<'a>(
    session: &'a SessionDescription,
    local: &LocalMedia,
    preference: Preference,
    switched_off: Refusal,
) -> Result<(usize, Accepted<'a>), Refusal> {
    let mut refusal = None;
    for (index, media) in session.media.iter().enumerate() {
        if media.kind != "audio" {
            continue;
        }
        let accepted = match media.port {
            0 => Err(switched_off.clone()),
            _ => accept(session, media, local, preference),
        };
        match accepted {
            Ok(accepted) => return Ok((index, accepted)),
            // That a line is switched off says less than what is wrong with another.
            Err(reason) if refusal.as_ref().is_none_or(|known| *known == switched_off) => {
                refusal = Some(reason);
            }
            Err(_) => {}
        }
    }
    Err(refusal.unwrap_or(Refusal::NoAudio))
}

fn answered_audio(local: &LocalMedia, accepted: &Accepted<'_>) -> Media {
    let mut audio = AudioLine::new(local);
    audio.add_codec(accepted.encoding, accepted.codec.payload_type);
    if let Some((event, clock_hz)) = accepted.telephone_event {
        audio.add_telephone_event(event.payload_type, clock_hz);
    }
    if accepted.comfort_noise {
        audio.add_comfort_noise();
    }
    audio.finish(accepted.rtcp_mux, accepted.direction)
}

/// The line with port 0, which keeps its place (RFC 3264 section 6).
pub(crate) fn rejected(media: &Media) -> Media {
    Media { port: 0, connection: None, attributes: Vec::new(), ..media.clone() }
}

fn negotiated(accepted: &Accepted<'_>, codec_receive: u8, event_receive: Option<u8>) -> Negotiated {
    let opus = match accepted.encoding {
        Encoding::Opus => OpusParameters::parse(accepted.codec.parameters),
        _ => OpusParameters::default(),
    };
    let events = accepted.telephone_event.zip(event_receive);
    Negotiated {
        remote_rtp: accepted.remote_rtp,
        remote_rtcp: accepted.remote_rtcp,
        rtcp_mux: accepted.rtcp_mux,
        codec: NegotiatedCodec {
            encoding: accepted.encoding,
            payload_type_send: accepted.codec.payload_type,
            payload_type_receive: codec_receive,
            opus,
        },
        telephone_event: events.map(|((format, clock_hz), receive)| TelephoneEvent {
            send: format.payload_type,
            receive,
            clock_hz,
        }),
        comfort_noise: accepted.comfort_noise,
        direction: accepted.direction,
        ptime_ms: accepted.ptime_ms,
        maxptime_ms: accepted.maxptime_ms,
    }
}
