//! The machine that a measurement is made on.

use std::fs;

use crate::result::Machine;
use crate::server::Layout;

/// Where the governor of the first core is found, on machines that have one.
const GOVERNOR: &str = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";

impl Machine {
    /// This machine; `layout` says who has which core, where that was settled.
    #[must_use]
    pub fn this(layout: Option<&Layout>) -> Self {
        let layout = layout.map(|layout| {
            let apart = if layout.is_apart() { "" } else { ": they share it, so no figure counts" };
            format!("server on {}, load on {}{apart}", layout.server, layout.load)
        });
        let read = |path| fs::read_to_string(path).map(|text| text.trim().to_owned());
        let cpuinfo = read("/proc/cpuinfo").unwrap_or_default();
        Self {
            processor: processor(&cpuinfo),
            cores: cpuinfo.lines().filter(|line| line.starts_with("processor")).count().max(1),
            governor: read(GOVERNOR).unwrap_or_else(|_| "none that this machine shows".to_owned()),
            kernel: read("/proc/sys/kernel/osrelease").unwrap_or_default(),
            layout: layout.unwrap_or_else(|| "as the scheduler decides".to_owned()),
            idle: "not tried".to_owned(),
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { processor, cores, governor, kernel, layout, idle } = self;
        let cores = if *cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
        format!(
            "{processor}, {cores} (governor: {governor}), Linux {kernel}; {layout}; \
             an idle real-time thread wakes late by: {idle}"
        )
    }
}

fn processor(cpuinfo: &str) -> String {
    let named = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    let name = named.and_then(|rest| rest.split_once(':')).map(|(_, name)| name.trim());
    name.unwrap_or("unknown processor").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_has_a_name() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: AMD EPYC\nflags\t: x\n"), "AMD EPYC");
        assert_eq!(processor(""), "unknown processor");
        let machine = Machine::this(None);
        assert!(machine.cores >= 1 && machine.in_words().contains("Linux"));
    }
}
