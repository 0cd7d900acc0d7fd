//! Worker threads: pinned, real-time if allowed, asleep until the next turn is due.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mixer::Desk;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_nanosleep};
use nix::unistd::Pid;

use crate::clock::{monotonic, thread_cpu};
use crate::worker::Worker;

/// Priority under SCHED_FIFO, of 1 to 99: above ordinary threads, below the kernel's own.
const REALTIME_PRIORITY: libc::c_int = 20;

/// The threads of an engine.
#[derive(Default)]
pub(crate) struct Threads {
    stop: Arc<AtomicBool>,
    handles: Vec<JoinHandle<Worker>>,
}

impl Threads {
    /// Starts a thread for each worker.
    pub(crate) fn spawn(workers: Vec<Worker>, realtime: bool) -> io::Result<Self> {
        // Read once, here: a thread that was started from a pinned one sees its core only.
        let cores = allowed_cores();
        let mut threads = Self::default();
        for (index, worker) in workers.into_iter().enumerate() {
            let core = (!cores.is_empty()).then(|| cores[index % cores.len()]);
            let stop = Arc::clone(&threads.stop);
            let handle = std::thread::Builder::new()
                .name(format!("media-{index}"))
                .spawn(move || run(worker, core, realtime, &stop))?;
            threads.handles.push(handle);
        }
        Ok(threads)
    }

    /// Has the threads stop, and frees the workers here rather than there.
    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for handle in self.handles.drain(..) {
            // A worker that panicked has nothing left to free.
            drop(handle.join());
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The life of a worker's thread.
fn run(mut worker: Worker, core: Option<usize>, realtime: bool, stop: &AtomicBool) -> Worker {
    if let Some(core) = core {
        pin(core);
    }
    Desk::prepare_thread();
    worker.set_realtime(realtime && ask_for_realtime());
    while !stop.load(Ordering::Relaxed) {
        sleep_until(worker.next_due());
        let started = monotonic();
        worker.tick(started);
        while worker.go_on(monotonic()) {}
        worker.note_work(started, monotonic(), thread_cpu());
    }
    worker.farewell(monotonic());
    worker
}

/// The cores that this process may use.
fn allowed_cores() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|&core| set.is_set(core).unwrap_or(false)).collect()
}

/// Binds the calling thread to one core. It runs elsewhere all the same if that fails.
fn pin(core: usize) {
    let mut set = CpuSet::new();
    if set.set(core).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &set);
    }
}

/// Asks for SCHED_FIFO, which takes CAP_SYS_NICE or a limit on RTPRIO, and tells whether it was
/// granted.
#[allow(unsafe_code)]
fn ask_for_realtime() -> bool {
    let parameters = libc::sched_param { sched_priority: REALTIME_PRIORITY };
    // SAFETY: the pointer is to a live `sched_param`; 0 names the calling thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) == 0 }
}

/// Sleeps until a moment of the monotonic clock. An absolute one, so that the time that waking up
/// takes does not add up.
fn sleep_until(due: Duration) {
    let due = TimeSpec::from(due);
    while let Err(nix::errno::Errno::EINTR) =
        clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::TIMER_ABSTIME, &due)
    {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_on_and_sleep_lasts_until_it_is_due() {
        let due = monotonic() + Duration::from_millis(3);
        sleep_until(due);
        assert!(monotonic() >= due);
        sleep_until(Duration::ZERO);
        assert!(crate::clock::wall() > Duration::from_secs(1_600_000_000));
    }

    #[test]
    fn a_process_may_use_at_least_one_core() {
        assert!(!allowed_cores().is_empty());
    }
}
