//! Packets of Opus of every length that telephones and browsers send, some of which are lost.

use super::*;

/// Lengths of packets, in milliseconds.
const PACKETS_MS: [u32; 4] = [10, 20, 40, 60];

/// A voice in packets of such a length, each with a coarse copy of the one before (RFC 6716 section 2.1.7).
fn payloads(packet_ms: u32) -> Vec<Vec<u8>> {
    let rate = Rate::Hz48000;
    let sound: Vec<f32> =
        voice(rate, 0, 120).iter().flat_map(|frame| frame.samples().to_vec()).collect();
    let mut encoder =
        ::opus::Encoder::new(rate.hz(), ::opus::Channels::Mono, ::opus::Application::Voip).unwrap();
    encoder.set_bitrate(::opus::Bitrate::Bits(24_000)).unwrap();
    encoder.set_inband_fec(true).unwrap();
    encoder.set_packet_loss_perc(20).unwrap();
    let packets = sound.chunks_exact(rate.samples_in_ms(packet_ms));
    packets.map(|samples| encoder.encode_vec_float(samples, PAYLOAD_BYTES_MAX).unwrap()).collect()
}

/// What is heard of them if every fifth is lost, and `bridge` makes up for it.
fn heard(
    payloads: &[Vec<u8>],
    packet_ms: u32,
    mut bridge: impl FnMut(&mut Decoder, &[u8], &mut [f32]),
) -> Vec<f32> {
    let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
    let samples = Rate::Hz48000.samples_in_ms(packet_ms);
    let mut heard = Vec::new();
    for (n, payload) in payloads.iter().enumerate() {
        let mut out = vec![0.0; samples];
        match payloads.get(n + 1) {
            Some(next) if n % 5 == 4 => bridge(&mut decoder, next, &mut out),
            _ => assert_eq!(decoder.decode(payload, &mut out), Ok(samples)),
        }
        heard.extend(out);
    }
    heard
}

#[test]
fn a_lost_packet_of_any_length_comes_back_with_the_next() {
    for packet_ms in PACKETS_MS {
        let payloads = payloads(packet_ms);
        let mut told = 0;
        let recovered = heard(&payloads, packet_ms, |decoder, next, out| {
            told += usize::from(decoder.recover(next, out));
        });
        let guessed = heard(&payloads, packet_ms, |decoder, _, out| decoder.conceal(out));
        let gaps = |sound: &[f32]| -> Vec<f32> {
            let packets = sound.chunks_exact(Rate::Hz48000.samples_in_ms(packet_ms));
            packets.skip(4).step_by(5).flatten().copied().collect()
        };
        let whole = {
            let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
            let mut out = [0.0; DECODED_SAMPLES_MAX];
            let mut whole = Vec::new();
            for payload in &payloads {
                let samples = decoder.decode(payload, &mut out).unwrap();
                whole.extend(&out[..samples]);
            }
            whole
        };
        let [recovered, guessed] =
            [recovered, guessed].map(|heard| snr_db(&gaps(&whole), &gaps(&heard)));
        // Of what isn't voice for sure none is sent.
        let lost = (payloads.len() - 1) / 5;
        assert!(3 * told > lost, "{packet_ms} ms: {told} of {lost} came back");
        // Little of a voice outlasts 60 ms: such a copy is worth less.
        let more_db = if packet_ms < 60 { 2.0 } else { 0.0 };
        assert!(
            recovered > guessed + more_db,
            "{packet_ms} ms: {recovered} dB, guessed {guessed} dB"
        );
    }
}
