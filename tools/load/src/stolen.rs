//! What the host of a virtual machine takes from its cores, as the kernel counts it in `/proc/stat`.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use crate::measured::Stolen;

/// Hundredths of a second, in which the kernel counts (`USER_HZ` is 100 everywhere).
const TICKS_PER_S: f64 = 100.0;

/// Where a core's stolen time stands in its line: user, nice, system, idle, iowait, irq, softirq, steal (proc(5)).
const STEAL: usize = 7;

/// What was stolen from each core since the machine was started.
#[derive(Clone, Debug)]
pub(crate) struct StolenSoFar {
    at: Instant,
    ticks: BTreeMap<usize, u64>,
}

impl StolenSoFar {
    /// As of now. Where the kernel doesn't tell, nothing was.
    pub(crate) fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        Self { at: Instant::now(), ticks: parse(&stat) }
    }

    /// What was stolen from then to now, of those cores that count; of all if none is named.
    pub(crate) fn since(&self, earlier: &Self, cores: &[usize]) -> Stolen {
        let seconds = self.at.saturating_duration_since(earlier.at).as_secs_f64();
        let counts = |core: &usize| cores.is_empty() || cores.contains(core);
        let percent = |(core, ticks): (&usize, &u64)| {
            let stolen = ticks.saturating_sub(earlier.ticks.get(core).copied().unwrap_or(*ticks));
            let percent = stolen as f64 / TICKS_PER_S / seconds.max(1e-3) * 100.0;
            // A tick that was counted a little late may make it more than all.
            (*core, percent.min(100.0))
        };
        Stolen {
            percent: self.ticks.iter().filter(|(core, _)| counts(core)).map(percent).collect(),
        }
    }
}

fn parse(stat: &str) -> BTreeMap<usize, u64> {
    let core = |line: &str| {
        let mut words = line.strip_prefix("cpu")?.split(' ');
        // The first line is the sum of all and has no number.
        let core = words.next()?.parse().ok()?;
        Some((core, words.nth(STEAL)?.parse().ok()?))
    };
    stat.lines().filter_map(core).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const STAT: &str = "\
cpu  30 0 30 500 9 0 7 90 0 0
cpu0 10 0 10 250 4 0 3 40 0 0
cpu1 20 0 20 250 5 0 4 50 0 0
intr 5 cpu2
";

    #[test]
    fn a_core_s_stolen_time_is_found() {
        assert_eq!(parse(STAT), [(0, 40), (1, 50)].into());
        assert!(parse("").is_empty());
    }

    #[test]
    fn a_share_is_of_the_time_that_has_passed_and_of_the_cores_that_count() {
        let at = Instant::now();
        let earlier = StolenSoFar { at, ticks: parse(STAT) };
        let ticks = [(0, 90), (1, 51)].into();
        let later = StolenSoFar { at: at + Duration::from_secs(5), ticks };
        let stolen = later.since(&earlier, &[]);
        assert!((stolen.percent[&0] - 10.0).abs() < 1e-9, "{stolen:?}");
        assert!((stolen.most() - 10.0).abs() < 1e-9 && stolen.is_much());
        let of_one = later.since(&earlier, &[1]);
        assert!(of_one.percent.len() == 1 && !of_one.is_much(), "{of_one:?}");
        assert_eq!(earlier.since(&earlier, &[]).most(), 0.0);
    }
}
