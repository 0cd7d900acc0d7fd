//! The codecs that can be negotiated, and the parameters of Opus.

use std::fmt;

/// Bounds of `maxaveragebitrate` (RFC 7587 section 6.1).
const OPUS_BITRATE: std::ops::RangeInclusive<u32> = 6_000..=510_000;
/// Bounds of `maxplaybackrate` (RFC 7587 section 6.1).
const OPUS_RATE_HZ: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// An audio encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722: 16 kHz sound whose RTP clock is 8 kHz by an old mistake (RFC 3551 section 4.5.2).
    G722,
    /// Opus (RFC 7587).
    Opus,
}

impl Encoding {
    /// All of them, the best sound first.
    pub const ALL: [Self; 4] = [Self::Opus, Self::G722, Self::Pcmu, Self::Pcma];

    /// The name in an `rtpmap`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// The rate of its RTP timestamps.
    #[must_use]
    pub fn clock_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// The payload type that RFC 3551 section 6 assigns for good, if it does.
    #[must_use]
    pub fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }

    /// What stands after the payload type in an `rtpmap`.
    pub(crate) fn rtpmap(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
            Self::G722 => "G722/8000",
            Self::Opus => "opus/48000/2",
        }
    }

    pub(crate) fn from_static(payload_type: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.static_payload_type() == Some(payload_type))
    }

    /// Names are compared without case (RFC 4855 section 3).
    pub(crate) fn from_rtpmap(name: &str, clock_hz: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| {
            encoding.name().eq_ignore_ascii_case(name) && encoding.clock_hz() == clock_hz
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the one who states them wants to receive Opus (RFC 7587 section 6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OpusParameters {
    /// Most bits per second, 6,000 to 510,000.
    pub max_average_bitrate: Option<u32>,
    /// Highest sampling rate that can be played, in Hz, 8,000 to 48,000.
    pub max_playback_rate: Option<u32>,
    /// Stereo is preferred over mono.
    pub stereo: bool,
    /// Constant bit rate is required.
    pub constant_bitrate: bool,
    /// Forward error correction is of use.
    pub in_band_fec: bool,
    /// Silences need not be sent.
    pub discontinuous: bool,
}

impl OpusParameters {
    /// Reads the value of an `fmtp`. What is unknown is skipped, and numbers are brought into their bounds:
    /// a strange parameter is no reason to refuse a call.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in text.split(';').filter_map(|pair| pair.split_once('=')) {
            parameters.set(name.trim(), value.trim());
        }
        parameters
    }

    fn set(&mut self, name: &str, value: &str) {
        let number = value.parse::<u32>().ok();
        let clamped = |bounds: std::ops::RangeInclusive<u32>| {
            number.map(|number| number.clamp(*bounds.start(), *bounds.end()))
        };
        let flag = value == "1";
        match name.to_ascii_lowercase().as_str() {
            "maxaveragebitrate" => self.max_average_bitrate = clamped(OPUS_BITRATE),
            "maxplaybackrate" => self.max_playback_rate = clamped(OPUS_RATE_HZ),
            "stereo" => self.stereo = flag,
            "cbr" => self.constant_bitrate = flag,
            "useinbandfec" => self.in_band_fec = flag,
            "usedtx" => self.discontinuous = flag,
            _ => {}
        }
    }
}

/// The value of an `fmtp`; empty when all is as it is by default.
impl fmt::Display for OpusParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = [
            ("maxplaybackrate", self.max_playback_rate),
            ("maxaveragebitrate", self.max_average_bitrate),
        ];
        let flags = [
            ("stereo", self.stereo),
            ("cbr", self.constant_bitrate),
            ("useinbandfec", self.in_band_fec),
            ("usedtx", self.discontinuous),
        ];
        let flags = flags.into_iter().map(|(name, flag)| (name, flag.then_some(1)));
        let mut separator = "";
        for (name, value) in numbers.into_iter().chain(flags) {
            if let Some(value) = value {
                write!(f, "{separator}{name}={value}")?;
                separator = ";";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_compared_without_case_and_with_the_clock() {
        assert_eq!(Encoding::from_rtpmap("OPUS", 48_000), Some(Encoding::Opus));
        assert_eq!(Encoding::from_rtpmap("pcmu", 8_000), Some(Encoding::Pcmu));
        assert_eq!(Encoding::from_rtpmap("PCMU", 16_000), None);
        assert_eq!(Encoding::from_rtpmap("speex", 8_000), None);
    }

    #[test]
    fn a_browser_s_parameters_are_read() {
        let parameters =
            OpusParameters::parse("minptime=10; useinbandfec=1;stereo=0; MaxAverageBitrate=999999");
        assert_eq!(
            parameters,
            OpusParameters {
                in_band_fec: true,
                max_average_bitrate: Some(510_000),
                ..Default::default()
            }
        );
    }

    #[test]
    fn nonsense_is_skipped() {
        assert_eq!(
            OpusParameters::parse(";;=;stereo;cbr=yes;maxplaybackrate=-1"),
            OpusParameters::default()
        );
    }

    proptest! {
        #[test]
        fn parameters_survive_the_wire(
            max_average_bitrate in prop::option::of(OPUS_BITRATE), max_playback_rate in prop::option::of(OPUS_RATE_HZ),
            stereo: bool, constant_bitrate: bool, in_band_fec: bool, discontinuous: bool,
        ) {
            let parameters = OpusParameters {
                max_average_bitrate, max_playback_rate, stereo, constant_bitrate, in_band_fec, discontinuous,
            };
            prop_assert_eq!(OpusParameters::parse(&parameters.to_string()), parameters);
        }

        #[test]
        fn any_text_is_safe(text: String) {
            let _ = OpusParameters::parse(&text);
        }
    }
}
