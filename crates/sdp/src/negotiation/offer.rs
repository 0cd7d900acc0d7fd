//! Making offers, and the lines that answers have in common with them.

use super::{LocalMedia, PROFILE, PTIME_MS, format::COMFORT_NOISE};
use crate::{Address, Attribute, Encoding, Media, Origin, SessionDescription};

/// Digits, which have the events 0 to 15 (RFC 4733 section 3.2).
const EVENTS: &str = "0-15";

/// Offers one stream of audio with all our codecs.
#[must_use]
pub fn offer(local: &LocalMedia) -> SessionDescription {
    describe(local, vec![offered_audio(local)])
}

/// A description of ours around the given media.
pub(super) fn describe(local: &LocalMedia, media: Vec<Media>) -> SessionDescription {
    let address = Address::Ip(local.rtp.ip());
    SessionDescription {
        origin: Origin {
            username: "-".to_owned(),
            session_id: local.session_id,
            session_version: local.session_version,
            address: address.clone(),
        },
        name: "-".to_owned(),
        connection: Some(address),
        attributes: Vec::new(),
        media,
    }
}

/// Our audio line with all codecs.
pub(super) fn offered_audio(local: &LocalMedia) -> Media {
    let mut audio = AudioLine::new(local);
    for encoding in &local.codecs {
        let payload_type = encoding.static_payload_type().unwrap_or(local.dynamic_types.opus);
        audio.add_codec(*encoding, payload_type);
    }
    if local.telephone_event {
        for clock_hz in event_clocks(&local.codecs) {
            audio.add_telephone_event(local.dynamic_types.of_telephone_event(clock_hz), clock_hz);
        }
    }
    audio.finish(local.rtcp_mux, local.direction)
}

/// Events with 8,000 Hz always, as most phones know no other, and with 48,000 Hz beside Opus.
fn event_clocks(codecs: &[Encoding]) -> impl Iterator<Item = u32> {
    let with_opus = codecs.contains(&Encoding::Opus);
    [8_000, 48_000].into_iter().filter(move |clock_hz| *clock_hz == 8_000 || with_opus)
}

/// An audio line of ours in the making.
pub(super) struct AudioLine<'a> {
    local: &'a LocalMedia,
    media: Media,
}

impl<'a> AudioLine<'a> {
    pub(super) fn new(local: &'a LocalMedia) -> Self {
        let media = Media {
            kind: "audio".to_owned(),
            port: local.rtp.port(),
            protocol: PROFILE.to_owned(),
            formats: Vec::new(),
            connection: None,
            attributes: Vec::new(),
        };
        Self { local, media }
    }

    pub(super) fn add_codec(&mut self, encoding: Encoding, payload_type: u8) {
        self.media.formats.push(payload_type.to_string());
        self.attribute("rtpmap", payload_type, encoding.rtpmap());
        let parameters = self.local.opus.to_string();
        if encoding == Encoding::Opus && !parameters.is_empty() {
            self.attribute("fmtp", payload_type, &parameters);
        }
    }

    pub(super) fn add_telephone_event(&mut self, payload_type: u8, clock_hz: u32) {
        self.media.formats.push(payload_type.to_string());
        self.attribute("rtpmap", payload_type, &format!("telephone-event/{clock_hz}"));
        self.attribute("fmtp", payload_type, EVENTS);
    }

    pub(super) fn add_comfort_noise(&mut self) {
        self.media.formats.push(COMFORT_NOISE.to_string());
        self.attribute("rtpmap", COMFORT_NOISE, "CN/8000");
    }

    pub(super) fn finish(mut self, rtcp_mux: bool, direction: crate::Direction) -> Media {
        let attributes = &mut self.media.attributes;
        attributes.push(Attribute::with_value("ptime", PTIME_MS));
        if rtcp_mux {
            attributes.push(Attribute::flag("rtcp-mux"));
        }
        attributes.push(Attribute::flag(direction.attribute()));
        self.media
    }

    fn attribute(&mut self, name: &str, payload_type: u8, value: &str) {
        let value = format!("{payload_type} {value}");
        self.media.attributes.push(Attribute::with_value(name, value));
    }
}
