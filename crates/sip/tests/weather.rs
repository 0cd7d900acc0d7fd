//! Thousands of calls through bad networks, in virtual time: all of them end on both sides, and nothing is left.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::time::Duration;

use rand::RngExt;
use sip::{CallId, Command, Dial, HangUp, Rejection, SipEvent, TrunkId};
use support::world::{Weather, World};

const FINE: Weather = Weather { loss: 0, duplicates: 0, delay_max: Duration::from_millis(20) };
const SECOND: Duration = Duration::from_secs(1);

fn dial() -> Dial {
    Dial {
        trunk: TrunkId("carrier".into()),
        to_number: "+33612345678".into(),
        caller_id: None,
        offer: "v=0 offer".into(),
        ring_time: 30 * SECOND,
    }
}

/// What people do: answer, refuse, let it ring, hang up early or late, put on hold.
fn people(world: &mut World, which: usize, event: &SipEvent) {
    let call = event.call();
    let soon = world.some_time(2 * SECOND);
    let later = world.some_time(20 * SECOND);
    match event {
        SipEvent::Incoming { .. } => {
            world.command(soon / 2, which, Command::Ring(call));
            match world.rng.random_range(0..10) {
                0 => world.command(soon, which, Command::Reject(call, Rejection::status(486))),
                1 => world.command(60 * SECOND, which, Command::HangUp(call, HangUp::Normal)),
                _ => world.command(soon, which, Command::Answer(call, "v=0 answer".into())),
            }
            world.command(120 * SECOND, which, Command::HangUp(call, HangUp::Normal));
        }
        SipEvent::Answered { .. } => {
            if world.rng.random_range(0..2) == 0 {
                world.command(later / 2, which, Command::Offer(call, "v=0 hold".into()));
            }
            world.command(later, which, Command::HangUp(call, HangUp::Cleared));
        }
        SipEvent::Offer { .. } => {
            world.command(soon / 4, which, Command::AcceptOffer(call, "v=0 held".into()));
        }
        _ => {}
    }
}

/// Runs so many calls; returns how many were answered.
fn run_calls(seed: u64, calls: u64, weather: Weather) -> usize {
    let mut world = World::new(seed, weather);
    for call in 0..calls {
        let at = world.some_time(60 * SECOND);
        world.command(at, 0, Command::Dial(CallId(call), dial()));
        if call % 10 == 0 {
            let early = at + world.some_time(3 * SECOND);
            world.command(early, 0, Command::HangUp(CallId(call), HangUp::Normal));
        }
    }
    world.run(600 * SECOND, &mut people);
    for which in 0..2 {
        let node = world.node(which);
        for (call, story) in &node.calls {
            assert!(story.end.is_some(), "seed {seed}: {call} has no end at {which}");
        }
        let stats = node.core.stats();
        assert_eq!((stats.calls, stats.transactions), (0, 0), "seed {seed}, endpoint {which}");
        assert_eq!(node.core.poll_timeout(), None, "seed {seed}, endpoint {which}");
    }
    assert_eq!(world.node(0).calls.len(), usize::try_from(calls).unwrap());
    world.node(0).calls.values().filter(|story| story.answered).count()
}

#[test]
fn in_fine_weather_nothing_is_sent_twice() {
    let mut world = World::new(1, FINE);
    world.command(SECOND, 0, Command::Dial(CallId(1), dial()));
    world.run(600 * SECOND, &mut |world, which, event| match event {
        SipEvent::Incoming { call, .. } => {
            world.command(SECOND, which, Command::Answer(*call, "v=0".into()));
        }
        SipEvent::Answered { call, .. } => {
            world.command(SECOND, which, Command::HangUp(*call, HangUp::Normal));
        }
        _ => {}
    });
    let [caller, callee] = world.stats();
    // INVITE, ACK and BYE one way; 100, 200 and 200 the other.
    assert_eq!((caller.sent, callee.sent), (3, 3));
    assert_eq!(caller.retransmitted + callee.retransmitted, 0);
}

#[test]
fn thousands_of_calls_leave_nothing_behind() {
    let answered = run_calls(2, 2000, FINE);
    assert!(answered > 1300, "{answered}");
}

#[test]
fn calls_survive_loss_duplication_and_disorder() {
    for (seed, loss) in [(3, 5), (4, 15), (5, 30), (6, 30)] {
        let delay_max = Duration::from_millis(300);
        let answered = run_calls(seed, 250, Weather { loss, duplicates: 10, delay_max });
        assert!(answered > 160, "at {loss}% loss {answered} of 250 were answered");
    }
}

#[test]
fn when_the_network_is_gone_every_call_still_ends() {
    let all_lost = Weather { loss: 100, ..FINE };
    assert_eq!(run_calls(7, 100, all_lost), 0);
}
