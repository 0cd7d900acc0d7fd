//! A hundred calls a second for ten seconds: none fails, none remains, and memory returns.

use std::time::Duration;

use crate::support::confab::{Confab, Options};
use crate::support::{sipp, within};

const CALLS: u32 = 1000;
const CALLS_PER_SECOND: u32 = 100;

/// How long SIP remembers what is over: timer J of RFC 3261, and a margin.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// How much more memory a second thousand calls may leave behind than the first: what an allocator
/// keeps in pieces, far below what a thousand calls take.
const GROWTH_KB_MAX: u64 = 8 * 1024;

#[test]
fn a_hundred_calls_a_second_come_and_go_without_a_trace() {
    let confab = Confab::start_alone(
        Options::default().set("conferences.announce_alone", false).set("prompts.music", false),
    );
    let conference = confab.api().conference("Busy hour");
    let mut resident = [0; 2];
    for resident in &mut resident {
        let calls = CALLS.to_string();
        let rate = CALLS_PER_SECOND.to_string();
        let load = sipp::caller("uac_call", confab.sip_udp(), &conference.code);
        let load = load.with(&["-m", &calls, "-r", &rate, "-d", "200"]);
        load.start().succeed_within(Duration::from_secs(90));
        confab.wait_until_empty();
        within(FORGOTTEN_AFTER, "all transactions are forgotten", || {
            (confab.metric("confab_sip_transactions") == 0.0).then_some(())
        });
        *resident = confab.resident_kb();
    }
    let [first, second] = resident;
    assert!(second <= first + GROWTH_KB_MAX, "{first} kB after the first run, then {second} kB");
}
