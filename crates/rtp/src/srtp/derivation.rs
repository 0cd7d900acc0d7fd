//! Session keys, derived from the master key (RFC 3711 section 4.3, with a key derivation rate of zero).

use super::keys::{KeyError, Master};
use aes::{Aes128, Aes256};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};

/// Whose session keys: RTP's or RTCP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Rtp,
    Rtcp,
}

/// What a derived key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Encryption,
    Authentication,
    Salt,
}

/// Fills `out` with the session key of `protocol` for `purpose`.
pub(super) fn derive(
    master: &Master,
    protocol: Protocol,
    purpose: Purpose,
    out: &mut [u8],
) -> Result<(), KeyError> {
    out.fill(0);
    let iv = initial_counter(master.salt(), label(protocol, purpose));
    // The generator is AES in counter mode with a key as long as the master's (RFC 3711 section 4.3.3, RFC 7714
    // section 11): the stream that would encrypt zeros.
    match master.key().len() {
        16 => generate::<Ctr128BE<Aes128>>(master.key(), &iv, out),
        _ => generate::<Ctr128BE<Aes256>>(master.key(), &iv, out),
    }
}

fn generate<C: KeyIvInit + StreamCipher>(
    key: &[u8],
    iv: &[u8],
    out: &mut [u8],
) -> Result<(), KeyError> {
    let mut stream = C::new_from_slices(key, iv).map_err(|_| KeyError::Refused)?;
    stream.try_apply_keystream(out).map_err(|_| KeyError::Refused)
}

/// The label of RFC 3711 section 4.3.2.
fn label(protocol: Protocol, purpose: Purpose) -> u8 {
    match (protocol, purpose) {
        (Protocol::Rtp, Purpose::Encryption) => 0,
        (Protocol::Rtp, Purpose::Authentication) => 1,
        (Protocol::Rtp, Purpose::Salt) => 2,
        (Protocol::Rtcp, Purpose::Encryption) => 3,
        (Protocol::Rtcp, Purpose::Authentication) => 4,
        (Protocol::Rtcp, Purpose::Salt) => 5,
    }
}

/// The master salt with the label in its eighth byte, ahead of a block counter of zero.
fn initial_counter(salt: &[u8; 14], label: u8) -> [u8; 16] {
    let [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13] = *salt;
    [s0, s1, s2, s3, s4, s5, s6, s7 ^ label, s8, s9, s10, s11, s12, s13, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::Profile;
    use crate::srtp::tests::hex;

    fn derived(master: &Master, protocol: Protocol, purpose: Purpose, bytes: usize) -> Vec<u8> {
        let mut out = vec![0xEE; bytes];
        derive(master, protocol, purpose, &mut out).unwrap();
        out
    }

    #[test]
    fn keys_are_those_of_rfc_3711_appendix_b_3() {
        let master = Master::new(
            Profile::Aes128CmSha1_80,
            &hex("E1F97A0D3E018BE0D64FA32C06DE4139"),
            &hex("0EC675AD498AFEEBB6960B3AABE6"),
        );
        let master = master.unwrap();
        let rtp = |purpose, bytes| derived(&master, Protocol::Rtp, purpose, bytes);
        assert_eq!(rtp(Purpose::Encryption, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(rtp(Purpose::Salt, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
        let authentication = "CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
            E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
            6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2";
        assert_eq!(rtp(Purpose::Authentication, 94), hex(authentication));
    }

    /// RFC 6188 section 7; its salt has 14 bytes, where that of AES-GCM has 12 and two zeros.
    #[test]
    fn keys_of_256_bits_are_those_of_rfc_6188() {
        let key = hex("f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6");
        let salt = hex("3b04803de51ee7c96423ab5b78d2").try_into().unwrap();
        let encryption_key = |label| {
            let mut out = [0; 32];
            let iv = initial_counter(&salt, label);
            generate::<Ctr128BE<Aes256>>(&key, &iv, &mut out).unwrap();
            out
        };
        assert_eq!(
            encryption_key(0)[..],
            hex("5ba1064e30ec51613cad926c5a28ef73 1ec7fb397f70a960653caf06554cd8c4")
        );
        assert_eq!(encryption_key(1)[..20], hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"));
        assert_eq!(encryption_key(2)[..14], hex("fa31791685ca444a9e07c6c64e93"));
    }
}
