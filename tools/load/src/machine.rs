//! The machine that a measurement is made on.

use std::fs;
use std::thread::available_parallelism;

use crate::result::Machine;
use crate::server::Layout;

impl Machine {
    /// This machine; `layout` says who has which core, where that was settled.
    #[must_use]
    pub fn this(layout: Option<&Layout>) -> Self {
        let layout = layout.map(|layout| {
            let apart = if layout.is_apart() { "" } else { ": they share it, so no figure counts" };
            format!("server on {}, load on {}{apart}", layout.server, layout.load)
        });
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processor: processor(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
            cores: available_parallelism().map_or(1, usize::from),
            kernel: kernel.trim().to_owned(),
            layout: layout.unwrap_or_else(|| "as the scheduler decides".to_owned()),
        }
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
        assert!(Machine::this(None).cores >= 1);
    }
}
