//! The formats of an audio line that can be agreed upon with a browser.

use crate::negotiation::{FormatKind, formats};
use crate::{Attribute, Encoding, Media, OpusParameters, TelephoneEvent};

/// Digits, which have the events 0 to 15 (RFC 4733 section 3.2).
const EVENTS: &str = "0-15";
/// The shortest packets that we like to receive, in milliseconds (RFC 7587 section 6.1).
const MIN_PTIME_MS: u16 = 10;

/// Payload types of Opus, and of what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AudioFormats {
    pub(super) opus: u8,
    /// How the one who states them wants to receive Opus.
    pub(super) parameters: OpusParameters,
    pub(super) red: Option<u8>,
    pub(super) telephone_event: Option<TelephoneEvent>,
}

impl AudioFormats {
    /// None without Opus. Its first number counts, and redundancy that is of that number.
    pub(super) fn read(media: &Media) -> Option<Self> {
        let opus = formats(media).find(|f| f.kind == FormatKind::Audio(Encoding::Opus))?;
        Some(Self {
            opus: opus.payload_type,
            parameters: OpusParameters::parse(opus.parameters),
            red: red_of(media, opus.payload_type),
            telephone_event: telephone_event(media),
        })
    }

    /// In the order in which the peer shall prefer them: with redundancy, if it can.
    pub(super) fn payload_types(&self) -> impl Iterator<Item = u8> {
        let event = self.telephone_event.map(|event| event.receive);
        [self.red, Some(self.opus), event].into_iter().flatten()
    }

    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        let mut describe = |payload_type: u8, map: &str, parameters: &str| {
            for (name, value) in [("rtpmap", map), ("fmtp", parameters)] {
                attributes.push(Attribute::with_value(name, format!("{payload_type} {value}")));
            }
        };
        if let Some(red) = self.red {
            describe(red, "red/48000/2", &format!("{0}/{0}", self.opus));
        }
        let parameters = format!("minptime={MIN_PTIME_MS};{}", self.parameters);
        describe(self.opus, "opus/48000/2", parameters.trim_end_matches(';'));
        if let Some(event) = self.telephone_event {
            describe(event.receive, &format!("telephone-event/{}", event.clock_hz), EVENTS);
        }
        attributes
    }
}

/// Redundancy whose blocks are all of the given payload type, as its parameters list them (RFC 2198 section 5).
fn red_of(media: &Media, opus: u8) -> Option<u8> {
    let payload_types = media.formats.iter().filter_map(|format| format.parse().ok());
    payload_types.filter(|payload_type| *payload_type < 128).find(|payload_type| {
        let is_red = media.rtpmap(*payload_type).is_some_and(|map| {
            map.encoding.eq_ignore_ascii_case("red") && map.clock_hz == Encoding::Opus.clock_hz()
        });
        let blocks = media.fmtp(*payload_type).unwrap_or_default();
        is_red && blocks.split('/').all(|block| block.trim().parse() == Ok(opus))
    })
}

/// Events with the clock of Opus, as RFC 4733 section 2.1 asks for, or else with any.
fn telephone_event(media: &Media) -> Option<TelephoneEvent> {
    let events = || {
        formats(media).filter_map(|format| match format.kind {
            FormatKind::TelephoneEvent { clock_hz } => Some(TelephoneEvent {
                send: format.payload_type,
                receive: format.payload_type,
                clock_hz,
            }),
            FormatKind::Audio(_) | FormatKind::ComfortNoise => None,
        })
    };
    events().find(|event| event.clock_hz == Encoding::Opus.clock_hz()).or_else(|| events().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionDescription;

    fn read(formats: &str, maps: &[&str]) -> Option<AudioFormats> {
        let attributes: String = maps.iter().map(|map| format!("a={map}\r\n")).collect();
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 9 UDP/TLS/RTP/SAVPF {formats}\r\n{attributes}"
        );
        AudioFormats::read(&SessionDescription::parse(text.as_bytes()).unwrap().media[0])
    }

    const OPUS: &str = "rtpmap:111 opus/48000/2";

    #[test]
    fn redundancy_is_of_opus_or_of_no_use() {
        let red =
            |formats: &str, maps: &[&str]| read(formats, &[&[OPUS], maps].concat()).unwrap().red;
        let map = "rtpmap:63 red/48000/2";
        assert_eq!(red("111 63", &[map, "fmtp:63 111/111"]), Some(63));
        assert_eq!(red("63 111", &[map, "fmtp:63 111/111/111"]), Some(63));
        assert_eq!(red("111 63", &[map]), None);
        assert_eq!(red("111 63", &[map, "fmtp:63 111/0"]), None);
        assert_eq!(red("111 63", &[map, "fmtp:63 x"]), None);
        assert_eq!(red("111", &[map, "fmtp:63 111/111"]), None);
        assert_eq!(red("111 63", &["rtpmap:63 red/8000", "fmtp:63 111/111"]), None);
        let of_another = ["rtpmap:62 red/48000/2", "fmtp:62 0/0", map, "fmtp:63 111/111"];
        assert_eq!(red("111 0 62 63", &of_another), Some(63));
        assert_eq!(red("111 200", &["rtpmap:200 red/48000/2", "fmtp:200 111/111"]), None);
    }

    #[test]
    fn events_have_the_clock_of_opus_if_they_can() {
        let event = |formats: &str, maps: &[&str]| {
            let event = read(formats, &[&[OPUS], maps].concat()).unwrap().telephone_event;
            event.map(|event| (event.receive, event.clock_hz))
        };
        let (slow, fast) = ("rtpmap:126 telephone-event/8000", "rtpmap:110 telephone-event/48000");
        assert_eq!(event("111 126 110", &[slow, fast]), Some((110, 48_000)));
        assert_eq!(event("111 126", &[slow]), Some((126, 8_000)));
        assert_eq!(event("111", &[]), None);
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let event = TelephoneEvent { send: 110, receive: 110, clock_hz: 48_000 };
        let full = AudioFormats {
            opus: 111,
            parameters: OpusParameters { in_band_fec: true, ..OpusParameters::default() },
            red: Some(63),
            telephone_event: Some(event),
        };
        let bare = AudioFormats {
            parameters: OpusParameters::default(),
            red: None,
            telephone_event: None,
            ..full.clone()
        };
        for formats in [full, bare] {
            let numbers: Vec<_> = formats.payload_types().map(|n| n.to_string()).collect();
            let maps: Vec<_> = formats.attributes().iter().map(ToString::to_string).collect();
            let maps: Vec<_> = maps.iter().map(String::as_str).collect();
            assert_eq!(read(&numbers.join(" "), &maps), Some(formats));
        }
    }

    #[test]
    fn without_opus_there_is_nothing() {
        assert_eq!(read("0 8", &[]), None);
        assert_eq!(read("96", &["rtpmap:96 opus/16000"]), None);
    }
}
