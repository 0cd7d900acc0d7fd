//! How a run is told to end before its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether to stop. All clones say the same.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that Ctrl-C sets. At the second the program ends where it stands.
    ///
    /// Needs a tokio runtime.
    #[must_use]
    pub fn on_interrupt() -> Self {
        let stop = Self::default();
        let set = stop.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if set.is_set() {
                    std::process::exit(INTERRUPTED);
                }
                set.set();
            }
        });
        stop
    }

    /// Says so.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody said so.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a program that SIGINT ends exits with, by the shells' custom.
const INTERRUPTED: i32 = 130;
