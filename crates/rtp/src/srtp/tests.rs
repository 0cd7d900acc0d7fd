//! Both sides of a session against each other, over any network and against whoever lies in between.

use super::index::RTCP_INDEX_END;
use super::*;
use crate::packet::{Header, Packet};
use proptest::prelude::*;
use std::collections::BTreeSet;

const PROFILES: [Profile; 3] =
    [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80];

/// Bytes from hexadecimal digits, with white space wherever it reads well.
pub(super) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        digits.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn master(profile: Profile) -> Master {
    let secret: Vec<u8> = (1..=46).collect();
    let (key, salt) =
        secret[..profile.key_bytes() + profile.salt_bytes()].split_at(profile.key_bytes());
    Master::new(profile, key, salt).unwrap()
}

fn session(profile: Profile) -> (Protector, Unprotector) {
    let master = master(profile);
    (Protector::new(profile, &master).unwrap(), Unprotector::new(profile, &master).unwrap())
}

fn rtp(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = Header { marker: false, payload_type: 111, sequence, timestamp: 0, ssrc };
    [&header.to_bytes(), payload].concat()
}

fn receiver_report(ssrc: u32) -> Vec<u8> {
    [&[0x80, 201, 0, 1], &ssrc.to_be_bytes()[..]].concat()
}

fn protected(protector: &mut Protector, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + OVERHEAD_BYTES_MAX, 0);
    let length = protector.protect(&mut buffer, plain.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn protected_rtcp(protector: &mut Protector, plain: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    buffer.resize(plain.len() + OVERHEAD_BYTES_MAX, 0);
    let length = protector.protect_rtcp(&mut buffer, plain.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn opened(unprotector: &mut Unprotector, protected: &[u8]) -> Result<Vec<u8>, Dropped> {
    let mut packet = protected.to_vec();
    let length = unprotector.unprotect(&mut packet)?;
    packet.truncate(length);
    Ok(packet)
}

fn opened_rtcp(unprotector: &mut Unprotector, protected: &[u8]) -> Result<Vec<u8>, Dropped> {
    let mut packet = protected.to_vec();
    let length = unprotector.unprotect_rtcp(&mut packet)?;
    packet.truncate(length);
    Ok(packet)
}

/// What libsrtp, the implementation in browsers, makes of these packets with these masters (its `srtp_driver`).
mod as_libsrtp {
    use super::*;

    fn check(profile: Profile, key: &str, salt: &str, rtp: &str, rtcp: &str) {
        let master = Master::new(profile, &hex(key), &hex(salt)).unwrap();
        let mut protector = Protector::new(profile, &master).unwrap();
        let plain_rtp = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
        assert_eq!(protected(&mut protector, &plain_rtp), hex(rtp));
        let plain_rtcp = hex("81c8000b cafebabe abababab abababab abababab abababab");
        // Its indices begin with 1.
        protected_rtcp(&mut protector, &plain_rtcp);
        assert_eq!(protected_rtcp(&mut protector, &plain_rtcp), hex(rtcp));

        let mut unprotector = Unprotector::new(profile, &master).unwrap();
        assert_eq!(opened(&mut unprotector, &hex(rtp)), Ok(plain_rtp));
        assert_eq!(opened_rtcp(&mut unprotector, &hex(rtcp)), Ok(plain_rtcp));
    }

    #[test]
    fn counter_mode() {
        check(
            Profile::Aes128CmSha1_80,
            "e1f97a0d3e018be0d64fa32c06de4139",
            "0ec675ad498afeebb6960b3aabe6",
            "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb",
            "81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798",
        );
    }

    #[test]
    fn gcm_of_128_bits() {
        check(
            Profile::AeadAes128Gcm,
            "000102030405060708090a0b0c0d0e0f",
            "a0a1a2a3a4a5a6a7a8a9aaab",
            "800f1234 decafbad cafebabe c5002ede 04cfdd2e b91159e0 880aa06e d2976826 f796b201
            df3131a1 27e8a392",
            "81c8000b cafebabe c98b8b5d f0392a55 852b6c21 ac8e7025 c52c6fbe a2b3b446 ea31123b
            a88ce61e 80000001",
        );
    }
}

#[test]
fn packets_grow_by_tag_and_index_only() {
    for profile in PROFILES {
        let (mut protector, _) = session(profile);
        let sealed = protected(&mut protector, &rtp(1, 1, b"sound"));
        assert_eq!(sealed.len(), 17 + profile.tag_bytes());
        let sealed = protected_rtcp(&mut protector, &receiver_report(1));
        assert_eq!(sealed.len(), 8 + profile.overhead());
        let mut tight = rtp(1, 2, b"sound");
        assert_eq!(protector.protect(&mut tight, 17), Err(ProtectError::NoRoom));
        assert_eq!(tight, rtp(1, 2, b"sound"));
    }
}

#[test]
fn header_sources_and_extensions_stay_in_clear_and_are_authentic() {
    for profile in PROFILES {
        let (mut protector, mut unprotector) = session(profile);
        let mut plain = rtp(1, 1, &[]);
        plain[0] |= 0x11;
        plain.extend([0, 0, 0, 7, 0xBE, 0xDE, 0, 1, 0x10, 0x42, 0, 0]);
        plain.extend(b"sound");
        let sealed = protected(&mut protector, &plain);
        assert_eq!(sealed[..24], plain[..24]);
        assert_ne!(sealed[24..29], plain[24..]);
        let packet = Packet::parse(&sealed).unwrap();
        assert_eq!(packet.extension().unwrap().data, [0x10, 0x42, 0, 0]);

        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(opened(&mut unprotector, &changed).is_err(), "{profile:?}, byte {index}");
        }
        assert_eq!(opened(&mut unprotector, &sealed), Ok(plain));
    }
}

#[test]
fn every_byte_of_rtcp_is_authentic() {
    for profile in PROFILES {
        let (mut protector, mut unprotector) = session(profile);
        let plain = [receiver_report(1), receiver_report(1)].concat();
        let sealed = protected_rtcp(&mut protector, &plain);
        assert_eq!((&sealed[..8], sealed[8..16] == plain[8..]), (&plain[..8], false));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(opened_rtcp(&mut unprotector, &changed).is_err(), "{profile:?}, byte {index}");
        }
        assert_eq!(opened_rtcp(&mut unprotector, &sealed), Ok(plain));
        assert_eq!(opened_rtcp(&mut unprotector, &sealed), Err(Dropped::Replayed));
    }
}

#[test]
fn rtp_and_rtcp_have_keys_of_their_own() {
    for profile in PROFILES {
        let (mut protector, mut unprotector) = session(profile);
        let sealed = protected_rtcp(&mut protector, &receiver_report(1));
        assert_eq!(opened(&mut unprotector, &sealed).ok(), None);
        let mut other = Unprotector::new(
            profile,
            &Master::new(profile, &vec![3; profile.key_bytes()], &vec![4; profile.salt_bytes()])
                .unwrap(),
        )
        .unwrap();
        assert_eq!(opened_rtcp(&mut other, &sealed), Err(Dropped::Forged));
        assert_eq!(opened_rtcp(&mut unprotector, &sealed), Ok(receiver_report(1)));
    }
}

#[test]
fn a_master_serves_its_own_profile_only() {
    let master = master(Profile::AeadAes128Gcm);
    let refused = Err(KeyError::OtherProfile(Profile::AeadAes128Gcm));
    assert_eq!(Protector::new(Profile::Aes128CmSha1_80, &master).map(|_| ()), refused);
    assert_eq!(Unprotector::new(Profile::AeadAes256Gcm, &master).map(|_| ()), refused);
}

#[test]
fn no_number_is_used_twice() {
    for profile in PROFILES {
        let (mut protector, _) = session(profile);
        for sequence in [65_535, 0, 5] {
            protected(&mut protector, &rtp(1, sequence, b"x"));
        }
        for sequence in [5, 4, 65_535, 32_774] {
            let mut again = rtp(1, sequence, b"x");
            again.resize(64, 0);
            assert_eq!(protector.protect(&mut again, 13), Err(ProtectError::OutOfOrder));
        }
        protected(&mut protector, &rtp(2, 5, b"x"));
    }
}

#[test]
fn streams_are_few() {
    for profile in PROFILES {
        let (mut protector, mut unprotector) = session(profile);
        let (mut busier, _) = session(profile);
        for ssrc in 0..SSRCS_MAX as u32 {
            let sealed = protected(&mut protector, &rtp(ssrc, 1, b"x"));
            opened(&mut unprotector, &sealed).unwrap();
            let sealed = protected_rtcp(&mut protector, &receiver_report(ssrc));
            opened_rtcp(&mut unprotector, &sealed).unwrap();
        }
        let mut buffer = rtp(99, 1, b"x");
        buffer.resize(64, 0);
        assert_eq!(protector.protect(&mut buffer, 13), Err(ProtectError::TooManyStreams));
        let sealed = protected(&mut busier, &rtp(99, 1, b"x"));
        assert_eq!(opened(&mut unprotector, &sealed), Err(Dropped::TooManyStreams));
        let sealed = protected_rtcp(&mut protector, &receiver_report(99));
        assert_eq!(opened_rtcp(&mut unprotector, &sealed), Err(Dropped::TooManyStreams));
        let sealed = protected(&mut protector, &rtp(3, 2, b"x"));
        assert_eq!(opened(&mut unprotector, &sealed), Ok(rtp(3, 2, b"x")));
    }
}

#[test]
fn a_key_is_used_up_at_its_limit() {
    let (mut protector, mut unprotector) = session(Profile::AeadAes128Gcm);
    protector.rtcp_counts_from(RTCP_INDEX_END - 1);
    let last = protected_rtcp(&mut protector, &receiver_report(1));
    assert_eq!(opened_rtcp(&mut unprotector, &last), Ok(receiver_report(1)));
    let mut buffer = receiver_report(1);
    buffer.resize(64, 0);
    assert_eq!(protector.protect_rtcp(&mut buffer, 8), Err(ProtectError::Exhausted));
}

#[test]
fn what_is_too_short_or_foreign_is_malformed() {
    for profile in PROFILES {
        let (mut protector, mut unprotector) = session(profile);
        let short = &mut [0x80; 11][..];
        assert_eq!(protector.protect(&mut [0x80; 64], 11), Err(ProtectError::Malformed));
        assert_eq!(protector.protect_rtcp(&mut [0x80; 64], 7), Err(ProtectError::Malformed));
        assert_eq!(protector.protect(short, 12), Err(ProtectError::NoRoom));
        assert_eq!(unprotector.unprotect(short), Err(Dropped::Malformed));
        assert_eq!(unprotector.unprotect(&mut [0x16; 64]), Err(Dropped::Malformed));
        assert_eq!(unprotector.unprotect(&mut rtp(1, 1, &[0; 9])), Err(Dropped::Malformed));
        assert_eq!(unprotector.unprotect_rtcp(&mut receiver_report(1)), Err(Dropped::Malformed));
        let unencrypted = &mut [&receiver_report(1)[..], &[0; 30]].concat();
        assert_eq!(unprotector.unprotect_rtcp(unencrypted), Err(Dropped::Malformed));
    }
}

/// A million packets of somebody who sees all that is sent but has no key: garbage, recorded packets, and those
/// with a byte changed. None is taken, and the peer's own still are.
#[test]
fn a_million_bad_packets_change_nothing() {
    const BAD_PACKETS: u32 = 1_000_000;
    let (mut protector, mut unprotector) = session(Profile::AeadAes128Gcm);
    let recorded: Vec<_> =
        (0..100).map(|sequence| protected(&mut protector, &rtp(1, sequence, b"sound"))).collect();
    for packet in &recorded {
        opened(&mut unprotector, packet).unwrap();
    }
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut dropped = [0_u32; 3];
    let mut packet = [0; 64];
    for round in 0..BAD_PACKETS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let template = &recorded[round as usize % recorded.len()];
        let packet = &mut packet[..template.len()];
        packet.copy_from_slice(template);
        match round % 4 {
            0 => {}
            // Numbers from ahead, which would move the window if they were believed.
            1 => packet[2..4].copy_from_slice(&(random as u16 | 0x100).to_be_bytes()),
            // Streams that there are none of.
            2 => packet[8..12].copy_from_slice(&(random as u32 | 0x100).to_be_bytes()),
            _ => packet[..8].copy_from_slice(&random.to_be_bytes()),
        }
        match unprotector.unprotect(packet) {
            Err(Dropped::Malformed) => dropped[0] += 1,
            Err(Dropped::Replayed) => dropped[1] += 1,
            Err(Dropped::Forged) => dropped[2] += 1,
            other => panic!("{other:?} in round {round}"),
        }
    }
    assert_eq!(dropped.iter().sum::<u32>(), BAD_PACKETS);
    assert!(dropped.iter().all(|count| *count > BAD_PACKETS / 10), "{dropped:?}");
    let sealed = protected(&mut protector, &rtp(1, 100, b"sound"));
    assert_eq!(opened(&mut unprotector, &sealed), Ok(rtp(1, 100, b"sound")));
}

/// A packet on its way: by how much its number exceeds the one before, what becomes of it, and its payload.
#[derive(Clone, Debug)]
struct Trip {
    step: u16,
    is_lost: bool,
    delay: usize,
    copies: usize,
    payload: Vec<u8>,
}

fn trips() -> impl Strategy<Value = Vec<Trip>> {
    let trip = (
        1_u16..1_000,
        prop::bool::weighted(0.3),
        0_usize..200,
        1_usize..3,
        prop::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(|(step, is_lost, delay, copies, payload)| Trip {
            step,
            is_lost,
            delay,
            copies,
            payload,
        });
    prop::collection::vec(trip, 1..400)
}

/// The packets in the order of their arrival, each as its index in the stream and its plain and protected bytes.
/// The first arrives first, and no loss is as long as half the range of numbers: more no receiver can follow.
fn arrivals(protector: &mut Protector, first: u16, trips: &[Trip]) -> Vec<(u64, Vec<u8>, Vec<u8>)> {
    let mut index = u64::from(first);
    let mut sent = Vec::new();
    let mut arrived_last = index;
    for (position, trip) in trips.iter().enumerate() {
        let plain = rtp(1, index as u16, &trip.payload);
        let sealed = protected(protector, &plain);
        let must_arrive = position == 0 || index - arrived_last > 10_000;
        if must_arrive || !trip.is_lost {
            arrived_last = index;
            // A delay in packets, some of them longer than the window.
            let arrives = if must_arrive { position } else { position + trip.delay / 10 };
            sent.extend(vec![(arrives, (index, plain, sealed)); trip.copies]);
        }
        index += u64::from(trip.step);
    }
    sent.sort_by_key(|(arrives, _)| *arrives);
    sent.into_iter().map(|(_, packet)| packet).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is lost, late or doubled across however many wraps: what is new and within the window is opened,
    /// all else is dropped.
    #[test]
    fn any_network_is_survived(
        profile in prop::sample::select(&PROFILES),
        first: u16,
        trips in trips(),
    ) {
        let (mut protector, mut unprotector) = session(profile);
        let mut seen = BTreeSet::new();
        for (index, plain, sealed) in arrivals(&mut protector, first, &trips) {
            let newest = seen.last().copied().unwrap_or(index);
            let is_fresh = index + REPLAY_WINDOW_PACKETS > newest && !seen.contains(&index);
            let expected = if is_fresh { Ok(plain) } else { Err(Dropped::Replayed) };
            prop_assert_eq!(opened(&mut unprotector, &sealed), expected);
            if is_fresh {
                seen.insert(index);
            }
        }
    }

    #[test]
    fn any_rtcp_survives(
        profile in prop::sample::select(&PROFILES),
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..20),
    ) {
        let (mut protector, mut unprotector) = session(profile);
        for body in bodies {
            let plain = [receiver_report(1), body].concat();
            let sealed = protected_rtcp(&mut protector, &plain);
            prop_assert_eq!(opened_rtcp(&mut unprotector, &sealed), Ok(plain));
        }
    }

    #[test]
    fn any_bytes_are_safe(
        profile in prop::sample::select(&PROFILES),
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        length in 0_usize..120,
    ) {
        let (mut protector, mut unprotector) = session(profile);
        let _ = protector.protect(&mut bytes.clone(), length);
        let _ = protector.protect_rtcp(&mut bytes.clone(), length);
        prop_assert!(opened(&mut unprotector, &bytes).is_err());
        prop_assert!(opened_rtcp(&mut unprotector, &bytes).is_err());
    }
}
