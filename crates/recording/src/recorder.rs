//! The recorder's thread.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::Tap;

use crate::disk::Disk;
use crate::plan::Plan;
use crate::session::{Ending, LOOK_PERIOD, Report, Session, Summary};

/// Looks at what has come between two at how full the disk is: one second.
const LOOKS_PER_DISK_LOOK: u32 = 10;

/// A recording on its thread. Dropping it stops it too.
#[derive(Debug)]
pub struct Recorder {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Recorder {
    /// Records what `tap` hands out. `report` is called on the recorder's thread, and [`Report::Over`] is the last that
    /// it is told, once.
    ///
    /// # Errors
    /// The thread can't be started.
    pub fn start(
        tap: Tap,
        plan: Plan,
        disk: impl Disk,
        report: impl FnMut(Report) + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || record(tap, plan, disk, report, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Has it end; what has been said until now is in it.
    pub fn stop(&self) {
        // If it is over, that is what was wanted.
        let _ = self.stop.send(());
    }

    /// Has it end, and waits until all is written.
    pub fn finish(self) {
        self.stop();
        // If it panicked, its files are as a crash leaves them.
        let _ = self.thread.join();
    }
}

fn record(
    mut tap: Tap,
    plan: Plan,
    disk: impl Disk,
    mut report: impl FnMut(Report),
    stopped: &Receiver<()>,
) {
    let summary = match Session::new(plan, disk) {
        Ok(mut session) => {
            let ending = run(&mut session, &mut tap, &mut report, stopped);
            // The workers are spared it while the files are ended.
            drop(tap);
            session.finish(ending)
        }
        Err(ending) => Summary {
            ending,
            duration: Duration::ZERO,
            lost: Duration::ZERO,
            bytes: 0,
            voices_left_out: 0,
        },
    };
    report(Report::Over(summary));
}

/// Records until something ends it.
fn run(
    session: &mut Session<impl Disk>,
    tap: &mut Tap,
    report: &mut impl FnMut(Report),
    stopped: &Receiver<()>,
) -> Ending {
    for look in 0_u32.. {
        if look.is_multiple_of(LOOKS_PER_DISK_LOOK)
            && let Err(ending) = session.look_at_disk()
        {
            return ending;
        }
        let is_stopped = stopped.recv_timeout(LOOK_PERIOD) != Err(RecvTimeoutError::Timeout);
        match session.go_on(tap, report) {
            Err(ending) => return ending,
            Ok(()) if is_stopped => break,
            Ok(()) => {}
        }
    }
    Ending::Stopped
}
