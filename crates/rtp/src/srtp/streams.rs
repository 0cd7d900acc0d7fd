//! What is remembered of each stream of a session, for a bounded number of them.

/// Streams that one session can have in one direction, of RTP and again of RTCP; a browser needs one.
///
/// One stream more is refused. To forget another for its sake would be to forget what was received of it, and
/// whoever recorded that could play it again.
pub const SSRCS_MAX: usize = 16;

/// One state a stream, found by the stream's name.
#[derive(Clone, Debug)]
pub(super) struct Streams<T> {
    /// Filled from the front, never emptied.
    places: [Option<Stream<T>>; SSRCS_MAX],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Stream<T> {
    ssrc: u32,
    pub(super) state: T,
}

impl<T> Stream<T> {
    pub(super) fn new(ssrc: u32, state: T) -> Self {
        Self { ssrc, state }
    }
}

impl<T> Streams<T> {
    pub(super) fn new() -> Self {
        Self { places: [const { None }; SSRCS_MAX] }
    }

    /// The place of a stream: empty as long as the stream is new, none when it is new and all are taken.
    pub(super) fn place(&mut self, ssrc: u32) -> Option<&mut Option<Stream<T>>> {
        self.places.iter_mut().find(|place| place.as_ref().is_none_or(|stream| stream.ssrc == ssrc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_keep_their_places_until_all_are_taken() {
        let mut streams = Streams::new();
        for ssrc in 0..SSRCS_MAX as u32 {
            let place = streams.place(ssrc).unwrap();
            assert!(place.is_none());
            *place = Some(Stream::new(ssrc, ssrc * 10));
        }
        assert!(streams.place(99).is_none());
        assert_eq!(streams.place(7).unwrap().as_ref().unwrap().state, 70);
    }

    #[test]
    fn looking_for_a_place_takes_none() {
        let mut streams = Streams::<()>::new();
        (0..1_000).for_each(|ssrc| assert!(streams.place(ssrc).unwrap().is_none()));
    }
}
