//! How often those that no trunk vouches for get an answer.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use crate::Limits;

/// A token bucket for each address: so many answers a second, saved up for one second at most.
#[derive(Debug)]
pub(super) struct Strangers {
    seen: HashMap<IpAddr, Bucket>,
    rate_per_second: u32,
    addresses_max: usize,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    answers: f64,
    at: Duration,
}

impl Strangers {
    pub(super) fn new(limits: &Limits) -> Self {
        let (rate_per_second, addresses_max) =
            (limits.stranger_rate_per_second, limits.strangers_max);
        Self { seen: HashMap::new(), rate_per_second, addresses_max }
    }

    /// Whether this address may have another answer. IPv6 hosts own whole networks, so these share one bucket.
    pub(super) fn may_answer(&mut self, now: Duration, address: IpAddr) -> bool {
        let full = f64::from(self.rate_per_second);
        let address = network(address);
        if !self.seen.contains_key(&address) && self.seen.len() >= self.addresses_max {
            self.forget_some(now);
        }
        let bucket = self.seen.entry(address).or_insert(Bucket { answers: full, at: now });
        let passed = now.saturating_sub(bucket.at).as_secs_f64();
        bucket.answers = (bucket.answers + passed * full).min(full);
        bucket.at = now;
        let may = bucket.answers >= 1.0;
        if may {
            bucket.answers -= 1.0;
        }
        may
    }

    /// Forgets those whose bucket is full again; when there are none, the one unseen for longest.
    fn forget_some(&mut self, now: Duration) {
        let second = Duration::from_secs(1);
        self.seen.retain(|_, bucket| now.saturating_sub(bucket.at) < second);
        if self.seen.len() >= self.addresses_max {
            let oldest = self.seen.iter().min_by_key(|(_, bucket)| bucket.at);
            if let Some(address) = oldest.map(|(address, _)| *address) {
                self.seen.remove(&address);
            }
        }
    }
}

/// IPv4 addresses as they are, IPv6 ones as their /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & (u128::MAX << 64)).to_be_bytes()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(rate: u32, addresses: usize) -> Limits {
        Limits { stranger_rate_per_second: rate, strangers_max: addresses, ..Limits::default() }
    }

    #[test]
    fn answers_so_many_times_a_second() {
        let mut strangers = Strangers::new(&limits(3, 10));
        let address = IpAddr::from([192, 0, 2, 1]);
        let at = |ms| Duration::from_millis(ms);
        let answered = (0..10).filter(|_| strangers.may_answer(at(0), address)).count();
        assert_eq!(answered, 3);
        assert!(strangers.may_answer(at(0), IpAddr::from([192, 0, 2, 2])));
        let answered = (1..=1000).filter(|ms| strangers.may_answer(at(*ms), address)).count();
        assert_eq!(answered, 3);
    }

    #[test]
    fn remembers_a_bounded_number_of_addresses() {
        let mut strangers = Strangers::new(&limits(3, 10));
        for host in 0..1000_u32 {
            assert!(strangers.may_answer(Duration::ZERO, IpAddr::from(host.to_be_bytes())));
            assert!(strangers.seen.len() <= 10);
        }
    }

    #[test]
    fn a_whole_ipv6_network_is_one_stranger() {
        let mut strangers = Strangers::new(&limits(1, 10));
        assert!(strangers.may_answer(Duration::ZERO, "2001:db8::1".parse().unwrap()));
        assert!(!strangers.may_answer(Duration::ZERO, "2001:db8::2".parse().unwrap()));
    }
}
