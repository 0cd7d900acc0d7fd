//! Whether a packet is worth decoding, by what the room wants and what is known of the packet's level.
//!
//! A decode costs fifty times a look at the header (RFC 6464) or at the first bits of the payload, and most of those
//! in a room are silent. The level of G.711 is measured, and so is the truth. That of other codecs is told: by the
//! header, or by the sender's voice activity flags in the payload. Either is only a hint, though authenticated: a
//! peer may be wrong, or lie. What lies in it can win nobody the floor, for that is given by the sound that was
//! decoded. And who is said to be silent is [looked at](Due::InDoubt) now and then all the same; if that turns out to
//! be untrue, the stream's hints are not heeded any more.

use audio::codec::CodecKind;
use audio::level::Dbfs;
use mixer::Interest;

/// A packet is taken for silent when it is told to be so much fainter than what could get the floor: what headers
/// leave out by rounding, and by measuring before the codec, is far below this.
pub(crate) const HINT_MARGIN_DB: f32 = 6.0;

/// Packets in a row that may go without a look at them: 1 s of speech that is said to be silence.
pub(crate) const UNSEEN_PACKETS_MAX: u32 = 50;

/// The same for who has been found to tell the truth [often](PROVEN_OFTEN): 5 s. A look costs a tenth of a millisecond
/// of decoding, and in a large room nearly all are silent for minutes.
const UNSEEN_OF_PROVEN_MAX: u32 = 250;

/// A hint is held to account from the third silent packet on: a codec delays the sound by up to a packet, so
/// that the end of a word is still heard in one that says nothing of it.
const SILENT_PACKETS_MIN: u32 = 3;

/// Silent packets whose sound must have been found silent before any goes undecoded. Voice activity flags say that
/// nobody begins to speak, and nothing of a steady sound: whoever plays one from the start is heard out first.
const PROVEN_PACKETS_MIN: u32 = SILENT_PACKETS_MIN + 1;

/// Silent packets that were found so, from which on a stream is looked at less often: those from the start, and ten
/// more.
const PROVEN_OFTEN: u32 = PROVEN_PACKETS_MIN + 10;

/// Packets in a row that nobody would listen to, after which a stream rests: 2 s, so that whoever talks doesn't in its
/// pauses. Playout begins anew after a rest, which costs short packets some of what the next ones tell of lost ones.
const REST_PACKETS_MIN: u32 = 100;

/// The level that is known of a packet, in -dBov, if any is: `told` is its header's.
pub(crate) fn level_of(codec: CodecKind, payload: &[u8], told: Option<u8>) -> Option<u8> {
    match told {
        Some(_) if !codec.hint_is_exact() => told,
        _ => codec.level_hint(payload),
    }
}

/// What is to be done with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// It is decoded.
    Yes,
    /// It isn't.
    No,
    /// It isn't, if a look at it shows that it is as silent as it says.
    InDoubt,
}

/// Decides for one stream.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    /// Whether levels are measured rather than told.
    is_exact: bool,
    is_trusted: bool,
    /// Packets in a row that said that they are silent.
    silent: u32,
    /// Packets in a row that nobody has looked at.
    unseen: u32,
    /// Packets that said so, and were found silent.
    proven: u32,
    /// What the room had an interest in last.
    interest: Interest,
    /// Packets in a row that weren't worth it when they came.
    unwanted: u32,
}

impl Attention {
    pub(crate) fn new(codec: CodecKind) -> Self {
        Self {
            is_exact: codec.hint_is_exact(),
            is_trusted: true,
            silent: 0,
            unseen: 0,
            proven: 0,
            interest: Interest::Everything,
            unwanted: 0,
        }
    }

    /// Whether a packet of this level that has just come is to wait for its tick at all. After long enough of what
    /// nobody would listen to it need not, and the stream *rests*: the first packet that might be heard ends that.
    pub(crate) fn due_on_arrival(&mut self, level: Option<u8>) -> Due {
        let is_unwanted = match self.interest {
            Interest::Nothing => true,
            interest => self.is_believed() && self.says_silence(interest, level),
        };
        self.unwanted = if is_unwanted { self.unwanted.saturating_add(1) } else { 0 };
        if self.unwanted <= REST_PACKETS_MIN {
            return Due::Yes;
        }
        let is_in_doubt = self.is_in_doubt(self.interest);
        self.unseen = if is_in_doubt { 0 } else { self.unseen.saturating_add(1) };
        if is_in_doubt { Due::InDoubt } else { Due::No }
    }

    /// What the room had an interest in last.
    pub(crate) const fn interest(&self) -> Interest {
        self.interest
    }

    /// What the room has an interest in is not what it was.
    pub(crate) fn rouse(&mut self) {
        (self.interest, self.unwanted) = (Interest::Everything, 0);
    }

    /// What is to be done with the next packet; `level` is what is known of it, in -dBov.
    pub(crate) fn due(&mut self, interest: Interest, level: Option<u8>) -> Due {
        self.interest = interest;
        let says_silence = self.says_silence(interest, level);
        self.silent = if says_silence { self.silent.saturating_add(1) } else { 0 };
        let due = match interest {
            Interest::Nothing => Due::No,
            Interest::Everything => Due::Yes,
            Interest::From(_) if !says_silence || !self.is_believed() => Due::Yes,
            Interest::From(_) if self.is_in_doubt(interest) => Due::InDoubt,
            Interest::From(_) => Due::No,
        };
        if interest == Interest::Nothing {
            // What was silent before may be anything by the time that it is wanted again.
            self.proven = 0;
        }
        self.unseen = if due == Due::No { self.unseen.saturating_add(1) } else { 0 };
        due
    }

    /// Whether what is known of a packet's level says that it is too faint to get the floor.
    fn says_silence(&self, interest: Interest, level: Option<u8>) -> bool {
        let margin_db = if self.is_exact { 0.0 } else { HINT_MARGIN_DB };
        match (interest, level) {
            (Interest::From(least), Some(level)) => {
                -f32::from(level) < least.decibels() - margin_db
            }
            _ => false,
        }
    }

    /// Whether it is time to look at a packet that says it is silent.
    fn is_in_doubt(&self, interest: Interest) -> bool {
        let unseen_max = match self.proven {
            PROVEN_OFTEN.. => UNSEEN_OF_PROVEN_MAX,
            _ => UNSEEN_PACKETS_MAX,
        };
        matches!(interest, Interest::From(_)) && !self.is_exact && self.unseen >= unseen_max
    }

    /// Whether packets that say they are silent are believed.
    fn is_believed(&self) -> bool {
        self.is_exact || (self.is_trusted && self.proven >= PROVEN_PACKETS_MIN)
    }

    /// Holds what was told against the level of the packet's sound. Gives true when that is found untrue, which
    /// happens once.
    pub(crate) fn finds_untrue(&mut self, interest: Interest, found: Dbfs) -> bool {
        let Interest::From(least) = interest else { return false };
        let is_told_silent = self.is_trusted && !self.is_exact && self.silent > 0;
        if is_told_silent && found < least {
            self.proven = self.proven.saturating_add(1);
            return false;
        }
        if !is_told_silent || self.silent < SILENT_PACKETS_MIN {
            return false;
        }
        self.is_trusted = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CODEC: CodecKind = CodecKind::Opus;
    const FROM: Interest = Interest::From(Dbfs::new(-52.0));
    const LOUD: Option<u8> = Some(20);
    const SILENT: Option<u8> = Some(127);
    const QUIET: Dbfs = Dbfs::new(-80.0);
    const TONE: Dbfs = Dbfs::new(-20.0);

    impl Attention {
        /// Whether the next packet is looked at, be it by a decode or another way.
        fn is_due(&mut self, interest: Interest, level: Option<u8>) -> bool {
            self.due(interest, level) != Due::No
        }
    }

    /// One whose hints have proven true.
    fn proven() -> Attention {
        let mut attention = Attention::new(CODEC);
        for _ in 0..PROVEN_PACKETS_MIN {
            assert!(attention.is_due(FROM, SILENT));
            assert!(!attention.finds_untrue(FROM, QUIET));
        }
        attention
    }

    #[test]
    fn who_could_be_heard_is_decoded_at_once() {
        let mut attention = proven();
        assert!(attention.is_due(FROM, None), "no header");
        assert!(!attention.is_due(FROM, SILENT));
        assert!(attention.is_due(FROM, LOUD), "the first packet of a word");
        assert!(!attention.is_due(FROM, Some(59)) && attention.is_due(FROM, Some(58)));
        assert!(attention.is_due(Interest::Everything, SILENT), "a speaker's pause");
        assert!(!attention.is_due(Interest::Nothing, LOUD), "the muted");
    }

    #[test]
    fn the_silent_are_listened_to_now_and_then() {
        let mut attention = proven();
        let due = (0..1_000).filter(|_| attention.is_due(FROM, SILENT)).count();
        assert_eq!(due, 1_000 / (UNSEEN_PACKETS_MAX as usize + 1));
        let muted = (0..1_000).filter(|_| attention.is_due(Interest::Nothing, LOUD)).count();
        assert_eq!(muted, 0);
    }

    #[test]
    fn headers_that_are_found_untrue_are_not_heeded_any_more() {
        let mut attention = proven();
        let mut undecoded = 0;
        while !attention.is_due(FROM, SILENT) {
            undecoded += 1;
        }
        assert_eq!(undecoded, UNSEEN_PACKETS_MAX);
        assert!(attention.finds_untrue(FROM, TONE));
        assert!((0..1_000).all(|_| attention.is_due(FROM, SILENT)));
        assert!(!attention.finds_untrue(FROM, TONE), "it is told once");
    }

    #[test]
    fn the_end_of_a_word_and_true_silence_are_no_lie() {
        let mut attention = proven();
        attention.is_due(FROM, LOUD);
        attention.is_due(FROM, SILENT);
        assert!(!attention.finds_untrue(FROM, TONE), "it comes out with a delay");
        (0..60).for_each(|_| _ = attention.is_due(FROM, SILENT));
        assert!(!attention.finds_untrue(FROM, QUIET));
        assert!(!attention.finds_untrue(Interest::Everything, TONE));
        assert!(!attention.is_due(FROM, SILENT), "it is trusted still");
    }

    /// A steady tone, in which an encoder finds no voice.
    #[test]
    fn trust_is_earned_from_the_start_and_after_a_mute() {
        let mut attention = Attention::new(CODEC);
        for packet in 1..=200 {
            assert!(attention.is_due(FROM, SILENT));
            assert_eq!(attention.finds_untrue(FROM, TONE), packet == SILENT_PACKETS_MIN);
        }
        let mut attention = proven();
        assert!(!attention.is_due(FROM, SILENT));
        assert!(!attention.is_due(Interest::Nothing, SILENT));
        assert!(attention.is_due(FROM, SILENT));
    }

    #[test]
    fn what_is_measured_is_believed_to_the_decibel() {
        let mut attention = Attention::new(CodecKind::Pcma);
        assert!((0..1_000).all(|_| !attention.is_due(FROM, SILENT)));
        assert!(attention.is_due(FROM, Some(52)) && !attention.is_due(FROM, Some(53)));
        assert!(attention.is_due(Interest::Everything, SILENT));
    }

    /// Packets that are enough for a rest.
    const MANY: usize = 200;

    /// How many of so many packets of this level wait for their ticks before the stream rests.
    fn awake_for(attention: &mut Attention, level: Option<u8>) -> usize {
        (0..MANY).take_while(|_| attention.due_on_arrival(level) == Due::Yes).count()
    }

    #[test]
    fn who_is_silent_for_long_rests_until_something_might_be_heard() {
        const FEW: usize = REST_PACKETS_MIN as usize;
        for mut attention in [Attention::new(CodecKind::Pcma), proven()] {
            attention.rouse();
            assert_eq!(awake_for(&mut attention, SILENT), MANY, "no interest was told yet");
            attention.is_due(FROM, SILENT);
            assert_eq!(awake_for(&mut attention, SILENT), FEW);
            assert_eq!(attention.due_on_arrival(LOUD), Due::Yes, "the first packet of a word");
            assert_eq!(awake_for(&mut attention, SILENT), FEW, "a pause in it");
            attention.is_due(Interest::Everything, LOUD);
            assert_eq!(awake_for(&mut attention, SILENT), MANY, "who has the floor");
            attention.is_due(Interest::Nothing, LOUD);
            assert_eq!(awake_for(&mut attention, LOUD), FEW, "who is muted");
            attention.rouse();
            assert_eq!(awake_for(&mut attention, LOUD), MANY, "and no more");
        }
    }

    #[test]
    fn who_is_only_said_to_be_silent_is_looked_at_in_its_rest() {
        let mut attention = Attention::new(CODEC);
        attention.is_due(FROM, SILENT);
        assert_eq!(awake_for(&mut attention, SILENT), MANY, "nothing is proven");
        let mut attention = proven();
        awake_for(&mut attention, SILENT);
        let rest = (0..1_000).map(|_| attention.due_on_arrival(SILENT)).collect::<Vec<_>>();
        let looks = rest.iter().filter(|due| **due == Due::InDoubt).count();
        assert_eq!(looks, 1_000 / (UNSEEN_PACKETS_MAX as usize + 1));
        assert!(!rest.contains(&Due::Yes));
        assert!(attention.finds_untrue(attention.interest(), TONE));
        assert_eq!(awake_for(&mut attention, SILENT), MANY, "it is not believed any more");
        let mut measured = Attention::new(CodecKind::Pcma);
        measured.is_due(FROM, SILENT);
        awake_for(&mut measured, SILENT);
        assert!((0..1_000).all(|_| measured.due_on_arrival(SILENT) == Due::No));
    }

    #[test]
    fn who_has_told_the_truth_often_is_looked_at_less_often_until_it_lies() {
        let mut attention = proven();
        let mut unseen = Vec::new();
        for _ in 0..13 {
            unseen.push((0..1_000).take_while(|_| !attention.is_due(FROM, SILENT)).count() as u32);
            assert!(!attention.finds_untrue(FROM, QUIET));
        }
        assert_eq!(unseen[..10], [UNSEEN_PACKETS_MAX; 10]);
        assert_eq!(unseen[10..], [UNSEEN_OF_PROVEN_MAX; 3]);
        attention.is_due(FROM, SILENT);
        assert!(attention.finds_untrue(FROM, TONE));
        assert!((0..1_000).all(|_| attention.is_due(FROM, SILENT)));
    }

    #[test]
    fn levels_are_measured_or_else_told_by_the_header_or_the_payload() {
        let silence = [0xD5; 160];
        assert_eq!(level_of(CodecKind::Pcma, &silence, Some(20)), Some(72), "the header is untrue");
        assert_eq!(level_of(CodecKind::Opus, &[0xF8, 0xFF, 0xFE], Some(20)), Some(20));
        assert_eq!(level_of(CodecKind::Opus, &[0xF8, 0xFF, 0xFE], None), Some(127));
        assert_eq!(level_of(CodecKind::G722, &silence, None), None);
    }

    proptest! {
        /// Whatever headers say, nobody goes unheard for longer than the limit.
        #[test]
        fn no_header_keeps_a_voice_out(levels in prop::collection::vec(any::<Option<u8>>(), 0..600)) {
            let mut attention = Attention::new(CODEC);
            let mut unheard = 0;
            for level in levels {
                unheard = if attention.is_due(FROM, level) { 0 } else { unheard + 1 };
                prop_assert!(unheard <= UNSEEN_PACKETS_MAX);
            }
        }
    }
}
