//! What a network does to packets, by chance that is the same every time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::random::Random;

/// By how much an overtaken packet comes after the one that overtook it.
const OVERTAKEN: Duration = Duration::from_micros(500);

/// How a network is.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// How long each packet takes at least.
    pub delay: Duration,
    /// By how much longer it may take, each time as likely as any other. Packets keep their order all the same:
    /// one that would overtake another comes right after it, as out of a router's queue.
    pub jitter: Duration,
    /// What gets lost.
    pub loss: Loss,
    /// The share of packets that the next one overtakes, 0 to 1.
    pub reordered: f64,
    /// The share of packets that come twice, 0 to 1.
    pub duplicated: f64,
    /// When nothing comes through; what was sent meanwhile comes at once afterwards.
    pub stalls: Vec<Stall>,
}

/// Which packets get lost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Loss {
    /// None.
    #[default]
    Nothing,
    /// Each with this probability, 0 to 1, whatever happened to the others.
    Random(f64),
    /// In bursts (the model of Gilbert, 1960).
    Bursts {
        /// The share of all packets that are lost.
        share: f64,
        /// How many are lost in a row, on average.
        packets: f64,
    },
}

/// A time in which nothing comes through.
#[derive(Debug, Clone, Copy)]
pub struct Stall {
    /// When it begins.
    pub at: Duration,
    /// How long it lasts.
    pub lasts: Duration,
}

impl Weather {
    /// A network that loses packets, each with this probability, and does no other harm.
    #[must_use]
    pub fn losing(share: f64) -> Self {
        Self { loss: Loss::Random(share), ..Self::default() }
    }
}

/// One way through the network, for items of some kind.
pub(crate) struct Path<T> {
    weather: Weather,
    random: Random,
    is_in_burst: bool,
    /// When the last packet comes that was not overtaken.
    last: Duration,
    overtaken: Option<T>,
    /// Items sent so far, by which those that come at one moment keep their order.
    sent: u64,
    travelling: BinaryHeap<Reverse<Travelling<T>>>,
}

/// Something on its way.
struct Travelling<T> {
    arrives: Duration,
    number: u64,
    item: T,
}

impl<T: Clone> Path<T> {
    pub(crate) fn new(weather: Weather, random: Random) -> Self {
        Self {
            weather,
            random,
            is_in_burst: false,
            last: Duration::ZERO,
            overtaken: None,
            sent: 0,
            travelling: BinaryHeap::new(),
        }
    }

    /// Takes something in that is sent at `now`, which is never before the last one's time.
    pub(crate) fn send(&mut self, now: Duration, item: T) {
        if self.is_lost() {
            return;
        }
        let is_overtaken = self.random.happens(self.weather.reordered);
        let is_twice = self.random.happens(self.weather.duplicated);
        let jitter = self.random.up_to(self.weather.jitter);
        let arrives = self.after_stalls(now + self.weather.delay + jitter).max(self.last);
        if is_overtaken && self.overtaken.is_none() {
            self.overtaken = Some(item);
            return;
        }
        self.last = arrives;
        if is_twice {
            self.add(arrives, item.clone());
        }
        self.add(arrives, item);
        if let Some(late) = self.overtaken.take() {
            self.add(arrives + OVERTAKEN, late);
        }
    }

    /// The next that has come by `now`, and when it came.
    pub(crate) fn receive(&mut self, now: Duration) -> Option<(Duration, T)> {
        if self.travelling.peek()?.0.arrives > now {
            return None;
        }
        let Reverse(Travelling { arrives, item, .. }) = self.travelling.pop()?;
        Some((arrives, item))
    }

    fn add(&mut self, arrives: Duration, item: T) {
        self.sent += 1;
        self.travelling.push(Reverse(Travelling { arrives, number: self.sent, item }));
    }

    fn is_lost(&mut self) -> bool {
        match self.weather.loss {
            Loss::Nothing => false,
            Loss::Random(share) => self.random.happens(share),
            Loss::Bursts { share, packets } => {
                let ends = 1.0 / packets.max(1.0);
                let begins = ends * share / (1.0 - share).max(f64::MIN_POSITIVE);
                let changes = if self.is_in_burst { ends } else { begins };
                self.is_in_burst ^= self.random.happens(changes);
                self.is_in_burst
            }
        }
    }

    fn after_stalls(&self, arrives: Duration) -> Duration {
        self.weather.stalls.iter().fold(arrives, |arrives, stall| {
            let end = stall.at + stall.lasts;
            if (stall.at..end).contains(&arrives) { end } else { arrives }
        })
    }
}

impl<T> Travelling<T> {
    fn order(&self) -> (Duration, u64) {
        (self.arrives, self.number)
    }
}

impl<T> PartialEq for Travelling<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl<T> Eq for Travelling<T> {}

impl<T> PartialOrd for Travelling<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Travelling<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKETS: u32 = 20_000;
    const PERIOD: Duration = Duration::from_millis(20);

    /// The packets that came, in their order, with how long each took.
    fn through(weather: Weather) -> Vec<(u32, Duration)> {
        let mut path = Path::new(weather, Random::new(3));
        (0..PACKETS).for_each(|number| path.send(PERIOD * number, number));
        let come = std::iter::from_fn(|| path.receive(Duration::MAX));
        come.map(|(at, number)| (number, at.saturating_sub(PERIOD * number))).collect()
    }

    #[test]
    fn in_fair_weather_all_come_in_time() {
        let come = through(Weather { delay: Duration::from_millis(50), ..Weather::default() });
        assert_eq!(come.len(), PACKETS as usize);
        assert!(
            come.iter().zip(0..).all(|(&(number, took), n)| number == n && took.as_millis() == 50)
        );
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_the_order_is_kept() {
        let ms = Duration::from_millis;
        let come = through(Weather { delay: ms(30), jitter: ms(40), ..Weather::default() });
        assert!(come.iter().all(|(_, took)| (ms(30)..ms(70)).contains(took)));
        assert!(come.is_sorted_by_key(|(number, _)| *number));
        assert!(come.iter().any(|(_, took)| *took > ms(69)));
    }

    #[test]
    fn losses_are_as_many_and_as_long_as_asked_for() {
        let lost = |loss| {
            let come = through(Weather { loss, ..Weather::default() });
            let gaps = come.windows(2).map(|pair| pair[1].0 - pair[0].0 - 1).filter(|gap| *gap > 0);
            let (bursts, lost) = gaps.fold((0, 0), |(bursts, lost), gap| (bursts + 1, lost + gap));
            (f64::from(lost) / f64::from(PACKETS), f64::from(lost) / f64::from(bursts.max(1)))
        };
        assert_eq!(lost(Loss::Nothing), (0.0, 0.0));
        let (share, packets) = lost(Loss::Random(0.1));
        assert!((share - 0.1).abs() < 0.01 && (packets - 1.1).abs() < 0.05, "{share} {packets}");
        let (share, packets) = lost(Loss::Bursts { share: 0.1, packets: 4.0 });
        assert!((share - 0.1).abs() < 0.015 && (packets - 4.0).abs() < 0.4, "{share} {packets}");
    }

    #[test]
    fn some_are_overtaken_and_some_come_twice() {
        let come = through(Weather { reordered: 0.05, duplicated: 0.02, ..Weather::default() });
        let late = come.windows(2).filter(|pair| pair[1].0 < pair[0].0).count();
        let twice = come.windows(2).filter(|pair| pair[1].0 == pair[0].0).count();
        assert!((800..1_100).contains(&late) && (300..500).contains(&twice), "{late} {twice}");
    }

    #[test]
    fn what_stalls_comes_at_once_afterwards() {
        let stall = Stall { at: PERIOD * 100, lasts: Duration::from_secs(2) };
        let come = through(Weather { stalls: vec![stall], ..Weather::default() });
        let at = |number: u32| PERIOD * number + come[number as usize].1;
        assert_eq!(at(99), PERIOD * 99);
        assert!((100..200).all(|number| at(number) == stall.at + stall.lasts));
        assert_eq!(at(201), PERIOD * 201);
    }
}
