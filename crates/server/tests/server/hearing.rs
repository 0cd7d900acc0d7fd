//! What is heard on the phones of the simulated carrier.

use std::time::Duration;

use sim::{Carrier, correlate};

/// Whether who has this number has heard a sound.
pub(crate) fn hears(carrier: &Carrier, number: &str, sound: &[f32]) -> bool {
    carrier.party(number).is_some_and(|party| correlate::find(sound, &party.heard()).is_heard())
}

/// Waits for something that is heard.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), wait).await.expect("it is never heard");
}
