//! RTCP: reports about streams, and who sends them (RFC 3550 section 6).
//!
//! A datagram holds several packets; [`Compound`] checks how they are cut and hands them out one by one, and
//! [`CompoundWriter`] puts one together in a buffer of the caller's.

mod bye;
mod compound;
mod report;
mod schedule;
mod sdes;
mod writer;

pub use bye::Bye;
pub use compound::{Compound, Packet, Packets, ParseError};
pub use report::{
    REPORT_BLOCK_BYTES, ReceiverReport, ReportBlock, ReportBlocks, SenderInfo, SenderReport,
};
pub use schedule::{INTERVAL_MIN, Schedule};
pub use sdes::{Chunk, Chunks, Item, Items, Sdes, item};
pub use writer::CompoundWriter;

/// Packet types of RFC 3550 section 12.1.
pub mod packet_type {
    /// Sender report.
    pub const SENDER_REPORT: u8 = 200;
    /// Receiver report.
    pub const RECEIVER_REPORT: u8 = 201;
    /// Source description.
    pub const SOURCE_DESCRIPTION: u8 = 202;
    /// Goodbye.
    pub const GOODBYE: u8 = 203;
}

/// Reports, sources or chunks that one packet can hold: its count has five bits.
pub const COUNT_MAX: usize = 31;
