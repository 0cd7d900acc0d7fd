//! What attributes mean.

use super::{Address, Attribute, Media, SessionDescription};
use crate::Direction;
use std::str::FromStr;

/// Bounds of packet times that make sense, in milliseconds. Others are taken as not given.
const PTIME_MS: std::ops::RangeInclusive<u16> = 1..=1_000;

/// What a payload type stands for (RFC 8866 section 6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// The encoding's name, whose case doesn't matter.
    pub encoding: &'a str,
    /// The rate of the timestamps.
    pub clock_hz: u32,
    /// What stands behind the rate: for audio the number of channels.
    pub parameters: Option<&'a str>,
}

/// Where to send RTCP to (RFC 3605).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// The port.
    pub port: u16,
    /// The address, if it is not that of RTP.
    pub address: Option<Address>,
}

impl SessionDescription {
    /// The direction that holds for a media: its own, or that of the session, or both ways.
    #[must_use]
    pub fn direction_of(&self, media: &Media) -> Direction {
        direction(&media.attributes).or_else(|| direction(&self.attributes)).unwrap_or_default()
    }

    /// The address that holds for a media: its own, or that of the session.
    #[must_use]
    pub fn connection_of<'a>(&'a self, media: &'a Media) -> Option<&'a Address> {
        media.connection.as_ref().or(self.connection.as_ref())
    }
}

impl Media {
    /// What is said of a payload type; the first counts, if it is said twice.
    #[must_use]
    pub fn rtpmap(&self, payload_type: u8) -> Option<RtpMap<'_>> {
        let mut parts = self.of_format("rtpmap", payload_type)?.splitn(3, '/');
        Some(RtpMap {
            encoding: parts.next()?.trim(),
            clock_hz: parts.next()?.trim().parse().ok()?,
            parameters: parts.next().map(str::trim),
        })
    }

    /// Parameters of a payload type.
    #[must_use]
    pub fn fmtp(&self, payload_type: u8) -> Option<&str> {
        self.of_format("fmtp", payload_type)
    }

    /// Length of the packets that the peer likes to receive, in milliseconds.
    #[must_use]
    pub fn ptime_ms(&self) -> Option<u16> {
        self.milliseconds("ptime")
    }

    /// Length of the longest packets that the peer can receive, in milliseconds.
    #[must_use]
    pub fn maxptime_ms(&self) -> Option<u16> {
        self.milliseconds("maxptime")
    }

    /// Where to send RTCP to, if it is said.
    #[must_use]
    pub fn rtcp(&self) -> Option<Rtcp> {
        let value = self.value("rtcp")?.trim();
        let (port, address) = match value.split_once(char::is_whitespace) {
            Some((port, address)) => (port, Some(Address::from_str(address).ok()?)),
            None => (value, None),
        };
        Some(Rtcp { port: port.parse().ok()?, address })
    }

    /// Whether RTP and RTCP can share one port (RFC 5761 section 5.1.1).
    #[must_use]
    pub fn has_rtcp_mux(&self) -> bool {
        has(&self.attributes, "rtcp-mux")
    }

    /// The value of the first attribute of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        values(&self.attributes, name)
    }

    /// What follows the payload type in the attribute that begins with it.
    fn of_format(&self, name: &str, payload_type: u8) -> Option<&str> {
        self.values(name).find_map(|value| {
            let (number, rest) = value.trim().split_once(char::is_whitespace)?;
            (number.parse() == Ok(payload_type)).then(|| rest.trim())
        })
    }

    fn milliseconds(&self, name: &str) -> Option<u16> {
        // Some say 20.0, or 20 ms.
        let digits = self.value(name)?.trim().split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok().filter(|milliseconds| PTIME_MS.contains(milliseconds))
    }
}

impl Attribute {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Whether an attribute of that name is among them.
pub(crate) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.is(name))
}

/// The values of those attributes that have the name and a value, in their order.
pub(crate) fn values<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a str> {
    attributes.iter().filter(move |a| a.is(name)).filter_map(|a| a.value.as_deref())
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().find_map(|attribute| Direction::from_attribute(&attribute.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(attributes: &[(&str, &str)]) -> Media {
        Media {
            kind: "audio".to_owned(),
            port: 4_000,
            protocol: "RTP/AVP".to_owned(),
            formats: vec!["96".to_owned()],
            connection: None,
            attributes: attributes
                .iter()
                .map(|(name, value)| Attribute::with_value(name, value))
                .collect(),
        }
    }

    #[test]
    fn formats_have_names_and_parameters() {
        let media = media(&[
            ("rtpmap", "8 PCMA/8000"),
            ("rtpmap", "96  opus/48000/2"),
            ("rtpmap", "96 speex/16000"),
            ("fmtp", "96 useinbandfec=1; stereo=0"),
            ("rtpmap", "97 broken"),
        ]);
        let opus = RtpMap { encoding: "opus", clock_hz: 48_000, parameters: Some("2") };
        assert_eq!(media.rtpmap(96), Some(opus));
        assert_eq!(media.rtpmap(8).unwrap().parameters, None);
        assert_eq!(media.rtpmap(97), None);
        assert_eq!(media.fmtp(96), Some("useinbandfec=1; stereo=0"));
        assert_eq!(media.fmtp(8), None);
    }

    #[test]
    fn packet_times_are_read_as_they_are_sent() {
        let ptime = |value| media(&[("ptime", value)]).ptime_ms();
        assert_eq!(ptime("20"), Some(20));
        assert_eq!(ptime("20.0"), Some(20));
        assert_eq!(ptime("30 "), Some(30));
        assert_eq!([ptime("0"), ptime("99999"), ptime("x"), ptime("")], [None; 4]);
    }

    #[test]
    fn rtcp_may_have_its_own_address() {
        let rtcp = |value| media(&[("rtcp", value)]).rtcp();
        assert_eq!(rtcp("53020"), Some(Rtcp { port: 53_020, address: None }));
        let address = Some(Address::Ip("2001:db8::1".parse().unwrap()));
        assert_eq!(rtcp("53020 IN IP6 2001:db8::1"), Some(Rtcp { port: 53_020, address }));
        assert_eq!(rtcp("53020 IN"), None);
        assert_eq!(rtcp("port"), None);
    }

    #[test]
    fn the_media_s_own_direction_wins() {
        let mut session = SessionDescription::parse(
            b"v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\na=inactive\nm=audio 4000 RTP/AVP 0\n",
        )
        .unwrap();
        assert_eq!(session.direction_of(&session.media[0]), Direction::Inactive);
        session.media[0].attributes.push(Attribute::flag("sendonly"));
        assert_eq!(session.direction_of(&session.media[0]), Direction::SendOnly);
    }
}
