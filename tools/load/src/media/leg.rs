//! One leg on the media thread: what it sends next, and what it receives.

use std::net::SocketAddr;

use rtp::extension::{AudioLevel, ExtensionWriter};
use rtp::packet::{HEADER_BYTES, Header};
use rtp::srtp::{KeyError, Keys, Protector, Unprotector};

use super::outgoing::EXTENSIONS_BYTES_MAX;
use crate::measure::stream::Stream;
use crate::plan::LegId;
use crate::sound::Payload;

/// A leg that isn't there is at this address.
const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// Longest name of a media section in a header extension with one-byte headers (RFC 8285).
pub const MID_BYTES_MAX: usize = 16;

const _: () = assert!(4 + 1 + 1 + 1 + MID_BYTES_MAX <= EXTENSIONS_BYTES_MAX);

/// A leg to be attached: what signalling has agreed on.
#[derive(Clone, Debug)]
pub struct MediaLeg {
    /// Which leg of the plan it is. Room, role and codec follow from the plan.
    pub leg: LegId,
    /// Where the server wants its packets.
    pub remote: SocketAddr,
    /// The payload type of the plan's codec.
    pub payload_type: u8,
    /// The keys of a browser's leg.
    pub srtp: Option<Keys>,
    /// The number of the header extension for the level of the sound (RFC 6464), if it was agreed on.
    pub level_extension: Option<u8>,
    /// Number and content of the header extension that names the media section (RFC 9143), if it was agreed on.
    pub mid: Option<(u8, String)>,
}

/// What only a browser's legs have.
struct Extras {
    ciphers: Option<(Protector, Unprotector)>,
    level_extension: Option<u8>,
    mid: Option<(u8, Box<[u8]>)>,
}

/// Where a stream begins; all random (RFC 3550 section 5.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) ssrc: u32,
    /// Below 2^15, so that SRTP can't miss its first wrap.
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
}

/// What a leg plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) track: u16,
    /// How many packet times it is ahead of the track.
    pub(crate) lead: u16,
}

/// A leg. Thousands are touched in turn: what every packet needs lies together, in two lines of cache.
pub(crate) struct Leg {
    pub(crate) stream: Stream,
    pub(crate) remote: SocketAddr,
    ssrc: u32,
    timestamp: u32,
    sequence: u16,
    pub(crate) part: Part,
    /// One more than the index of its ear in the measurement that runs; 0 if it has none.
    pub(crate) ear: u16,
    payload_type: u8,
    pub(crate) is_there: bool,
    /// The packet before this one was not sent: the next begins a spurt of talk.
    was_silent: bool,
    extras: Option<Box<Extras>>,
}

impl Leg {
    /// A place without a leg.
    pub(crate) fn vacant() -> Self {
        Self {
            stream: Stream::default(),
            remote: NOWHERE,
            ssrc: 0,
            timestamp: 0,
            sequence: 0,
            part: Part { track: 0, lead: 0 },
            ear: 0,
            payload_type: 0,
            is_there: false,
            was_silent: true,
            extras: None,
        }
    }

    /// A leg that begins to talk and listen.
    ///
    /// # Errors
    /// [`KeyError`], if the ciphers refuse their keys.
    pub(crate) fn new(settings: &MediaLeg, part: Part, start: Start) -> Result<Self, KeyError> {
        let has_extras =
            settings.srtp.is_some() || settings.level_extension.is_some() || settings.mid.is_some();
        let extras = has_extras.then(|| Extras::new(settings)).transpose()?.map(Box::new);
        Ok(Self {
            remote: settings.remote,
            ssrc: start.ssrc,
            timestamp: start.timestamp,
            sequence: start.sequence & 0x7FFF,
            part,
            payload_type: settings.payload_type & 0x7F,
            is_there: true,
            extras,
            ..Self::vacant()
        })
    }

    /// Writes the packet of a packet time and gives its length. 0 if it can't be: no buffer of a packet is too
    /// short, and SRTP refuses nothing before 2^48 packets.
    pub(crate) fn write(
        &mut self,
        tick: u64,
        packet_units: u32,
        payload: Payload<'_>,
        out: &mut [u8],
    ) -> usize {
        let header = Header {
            marker: std::mem::take(&mut self.was_silent),
            payload_type: self.payload_type,
            sequence: self.sequence,
            // Media time goes on with the clock, sent or not.
            timestamp: self.timestamp.wrapping_add((tick as u32).wrapping_mul(packet_units)),
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        match &mut self.extras {
            None => write_plain(&header, payload.bytes, out).unwrap_or(0),
            Some(extras) => extras.write(&header, payload, out).unwrap_or(0),
        }
    }

    /// The payload type of its sound.
    pub(crate) fn payload_type(&self) -> u8 {
        self.payload_type
    }

    /// Notes that nothing is sent in a packet time.
    pub(crate) fn stay_silent(&mut self) {
        self.was_silent = true;
    }

    /// Opens a received packet where it lies and gives its length; none if it is not the server's.
    pub(crate) fn open(&mut self, packet: &mut [u8]) -> Option<usize> {
        match self.extras.as_mut().and_then(|extras| extras.ciphers.as_mut()) {
            None => Some(packet.len()),
            Some((_, unprotector)) => unprotector.unprotect(packet).ok(),
        }
    }
}

impl Extras {
    fn new(settings: &MediaLeg) -> Result<Self, KeyError> {
        let cipher = |keys: &Keys| {
            let protector = Protector::new(keys.profile, &keys.send)?;
            Ok((protector, Unprotector::new(keys.profile, &keys.receive)?))
        };
        let mid = settings.mid.as_ref().map(|(id, mid)| (*id, mid.as_bytes().into()));
        Ok(Self {
            ciphers: settings.srtp.as_ref().map(cipher).transpose()?,
            level_extension: settings.level_extension,
            mid,
        })
    }

    fn write(&mut self, header: &Header, payload: Payload<'_>, out: &mut [u8]) -> Option<usize> {
        let begins = self.write_header(header, payload.level, out)?;
        let length = begins + payload.bytes.len();
        out.get_mut(begins..length)?.copy_from_slice(payload.bytes);
        match &mut self.ciphers {
            None => Some(length),
            Some((protector, _)) => protector.protect(out, length).ok(),
        }
    }

    fn write_header(&self, header: &Header, level: AudioLevel, out: &mut [u8]) -> Option<usize> {
        let mut writer = ExtensionWriter::new(header, out).ok()?;
        if let Some(id) = self.level_extension {
            writer.audio_level(id, level).ok()?;
        }
        if let Some((id, mid)) = &self.mid {
            writer.put(*id, mid).ok()?;
        }
        writer.finish().ok()
    }
}

fn write_plain(header: &Header, payload: &[u8], out: &mut [u8]) -> Option<usize> {
    *out.first_chunk_mut()? = header.to_bytes();
    let length = HEADER_BYTES + payload.len();
    out.get_mut(HEADER_BYTES..length)?.copy_from_slice(payload);
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::outgoing::PACKET_BYTES_MAX;
    use rtp::packet::Packet;
    use rtp::srtp::{Profile, Side};

    const START: Start = Start { ssrc: 5, sequence: u16::MAX, timestamp: u32::MAX };
    const PART: Part = Part { track: 0, lead: 0 };

    fn settings() -> MediaLeg {
        MediaLeg {
            leg: LegId(0),
            remote: "127.0.0.1:9".parse().unwrap(),
            payload_type: 111,
            srtp: None,
            level_extension: None,
            mid: None,
        }
    }

    fn payload(bytes: &[u8]) -> Payload<'_> {
        Payload { bytes, level: AudioLevel { voice: true, dbov: 20 }, begins_chirp: false }
    }

    #[test]
    fn media_time_goes_on_through_silence_and_the_marker_ends_it() {
        let mut leg = Leg::new(&settings(), PART, START).unwrap();
        let mut out = [0; PACKET_BYTES_MAX];
        let mut seen = Vec::new();
        for tick in [0, 1, 5, 6] {
            if tick == 5 {
                leg.stay_silent();
            }
            let length = leg.write(tick, 960, payload(b"x"), &mut out);
            let header = *Packet::parse(&out[..length]).unwrap().header();
            seen.push((header.sequence, header.timestamp, header.marker));
        }
        let first = 0x7FFF;
        let expected = [
            (first, u32::MAX, true),
            (first + 1, 959, false),
            (first + 2, 4_799, true),
            (first + 3, 5_759, false),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_browsers_packet_tells_its_level_and_opens_with_the_servers_keys_only() {
        let profile = Profile::AeadAes128Gcm;
        let material: Vec<u8> = (0..profile.material_bytes() as u8).collect();
        let ours = Keys::from_dtls(profile, &material, Side::Client).unwrap();
        let theirs = Keys::from_dtls(profile, &material, Side::Server).unwrap();
        let browser = |keys| MediaLeg {
            srtp: Some(keys),
            level_extension: Some(1),
            mid: Some((4, "0".into())),
            ..settings()
        };
        let mut leg = Leg::new(&browser(ours), PART, START).unwrap();
        let mut server = Leg::new(&browser(theirs), PART, START).unwrap();
        let mut out = [0; PACKET_BYTES_MAX];
        let length = leg.write(0, 960, payload(b"sound"), &mut out);
        assert_eq!(leg.open(&mut { out }[..length]), None, "it is not for oneself");
        let opened = server.open(&mut out[..length]).unwrap();
        let packet = Packet::parse(&out[..opened]).unwrap();
        assert_eq!(packet.payload(), b"sound");
        assert_eq!(packet.extensions().get(1), Some(&[0x80 | 20][..]));
        assert_eq!(packet.extensions().get(4), Some(&b"0"[..]));
        assert_eq!(server.open(&mut [0x80; 40]), None);
    }

    #[test]
    fn a_leg_fits_two_lines_of_cache() {
        assert!(size_of::<Leg>() <= 128, "{}", size_of::<Leg>());
    }

    #[test]
    fn what_does_not_fit_is_no_packet() {
        let mut leg = Leg::new(&settings(), PART, START).unwrap();
        assert_eq!(leg.write(0, 960, payload(&[0; 100]), &mut [0; 50]), 0);
    }
}
