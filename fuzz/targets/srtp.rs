//! Packets of any kind to the receiving side of a session, mixed with those of a peer: none of the former is
//! taken, all of the latter are, once.
//!
//! The first byte chooses the profile; then come records of a byte that says what is done, one of length and so
//! much content.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::srtp::{Master, OVERHEAD_BYTES_MAX, Profile, Protector, Unprotector};

const SSRC: u32 = 7;

fuzz_target!(|data: &[u8]| {
    let Some((choice, mut rest)) = data.split_first() else { return };
    let mut session = Session::new(*choice);
    while let [action, length, after @ ..] = rest {
        let content;
        (content, rest) = after.split_at(usize::from(*length).min(after.len()));
        match action % 4 {
            0 => session.garbage(content),
            1 => session.talk(u16::from(action >> 2) + 1, content),
            2 => session.report(content),
            _ => session.forge(*action, content),
        }
    }
});

struct Session {
    protector: Protector,
    unprotector: Unprotector,
    sequence: u16,
    /// The last packet as it was sent.
    recorded: Vec<u8>,
}

impl Session {
    fn new(choice: u8) -> Self {
        let profile = match choice % 3 {
            0 => Profile::AeadAes128Gcm,
            1 => Profile::AeadAes256Gcm,
            _ => Profile::Aes128CmSha1_80,
        };
        let secret = [0x5A; 32];
        let (key, salt) = (&secret[..profile.key_bytes()], &secret[..profile.salt_bytes()]);
        let master = Master::new(profile, key, salt).expect("the lengths are right");
        Self {
            protector: Protector::new(profile, &master).expect("the profile is right"),
            unprotector: Unprotector::new(profile, &master).expect("the profile is right"),
            sequence: 0,
            recorded: Vec::new(),
        }
    }

    fn garbage(&mut self, content: &[u8]) {
        assert!(self.unprotector.unprotect(&mut content.to_vec()).is_err());
        assert!(self.unprotector.unprotect_rtcp(&mut content.to_vec()).is_err());
        let _ = self.protector.protect_rtcp(&mut content.to_vec(), content.len() / 2);
    }

    /// Skips numbers, as far as a receiver can follow.
    fn talk(&mut self, step: u16, content: &[u8]) {
        self.sequence = self.sequence.wrapping_add(step * 500);
        let mut plain = vec![0x80, 111];
        plain.extend(self.sequence.to_be_bytes());
        plain.extend([0; 4]);
        plain.extend(SSRC.to_be_bytes());
        plain.extend_from_slice(content);
        let mut packet = plain.clone();
        packet.resize(plain.len() + OVERHEAD_BYTES_MAX, 0);
        let length = self.protector.protect(&mut packet, plain.len()).expect("it is in order");
        packet.truncate(length);
        self.recorded.clone_from(&packet);
        assert_eq!(self.unprotector.unprotect(&mut packet), Ok(plain.len()));
        assert_eq!(packet[..plain.len()], plain);
    }

    fn report(&mut self, content: &[u8]) {
        let mut plain = vec![0x80, 201, 0, 1];
        plain.extend(SSRC.to_be_bytes());
        plain.extend_from_slice(content);
        let mut packet = plain.clone();
        packet.resize(plain.len() + OVERHEAD_BYTES_MAX, 0);
        let length = self.protector.protect_rtcp(&mut packet, plain.len()).expect("it is RTCP");
        let mut replayed = packet[..length].to_vec();
        assert_eq!(self.unprotector.unprotect_rtcp(&mut packet[..length]), Ok(plain.len()));
        assert_eq!(packet[..plain.len()], plain);
        assert!(self.unprotector.unprotect_rtcp(&mut replayed).is_err());
    }

    /// What was sent before, as it was or changed.
    fn forge(&mut self, place: u8, content: &[u8]) {
        let mut packet = self.recorded.clone();
        for (byte, change) in packet.iter_mut().skip(usize::from(place >> 2)).zip(content) {
            *byte ^= change;
        }
        assert!(self.unprotector.unprotect(&mut packet).is_err());
    }
}
