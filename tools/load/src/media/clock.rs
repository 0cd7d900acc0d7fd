//! Clocks, read from the kernel, and the media thread's place among the cores.

use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};
use nix::unistd::Pid;

/// Priority under SCHED_FIFO, of 1 to 99: above ordinary threads, below the kernel's own.
const REALTIME_PRIORITY: libc::c_int = 20;

/// Time that only moves on: what deadlines are in.
pub(crate) fn monotonic() -> Duration {
    read(ClockId::CLOCK_MONOTONIC)
}

/// Nanoseconds since the Unix epoch, by the clock of the kernel's receive timestamps.
pub(crate) fn wall_ns() -> u64 {
    read(ClockId::CLOCK_REALTIME).as_nanos() as u64
}

/// Processor time that the calling thread has used.
pub(crate) fn thread_cpu() -> Duration {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// Sleeps until a moment of the monotonic clock. An absolute one, so that the time that waking up takes does not
/// add up.
pub(crate) fn sleep_until(due: Duration) {
    let due = TimeSpec::from(due);
    while let Err(nix::errno::Errno::EINTR) =
        clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::TIMER_ABSTIME, &due)
    {}
}

/// The cores that the calling thread may use.
#[must_use]
pub fn allowed_cores() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|&core| set.is_set(core).unwrap_or(false)).collect()
}

/// Has the calling thread live on one core, if it may.
pub(crate) fn pin(core: usize) {
    let mut set = CpuSet::new();
    if set.set(core).is_ok() {
        // It runs elsewhere all the same if this fails, and its lateness tells.
        let _ = sched_setaffinity(Pid::from_raw(0), &set);
    }
}

/// Asks for SCHED_FIFO, which takes CAP_SYS_NICE or a limit on RTPRIO, and tells whether it was granted.
#[allow(unsafe_code)]
pub(crate) fn ask_for_realtime() -> bool {
    let parameters = libc::sched_param { sched_priority: REALTIME_PRIORITY };
    // SAFETY: the pointer is to a live `sched_param`; 0 names the calling thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) == 0 }
}

fn read(clock: ClockId) -> Duration {
    // These clocks exist on every Linux.
    clock_gettime(clock).map(Duration::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_lasts_until_it_is_due() {
        let due = monotonic() + Duration::from_millis(2);
        sleep_until(due);
        assert!(monotonic() >= due);
        sleep_until(Duration::ZERO);
        assert!(!allowed_cores().is_empty());
    }
}
