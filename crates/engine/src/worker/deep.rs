//! Places for those decoders whose networks are worth their memory and time: of peers that lose packets.
//!
//! A decoder of Opus that guesses by neural networks takes 88 kB instead of 20, and 500 to 900 µs for the first 20 ms of a
//! loss, 150 for those after. So a worker has a few places for such, and a peer that loses something gets one if one is
//! free, until it has lost nothing for some time. Who finds none is made up for as plainly as ever, and so are all while the
//! worker has [much to do](super::effort).

use std::time::Duration;

use audio::codec::{Decoder, DeepPlace, DredReader};

/// Places of a worker: 0.7 MB. Should all of them lose something in one and the same tick, that takes 4 to 7 ms of its 20.
const PLACES: usize = 8;

/// Packets without a loss after which a place is given up: ten seconds of 20 ms each.
const CALM_PACKETS: u32 = 500;

/// Packets that must be decoded in a place before its networks have heard enough to guess: 160 ms of 20 ms each.
const LEARNT_PACKETS: u32 = 8;

/// What was not used for so long is free: its decoder rests, or its leg has gone. If it comes back, it begins anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3);

/// The places of a worker, and its reader of deep redundancy.
#[derive(Debug)]
pub(crate) struct DeepPlaces {
    places: Box<[Held]>,
    reader: Option<DredReader>,
    now: Duration,
    /// Whether there is no time for networks just now.
    is_spared: bool,
    /// Tickets that were given out, so far.
    tickets: u64,
}

#[derive(Debug)]
struct Held {
    /// None while it is in use.
    place: Option<DeepPlace>,
    /// The ticket of whoever has settled here, and its last use.
    holder: Option<(u64, Duration)>,
}

/// What a decoder has that has settled in a place.
#[derive(Debug, Clone, Copy)]
struct Ticket {
    index: usize,
    number: u64,
    /// Packets that were decoded there, and those of them after the last loss.
    decoded: u32,
    calm: u32,
    /// Whether it guesses deeply.
    is_deep: bool,
}

/// How a decoder stands with its worker's places.
#[derive(Debug, Default)]
pub(crate) struct Depth {
    ticket: Option<Ticket>,
}

impl DeepPlaces {
    /// Allocates them: none if libopus can't make any.
    pub(crate) fn new() -> Self {
        let held = || DeepPlace::new().ok().map(|place| Held { place: Some(place), holder: None });
        let places = (0..PLACES).filter_map(|_| held()).collect();
        Self {
            places,
            reader: DredReader::new().ok(),
            now: Duration::ZERO,
            is_spared: false,
            tickets: 0,
        }
    }

    /// What is done from now on is done at this time.
    pub(crate) fn begin(&mut self, now: Duration) {
        self.now = now;
    }

    /// Whether all guess plainly from now on, as the worker has much to do.
    pub(crate) fn spare(&mut self, is_spared: bool) {
        self.is_spared = is_spared;
    }

    /// Takes a place that nobody has, or nobody has used for long.
    fn take_free(&mut self) -> Option<(usize, DeepPlace)> {
        let now = self.now;
        let is_free = |held: &Held| match held.holder {
            Some((_, last)) => now.saturating_sub(last) > FORGOTTEN_AFTER,
            None => true,
        };
        let index = self.places.iter().position(is_free)?;
        Some((index, self.places.get_mut(index)?.place.take()?))
    }

    /// Takes the place of a ticket, if it still holds.
    fn take(&mut self, ticket: &Ticket) -> Option<DeepPlace> {
        let held = self.places.get_mut(ticket.index)?;
        let (number, _) = held.holder?;
        if number == ticket.number { held.place.take() } else { None }
    }

    /// Puts a place back, which is free if nobody holds it.
    fn put(&mut self, index: usize, place: Option<DeepPlace>, holder: Option<u64>) {
        let Some(held) = self.places.get_mut(index) else { return };
        held.place = place;
        held.holder = holder.map(|number| (number, self.now));
    }

    /// Takes the reader of deep redundancy, until it is put back; none if there is no time for it.
    pub(crate) fn take_reader(&mut self) -> Option<DredReader> {
        self.reader.take_if(|_| !self.is_spared)
    }

    pub(crate) fn put_reader(&mut self, reader: Option<DredReader>) {
        self.reader = reader.or(self.reader.take());
    }
}

impl Depth {
    /// Gives `decoder` its place, if it has one, for what comes now. What is forgotten of it, it has to begin anew.
    pub(crate) fn sit(&mut self, decoder: &mut Decoder, places: &mut DeepPlaces) {
        let Some(ticket) = &self.ticket else { return };
        match places.take(ticket) {
            Some(place) => {
                drop(decoder.lend(Some(place)));
                if places.is_spared {
                    self.pause(decoder);
                }
            }
            None => {
                self.ticket = None;
                decoder.reset();
            }
        }
    }

    /// Puts its place back, for the next time, or for others if nothing was lost for long.
    pub(crate) fn rise(&mut self, decoder: &mut Decoder, places: &mut DeepPlaces) {
        let Some(ticket) = self.ticket else { return };
        if ticket.calm < CALM_PACKETS {
            let place = decoder.lend(None);
            return places.put(ticket.index, place, Some(ticket.number));
        }
        let place = decoder.leave();
        places.put(ticket.index, place, None);
        self.ticket = None;
    }

    /// A packet is decoded.
    pub(crate) fn decoded(&mut self, decoder: &mut Decoder, places: &DeepPlaces) {
        let Some(ticket) = &mut self.ticket else { return };
        ticket.calm = ticket.calm.saturating_add(1);
        ticket.decoded = ticket.decoded.saturating_add(1);
        if ticket.decoded >= LEARNT_PACKETS && !ticket.is_deep && !places.is_spared {
            decoder.guess_deeply(true);
            ticket.is_deep = true;
        }
    }

    /// The peer has paused, and comfort noise is made of that until something is decoded again: no work for networks.
    pub(crate) fn pause(&mut self, decoder: &mut Decoder) {
        if let Some(ticket) = self.ticket.as_mut().filter(|ticket| ticket.is_deep) {
            decoder.guess_deeply(false);
            ticket.is_deep = false;
        }
    }

    /// Something was lost, and made up for.
    pub(crate) fn lost(&mut self, decoder: &mut Decoder, places: &mut DeepPlaces) {
        if let Some(ticket) = &mut self.ticket {
            ticket.calm = 0;
            return;
        }
        let Some((index, place)) = places.take_free() else { return };
        if let Some(place) = decoder.settle(place) {
            // It is of another codec.
            return places.put(index, Some(place), None);
        }
        places.tickets += 1;
        let number = places.tickets;
        self.ticket = Some(Ticket { index, number, decoded: 0, calm: 0, is_deep: false });
        places.put(index, None, Some(number));
    }

    /// Its decoder has begun anew where it is: the networks have nothing to go by.
    pub(crate) fn begin_anew(&mut self) {
        if let Some(ticket) = &mut self.ticket {
            (ticket.decoded, ticket.is_deep) = (0, false);
        }
    }

    /// Its decoder goes on without its place, which will be forgotten.
    pub(crate) fn abandon(&mut self) {
        self.ticket = None;
    }
}

#[cfg(test)]
mod tests {
    use audio::codec::{CodecKind, DECODED_SAMPLES_MAX};

    use super::*;

    /// A packet of silence: 20 ms by the transform coder.
    const PACKET: [u8; 3] = [0xF8, 0xFF, 0xFE];

    struct Peer(Decoder, Depth);

    impl Peer {
        fn new(codec: CodecKind) -> Self {
            Self(Decoder::new(codec).unwrap(), Depth::default())
        }

        fn lose(&mut self, places: &mut DeepPlaces) {
            self.1.sit(&mut self.0, places);
            self.0.conceal(&mut [0.0; 960]);
            self.1.lost(&mut self.0, places);
            self.1.rise(&mut self.0, places);
        }

        fn decode(&mut self, places: &mut DeepPlaces) {
            self.1.sit(&mut self.0, places);
            self.1.decoded(&mut self.0, places);
            self.0.decode(&PACKET, &mut [0.0; DECODED_SAMPLES_MAX]).unwrap();
            self.1.rise(&mut self.0, places);
        }

        fn has_place(&self) -> bool {
            self.1.ticket.is_some()
        }
    }

    fn free(places: &DeepPlaces) -> usize {
        assert!(places.places.iter().all(|held| held.place.is_some()), "none is in use");
        places.places.iter().filter(|held| held.holder.is_none()).count()
    }

    #[test]
    fn who_loses_something_has_a_place_until_nothing_is_lost_for_long() {
        let (mut places, mut peer) = (DeepPlaces::new(), Peer::new(CodecKind::Opus));
        peer.decode(&mut places);
        assert!(!peer.has_place());
        peer.lose(&mut places);
        for _ in 0..CALM_PACKETS - 1 {
            peer.decode(&mut places);
        }
        assert!(peer.has_place() && free(&places) == PLACES - 1);
        peer.lose(&mut places);
        for _ in 0..CALM_PACKETS - 1 {
            peer.decode(&mut places);
        }
        assert!(peer.has_place() && peer.1.ticket.unwrap().is_deep);
        peer.decode(&mut places);
        assert!(!peer.has_place() && free(&places) == PLACES);
    }

    #[test]
    fn there_are_no_more_than_so_many_and_none_is_held_by_who_has_gone() {
        let mut places = DeepPlaces::new();
        let mut peers: Vec<_> = (0..=PLACES).map(|_| Peer::new(CodecKind::Opus)).collect();
        peers.iter_mut().for_each(|peer| peer.lose(&mut places));
        assert!(peers[..PLACES].iter().all(Peer::has_place) && !peers[PLACES].has_place());
        places.begin(FORGOTTEN_AFTER);
        peers[0].decode(&mut places);
        peers[PLACES].lose(&mut places);
        assert!(!peers[PLACES].has_place(), "all are used");
        places.begin(FORGOTTEN_AFTER + Duration::from_millis(20));
        peers[PLACES].lose(&mut places);
        assert!(peers[0].has_place() && peers[PLACES].has_place());
        // The one whose place it was begins anew without, and may have another.
        peers[1].decode(&mut places);
        assert!(!peers[1].has_place());
        peers[1].lose(&mut places);
        assert!(peers[1].has_place());
    }

    #[test]
    fn others_than_opus_have_no_use_for_one() {
        let (mut places, mut peer) = (DeepPlaces::new(), Peer::new(CodecKind::Pcma));
        peer.lose(&mut places);
        assert!(!peer.has_place() && free(&places) == PLACES);
    }

    #[test]
    fn a_worker_that_has_much_to_do_spares_itself_the_networks() {
        let (mut places, mut peer) = (DeepPlaces::new(), Peer::new(CodecKind::Opus));
        peer.lose(&mut places);
        for (is_spared, packets) in [(false, 20), (true, 1), (true, 20), (false, 1)] {
            places.spare(is_spared);
            assert!(places.reader.is_some());
            for _ in 0..packets {
                peer.decode(&mut places);
            }
            assert_eq!(peer.1.ticket.unwrap().is_deep, !is_spared);
            let reader = places.take_reader();
            assert_eq!(reader.is_some(), !is_spared);
            places.put_reader(reader);
        }
    }

    #[test]
    fn pauses_are_no_work_for_networks() {
        let (mut places, mut peer) = (DeepPlaces::new(), Peer::new(CodecKind::Opus));
        peer.lose(&mut places);
        for _ in 0..LEARNT_PACKETS {
            assert!(!peer.1.ticket.unwrap().is_deep);
            peer.decode(&mut places);
        }
        assert!(peer.1.ticket.unwrap().is_deep);
        peer.1.sit(&mut peer.0, &mut places);
        peer.1.pause(&mut peer.0);
        peer.1.rise(&mut peer.0, &mut places);
        assert!(!peer.1.ticket.unwrap().is_deep);
        peer.decode(&mut places);
        assert!(peer.1.ticket.unwrap().is_deep);
    }
}
