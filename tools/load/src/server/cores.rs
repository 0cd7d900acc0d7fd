//! Which cores whom: the server has one, the load the others.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// A set of cores.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cores(Vec<usize>);

/// How the machine is shared between the server and the load.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The server's one core.
    pub server: Cores,
    /// All others; the same one where there is no other.
    pub load: Cores,
}

impl Cores {
    /// The cores that the calling thread may use.
    #[must_use]
    pub fn allowed() -> Self {
        Self::of(Pid::from_raw(0))
    }

    /// The cores that a process may use; none if there is no such process.
    #[must_use]
    pub fn of(process: Pid) -> Self {
        let Ok(set) = sched_getaffinity(process) else { return Self(Vec::new()) };
        Self((0..CpuSet::count()).filter(|core| set.is_set(*core).unwrap_or(false)).collect())
    }

    /// Has the calling thread, and all that it starts from now on, run on these cores.
    ///
    /// # Errors
    /// The system does not have it, or they are none.
    pub fn take(&self) -> Result<(), nix::Error> {
        let mut set = CpuSet::new();
        for core in &self.0 {
            set.set(*core)?;
        }
        sched_setaffinity(Pid::from_raw(0), &set)
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Their numbers.
    #[must_use]
    pub fn numbers(&self) -> &[usize] {
        &self.0
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> Option<usize> {
        self.0.first().copied()
    }

    /// Splits them: the first is the server's.
    #[must_use]
    pub fn split(&self) -> Layout {
        let (first, rest) = match self.0.split_first() {
            Some((first, rest)) => (vec![*first], rest.to_vec()),
            None => (Vec::new(), Vec::new()),
        };
        let load = if rest.is_empty() { first.clone() } else { rest };
        Layout { server: Self(first), load: Self(load) }
    }
}

impl Layout {
    /// Whether the server has its core for itself.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        self.server != self.load
    }
}

impl std::fmt::Display for Cores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(usize::to_string).collect();
        write!(f, "core {}", numbers.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_has_the_first_core_and_the_load_the_others() {
        let layout = Cores(vec![0, 1, 2]).split();
        assert_eq!((layout.server, layout.load), (Cores(vec![0]), Cores(vec![1, 2])));
        let lonely = Cores(vec![3]).split();
        assert!(!lonely.is_apart());
        assert_eq!(lonely.load.to_string(), "core 3");
    }

    #[test]
    fn a_thread_runs_where_it_is_told_to() {
        let first = Cores::allowed().split().server;
        let ran = first.clone();
        let thread = std::thread::spawn(move || {
            ran.take().unwrap();
            Cores::allowed()
        });
        assert_eq!(thread.join().unwrap(), first);
        assert!(Cores(Vec::new()).take().is_err());
        assert!(Cores::of(Pid::from_raw(i32::MAX)).numbers().is_empty());
    }
}
