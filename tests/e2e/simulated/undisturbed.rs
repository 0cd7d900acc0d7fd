//! A thread for those whose sound is judged: it goes ahead of all else on this machine that isn't real-time as well,
//! and notes how late it was itself.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// From one look at the clock to the next.
const LOOK: Duration = Duration::from_millis(5);

/// A runtime on such a thread. It ends with this.
pub struct Undisturbed {
    handle: Handle,
    /// The most since it was last asked for, in microseconds.
    late_us: Arc<AtomicU64>,
    _ends: oneshot::Sender<()>,
}

impl Undisturbed {
    /// Starts the thread. Where it may not go ahead of others, it is as late as they make it.
    pub fn start() -> Self {
        let (ends, ended) = oneshot::channel::<()>();
        let (started, handle) = mpsc::channel();
        let late_us = Arc::new(AtomicU64::new(0));
        let noted = Arc::clone(&late_us);
        thread::spawn(move || {
            go_ahead();
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            started.send(runtime.handle().clone()).expect("somebody who waits for it");
            runtime.block_on(async {
                tokio::select! {
                    () = watch(&noted) => {}
                    _ = ended => {}
                }
            });
        });
        Self { handle: handle.recv().expect("a thread that runs"), late_us, _ends: ends }
    }

    /// Runs a task on the thread, and what it starts in turn.
    pub async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> T {
        self.handle.spawn(task).await.expect("no panic")
    }

    /// By how much the thread was late since this was last asked, at most.
    pub fn late(&self) -> Duration {
        Duration::from_micros(self.late_us.swap(0, Ordering::Relaxed))
    }
}

/// Asks for the real-time class, below the server's media threads.
fn go_ahead() {
    let thread = nix::unistd::gettid().to_string();
    let mut command = Command::new("chrt");
    command.args(["--fifo", "--pid", "1", &thread]).stdout(Stdio::null()).stderr(Stdio::null());
    if !command.status().is_ok_and(|status| status.success()) {
        println!("the talkers may not go ahead of others here");
    }
}

/// Notes how late it is.
async fn watch(late_us: &AtomicU64) {
    let mut clock = interval(LOOK);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut due = Instant::now();
    loop {
        clock.tick().await;
        let late = due.elapsed().as_micros().try_into().unwrap_or(u64::MAX);
        late_us.fetch_max(late, Ordering::Relaxed);
        due = Instant::now() + LOOK;
    }
}
