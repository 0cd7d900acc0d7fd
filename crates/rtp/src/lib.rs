//! RTP, RTCP and telephone-event packets, the jitter buffer, the send side and stream statistics.
