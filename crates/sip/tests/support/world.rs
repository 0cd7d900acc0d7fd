//! Two endpoints and a network that loses, delays, reorders and duplicates: the same way for the same seed.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    net::SocketAddr,
    time::Duration,
};

use bytes::Bytes;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use sip::{
    CallId, Command, EndCause, Entropy, SipEvent, Stats,
    endpoint::{Core, Output},
};

use super::{OneAddress, datagram, settings};

/// How bad the network is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// In percent.
    pub(crate) loss: u32,
    /// In percent.
    pub(crate) duplicates: u32,
    /// Datagrams take up to so long, each its own time.
    pub(crate) delay_max: Duration,
}

/// The two endpoints: 0 calls, 1 is called.
pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) rng: StdRng,
    weather: Weather,
    nodes: [Node; 2],
    queue: BinaryHeap<Reverse<(Duration, u64)>>,
    items: BTreeMap<u64, Item>,
    count: u64,
}

pub(crate) struct Node {
    address: SocketAddr,
    pub(crate) core: Core,
    /// What became of each call.
    pub(crate) calls: BTreeMap<CallId, Story>,
}

/// What an endpoint told of one call.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) answered: bool,
    pub(crate) events: usize,
    pub(crate) end: Option<EndCause>,
}

enum Item {
    Datagram { to: usize, from: SocketAddr, data: Bytes },
    Command { to: usize, command: Command },
}

/// Who decides what an endpoint's owner does.
pub(crate) type Owner<'a> = &'a mut dyn FnMut(&mut World, usize, &SipEvent);

impl World {
    pub(crate) fn new(seed: u64, weather: Weather) -> Self {
        let addresses = [SocketAddr::from(([192, 0, 2, 1], 5060)), ([192, 0, 2, 2], 5060).into()];
        let node = |own: usize| {
            let (address, peer) = (addresses[own], addresses[1 - own]);
            let core = Core::new(
                settings(address, peer),
                Box::new(OneAddress(address.ip())),
                Entropy::from_seed(seed * 2 + own as u64),
            );
            Node { address, core, calls: BTreeMap::new() }
        };
        Self {
            now: Duration::ZERO,
            rng: StdRng::seed_from_u64(seed),
            weather,
            nodes: [node(0), node(1)],
            queue: BinaryHeap::new(),
            items: BTreeMap::new(),
            count: 0,
        }
    }

    pub(crate) fn node(&self, which: usize) -> &Node {
        &self.nodes[which]
    }

    pub(crate) fn stats(&self) -> [Stats; 2] {
        [self.nodes[0].core.stats(), self.nodes[1].core.stats()]
    }

    /// Lets an endpoint's owner do something later.
    pub(crate) fn command(&mut self, after: Duration, to: usize, command: Command) {
        self.plan(after, Item::Command { to, command });
    }

    /// Up to `max`, by chance.
    pub(crate) fn some_time(&mut self, max: Duration) -> Duration {
        Duration::from_micros(self.rng.random_range(0..=max.as_micros() as u64))
    }

    /// Runs until nothing is left to do, or until `until`.
    pub(crate) fn run(&mut self, until: Duration, owner: Owner<'_>) {
        loop {
            let planned = self.queue.peek().map(|Reverse((at, _))| *at);
            let due = self.nodes.iter().filter_map(|node| node.core.poll_timeout());
            let Some(next) = planned.into_iter().chain(due).min().filter(|at| *at <= until) else {
                return;
            };
            self.now = self.now.max(next);
            match planned.filter(|at| *at <= self.now).and_then(|_| self.queue.pop()) {
                Some(Reverse((_, id))) => self.happen(id),
                None => {
                    for node in &mut self.nodes {
                        node.core.handle_timeout(self.now);
                    }
                }
            }
            self.flush(owner);
        }
    }

    fn happen(&mut self, id: u64) {
        match self.items.remove(&id).unwrap() {
            Item::Datagram { to, from, data } => {
                self.nodes[to].core.handle_message(self.now, datagram(from), &data);
            }
            Item::Command { to, command } => self.nodes[to].core.handle_command(self.now, command),
        }
    }

    fn flush(&mut self, owner: Owner<'_>) {
        for which in 0..2 {
            while let Some(output) = self.nodes[which].core.poll_output() {
                match output {
                    Output::Send(_, data) => self.transmit(which, data),
                    Output::Event(event) => {
                        self.nodes[which].note(&event);
                        owner(self, which, &event);
                    }
                }
            }
        }
    }

    fn transmit(&mut self, from: usize, data: Bytes) {
        let copies = if self.chance(self.weather.duplicates) { 2 } else { 1 };
        for _ in 0..copies {
            if !self.chance(self.weather.loss) {
                let delay = self.some_time(self.weather.delay_max);
                let (to, from) = (1 - from, self.nodes[from].address);
                self.plan(delay, Item::Datagram { to, from, data: data.clone() });
            }
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.next_u32() % 100 < percent
    }

    fn plan(&mut self, after: Duration, item: Item) {
        self.count += 1;
        self.queue.push(Reverse((self.now + after, self.count)));
        self.items.insert(self.count, item);
    }
}

impl Node {
    fn note(&mut self, event: &SipEvent) {
        let story = self.calls.entry(event.call()).or_default();
        story.events += 1;
        assert!(story.end.is_none(), "{event:?} after the end");
        match event {
            SipEvent::Answered { .. } => story.answered = true,
            SipEvent::Ended { cause, .. } => story.end = Some(cause.clone()),
            _ => {}
        }
    }
}
