//! Figures for metrics: counted by the workers, read by anybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Declares the plain counters of a worker, their shared atomic form and their public sum, which
/// must name the same things.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What the workers have counted since their start.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// The counts of one worker, for others to read.
        #[derive(Debug, Default)]
        pub(crate) struct SharedCounts {
            $($name: AtomicU64,)*
        }

        impl SharedCounts {
            /// Shows `counts` to readers. Each figure is right; together they may be a little apart.
            pub(crate) fn publish(&self, counts: &Counts) {
                $(self.$name.store(counts.$name, Ordering::Relaxed);)*
            }

            /// Adds what was published last to `sum`.
            pub(crate) fn add_to(&self, sum: &mut Counts) {
                $(sum.$name += self.$name.load(Ordering::Relaxed);)*
            }
        }
    };
}

counters! {
    /// RTP packets taken from peers.
    packets_received,
    /// RTP packets sent.
    packets_sent,
    /// RTCP packets taken from peers.
    reports_received,
    /// RTCP packets sent.
    reports_sent,
    /// Datagrams dropped: from a source that is no leg's.
    dropped_stranger,
    /// Datagrams dropped: from a possible source that is not believed yet.
    dropped_candidate,
    /// Datagrams dropped: neither RTP nor RTCP.
    dropped_malformed,
    /// Datagrams dropped: longer than any media packet.
    dropped_truncated,
    /// STUN datagrams answered, with success or a refusal.
    stun_answered,
    /// DTLS datagrams passed on to the control side.
    dtls_received,
    /// DTLS datagrams sent.
    dtls_sent,
    /// STUN datagrams dropped: for nobody here, forged or malformed.
    dropped_stun,
    /// DTLS datagrams dropped: from an address that ICE has not validated, or too many.
    dropped_dtls,
    /// DTLS datagrams not sent: the browser was found nowhere yet.
    unsent_dtls,
    /// SRTP and SRTCP packets dropped: they came before the keys were known.
    dropped_srtp_early,
    /// SRTP and SRTCP packets dropped: malformed.
    dropped_srtp_malformed,
    /// SRTP and SRTCP packets dropped: seen before, or too old to tell.
    dropped_srtp_replayed,
    /// SRTP and SRTCP packets dropped: not authentic.
    dropped_srtp_forged,
    /// SRTP and SRTCP packets dropped: of more streams than a browser may send.
    dropped_srtp_streams,
    /// Packets that could not be encrypted, and so were not sent.
    unsealed,
    /// RTP packets dropped: of a payload type that was not negotiated.
    dropped_payload_type,
    /// RTP packets dropped: the leg does not receive (hold).
    dropped_on_hold,
    /// RTP packets dropped by a jitter buffer: too late, twice, or too many.
    dropped_by_jitter,
    /// RTP packets whose payload could not be decoded, so that it was concealed.
    decode_errors,
    /// Ticks of a leg that were wholly or partly concealed because of loss.
    concealed,
    /// Ticks of a leg in which something that was lost came back, by RED or in-band FEC.
    recovered,
    /// RTP packets that were not decoded, for their legs are silent or muted.
    undecoded,
    /// Times that the levels in a leg's headers were found untrue, and so are not heeded any more.
    levels_untrue,
    /// Frames that could not be encoded.
    encode_errors,
    /// Commands to send digits that came to nothing: too many waited, or the leg had gone.
    digits_refused,
    /// Datagrams that the kernel had no room for.
    unsent_full,
    /// Datagrams that the kernel refused to send.
    unsent_refused,
    /// Voices handed to other parts of rooms that span workers, once for each part and tick.
    cascade_sent,
    /// Voices taken from other parts of rooms.
    cascade_received,
    /// What all of a part said in one tick, dropped on its way to another part: either has stalled,
    /// or it is left out to catch up.
    cascade_dropped,
    /// Turns in which nothing had come from another part, which is late.
    cascade_missed,
    /// What was whispered in one tick, dropped on its way from one part of a room to another: either has stalled, or it
    /// is left out to catch up.
    whispers_dropped,
    /// Events that were dropped because nobody polled them. Never a leg's last one.
    events_lost,
    /// Sub-ticks worked, four to each 20 ms.
    sub_ticks,
    /// Sub-ticks worked more than 5 ms after their time.
    sub_ticks_late,
    /// Sub-ticks skipped because they were 20 ms late.
    sub_ticks_skipped,
    /// Sub-ticks that would have been late or skipped even if the worker had had its core to itself:
    /// what of the two above is not the host's doing, or another thread's.
    sub_ticks_late_own,
    /// Processor time of the worker threads, in microseconds.
    cpu_us,
    /// Legs in rooms at the moment.
    legs,
    /// Browsers that are answered at the moment, with a leg or before they have one.
    browsers,
    /// Rooms open at the moment, each part of one that spans workers for itself.
    rooms,
    /// Workers that run under real-time scheduling.
    realtime_workers,
}

/// The state of an engine, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineStats {
    /// What all workers have counted together.
    pub counts: Counts,
    /// Workers running.
    pub workers: usize,
    /// Port pairs (RTP and RTCP) open at the moment.
    pub ports: usize,
    /// Legs known to the control side at the moment: reserved, attached or leaving.
    pub legs: usize,
}

/// What one leg sent and received in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegStats {
    /// How long the leg was attached.
    pub duration: Duration,
    /// RTP packets taken from the peer.
    pub packets_received: u64,
    /// Bytes of payload taken from the peer.
    pub bytes_received: u64,
    /// RTP packets sent to the peer.
    pub packets_sent: u64,
    /// Bytes of payload sent to the peer.
    pub bytes_sent: u64,
    /// Packets of the peer's that never came (RFC 3550 section 6.4.1); duplicates can make it negative.
    pub packets_lost: i64,
    /// Interarrival jitter of the peer's packets (RFC 3550 section 6.4.1).
    pub jitter: Duration,
    /// Packets of ours that the peer last said it misses.
    pub packets_lost_remote: i64,
    /// Round trip, if the peer sends reports.
    pub round_trip: Option<Duration>,
    /// Ticks that were concealed because of loss.
    pub concealed: u64,
    /// Ticks in which something that was lost came back.
    pub recovered: u64,
    /// Packets that could not be decoded.
    pub decode_errors: u64,
}

/// How well a leg's sound comes through, over the last few seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LegQuality {
    /// The share of the peer's packets that were lost, 0 to 1.
    pub loss_in: f32,
    /// The share of our packets that the peer said were lost, 0 to 1, if it reports.
    pub loss_out: Option<f32>,
    /// Interarrival jitter of the peer's packets (RFC 3550 section 6.4.1).
    pub jitter: Duration,
    /// Round trip, if the peer sends reports.
    pub round_trip: Option<Duration>,
    /// Estimated opinion of a listener, 1 to 4.5 (ITU-T G.107).
    pub mos: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_workers_publish_adds_up() {
        let (one, two) = (SharedCounts::default(), SharedCounts::default());
        one.publish(&Counts { packets_sent: 3, legs: 1, ..Counts::default() });
        two.publish(&Counts { packets_sent: 4, rooms: 2, ..Counts::default() });
        let mut sum = Counts::default();
        one.add_to(&mut sum);
        two.add_to(&mut sum);
        assert_eq!(sum, Counts { packets_sent: 7, legs: 1, rooms: 2, ..Counts::default() });
    }
}
