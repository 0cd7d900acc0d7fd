//! Any payload as redundant audio: its blocks fill it exactly, and what can be written of them is read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::red::{
    BLOCKS_MAX, Block, Blocks, PRIMARY_HEADER_BYTES, REDUNDANT_HEADER_BYTES, Redundant, write,
};

fuzz_target!(|payload: &[u8]| {
    let Ok(blocks) = Blocks::parse(payload) else { return };
    let blocks: Vec<Block<'_>> = blocks.collect();
    assert!(blocks.len() <= BLOCKS_MAX);
    let (primary, redundant) = blocks.split_last().expect("there is always a primary");
    assert!(primary.is_primary && redundant.iter().all(|block| !block.is_primary));
    let headers = PRIMARY_HEADER_BYTES + redundant.len() * REDUNDANT_HEADER_BYTES;
    let payloads: usize = blocks.iter().map(|block| block.payload.len()).sum();
    assert_eq!(headers + payloads, payload.len());

    let told = |block: &&Block<'_>| !block.payload.is_empty();
    let repeat = |block: &Block<'_>| (block.timestamp_offset, block.payload.to_vec());
    let repeated: Vec<Redundant<'_>> = redundant
        .iter()
        .filter(told)
        .map(|block| Redundant { timestamp_offset: block.timestamp_offset, payload: block.payload })
        .collect();
    let mut out = vec![0; payload.len()];
    let length = write(&mut out, primary.payload_type, &repeated, primary.payload)
        .expect("it is no longer than what was read");
    let again: Vec<Block<'_>> = Blocks::parse(&out[..length]).expect("it was written").collect();
    let (primary_again, read) = again.split_last().expect("there is always a primary");
    assert_eq!(primary_again, primary);
    let expected = redundant.iter().filter(told).map(repeat);
    assert!(read.iter().map(repeat).eq(expected), "what was lost comes back, in its order");
});
