//! RTP header extensions (RFC 8285).

use crate::{Attribute, Direction};

/// The level of the sound in a packet (RFC 6464).
const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/// The name of the media line that a packet belongs to (RFC 9143 section 15).
const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
/// When the packet was sent. Browsers offer it, but it is never agreed to: nothing here depends on it, and
/// Chromium takes it for leave to probe the network with packets of padding among those of sound.
const ABSOLUTE_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

/// Ids that fit into the one-byte form (RFC 8285 section 4.2), the only one that is agreed upon here.
const IDS: std::ops::RangeInclusive<u8> = 1..=14;

/// The ids of those extensions that mean something to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    pub(super) audio_level: Option<u8>,
    pub(super) mid: Option<u8>,
    pub(super) absolute_send_time: Option<u8>,
}

impl Extensions {
    /// Those that can be agreed to in the values of `extmap`. The first counts, where a number or a name comes twice.
    pub(super) fn read<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut extensions = Self::default();
        for (id, uri) in values.into_iter().filter_map(agreeable) {
            let is_taken = extensions.entries().iter().any(|(_, taken)| *taken == Some(id));
            if let Some(place) = extensions.place(uri).filter(|place| place.is_none() && !is_taken)
            {
                *place = Some(id);
            }
        }
        extensions
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute> {
        self.entries().into_iter().filter_map(|(uri, id)| {
            id.map(|id| Attribute::with_value("extmap", format!("{id} {uri}")))
        })
    }

    fn entries(&self) -> [(&'static str, Option<u8>); 3] {
        [
            (AUDIO_LEVEL, self.audio_level),
            (MID, self.mid),
            (ABSOLUTE_SEND_TIME, self.absolute_send_time),
        ]
    }

    fn place(&mut self, uri: &str) -> Option<&mut Option<u8>> {
        match uri {
            AUDIO_LEVEL => Some(&mut self.audio_level),
            MID => Some(&mut self.mid),
            _ => None,
        }
    }
}

/// Id and name of an extension, if it can be agreed upon: it has to be for both ways, and its id has to fit.
/// Audio levels without voice detection are of no use, as silence could not be told from a soft voice.
fn agreeable(value: &str) -> Option<(u8, &str)> {
    let mut fields = value.split_whitespace();
    let (id, direction) = match fields.next()?.split_once('/') {
        Some((id, direction)) => (id, Direction::from_attribute(direction)?),
        None => (value.split_whitespace().next()?, Direction::SendReceive),
    };
    let id = id.parse().ok().filter(|id| IDS.contains(id))?;
    let uri = fields.next()?;
    let without_voice = fields.any(|attribute| attribute.eq_ignore_ascii_case("vad=off"));
    (direction == Direction::SendReceive && !without_voice).then_some((id, uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio_level(extmap: &str) -> Option<u8> {
        Extensions::read([format!("{extmap} {AUDIO_LEVEL}").as_str()]).audio_level
    }

    #[test]
    fn an_id_has_to_fit_and_to_hold_for_both_ways() {
        assert_eq!(audio_level("1"), Some(1));
        assert_eq!(audio_level("14/sendrecv"), Some(14));
        for extmap in ["0", "15", "16", "255", "4096", "-1", "x", "1/", "1/sendonly", "1/both", ""]
        {
            assert_eq!(audio_level(extmap), None, "{extmap}");
        }
    }

    #[test]
    fn a_level_says_whether_it_is_a_voice() {
        let read = |attributes| {
            Extensions::read([format!("1 {AUDIO_LEVEL} {attributes}").as_str()]).audio_level
        };
        assert_eq!([read("vad=on"), read("vad=off")], [Some(1), None]);
    }

    #[test]
    fn neither_an_id_nor_a_name_stands_for_two() {
        let values = [
            format!("3 {MID}"),
            format!("3 {AUDIO_LEVEL}"),
            format!("4 {MID}"),
            format!("5 {ABSOLUTE_SEND_TIME}"),
            "6 urn:ietf:params:rtp-hdrext:csrc-audio-level".to_owned(),
        ];
        let extensions = Extensions::read(values.iter().map(String::as_str));
        let expected = Extensions { mid: Some(3), ..Extensions::default() };
        assert_eq!(extensions, expected);
        let written: Vec<_> = extensions.attributes().filter_map(|a| a.value).collect();
        assert_eq!(written, [values[0].clone()]);
    }
}
