//! What securing a packet and opening it takes, by each profile, for small and large packets.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rtp::packet::{HEADER_BYTES, Header};
use rtp::srtp::{Master, OVERHEAD_BYTES_MAX, Profile, Protector, Unprotector};

const PROFILES: [Profile; 3] =
    [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80];

/// Bytes of sound: Opus at 32 kbit/s, and G.711.
const PAYLOAD_BYTES: [usize; 2] = [80, 160];

const BUFFER_BYTES: usize = 256;

fn srtp(criterion: &mut Criterion) {
    for profile in PROFILES {
        let mut group = criterion.benchmark_group(format!("srtp/{profile:?}"));
        for bytes in PAYLOAD_BYTES {
            let mut ours = Protector::new(profile, &master(profile)).unwrap();
            let mut stream = Clear::new(bytes);
            group.bench_function(format!("protect {bytes} bytes"), |bencher| {
                bencher.iter(|| {
                    let (mut buffer, length) = stream.packet();
                    ours.protect(&mut buffer, length).unwrap()
                });
            });
            let mut stream = Protected::new(profile, bytes);
            let mut theirs = Unprotector::new(profile, &master(profile)).unwrap();
            group.bench_function(format!("unprotect {bytes} bytes"), |bencher| {
                bencher.iter_batched_ref(
                    || stream.packet(),
                    |(buffer, length)| theirs.unprotect(&mut buffer[..*length]).unwrap(),
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

fn master(profile: Profile) -> Master {
    Master::new(profile, &vec![7; profile.key_bytes()], &vec![9; profile.salt_bytes()]).unwrap()
}

/// Packets that nobody has protected yet.
struct Clear {
    length: usize,
    index: u32,
}

impl Clear {
    fn new(payload_bytes: usize) -> Self {
        assert!(HEADER_BYTES + payload_bytes + OVERHEAD_BYTES_MAX <= BUFFER_BYTES);
        Self { length: HEADER_BYTES + payload_bytes, index: 0 }
    }

    /// The next packet, and its length: what is behind it is room to protect it.
    fn packet(&mut self) -> ([u8; BUFFER_BYTES], usize) {
        let mut buffer = [0xd5; BUFFER_BYTES];
        let header = Header {
            marker: false,
            payload_type: 111,
            sequence: self.index as u16,
            timestamp: self.index.wrapping_mul(960),
            ssrc: 7,
        };
        self.index = self.index.wrapping_add(1);
        buffer[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        (buffer, self.length)
    }
}

/// Packets that are to be opened: each once, for the second time it would be a replay.
struct Protected {
    clear: Clear,
    protector: Protector,
}

impl Protected {
    fn new(profile: Profile, payload_bytes: usize) -> Self {
        let protector = Protector::new(profile, &master(profile)).unwrap();
        Self { clear: Clear::new(payload_bytes), protector }
    }

    fn packet(&mut self) -> ([u8; BUFFER_BYTES], usize) {
        let (mut buffer, length) = self.clear.packet();
        let length = self.protector.protect(&mut buffer, length).unwrap();
        (buffer, length)
    }
}

criterion_group!(benches, srtp);
criterion_main!(benches);
