//! Threads that do their work when it is due, though the machine has other work: on a core of their
//! own, in the real-time class where that is allowed.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The priority that the engine's workers ask for, of 1 to 99.
const PRIORITY: libc::c_int = 20;

/// A core of those that the process may use.
#[derive(Clone, Copy)]
pub enum Core {
    /// Where the engine puts its first worker.
    First,
    /// Out of the worker's way, if there are two.
    Last,
}

/// Has the calling thread live on one core, in the real-time class, until this is dropped: then on
/// all cores and as an ordinary thread again.
pub struct Punctual {
    allowed: CpuSet,
}

impl Punctual {
    pub fn on(core: Core) -> Self {
        let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap();
        let mut cores = (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false));
        let chosen = match core {
            Core::First => cores.next(),
            Core::Last => cores.next_back(),
        };
        let mut set = CpuSet::new();
        set.set(chosen.unwrap()).unwrap();
        sched_setaffinity(Pid::from_raw(0), &set).unwrap();
        set_class(libc::SCHED_FIFO, PRIORITY);
        Self { allowed }
    }
}

impl Drop for Punctual {
    fn drop(&mut self) {
        set_class(libc::SCHED_OTHER, 0);
        sched_setaffinity(Pid::from_raw(0), &self.allowed).unwrap();
    }
}

/// Changes the scheduling class of the calling thread, if it may.
#[allow(unsafe_code)]
fn set_class(policy: libc::c_int, sched_priority: libc::c_int) {
    let parameters = libc::sched_param { sched_priority };
    // SAFETY: the pointer is to a live `sched_param`; 0 names the calling thread.
    unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
}
