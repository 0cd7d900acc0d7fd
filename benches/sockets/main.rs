//! What a packet in and a packet out cost a server's core, by how its sockets are laid out.
//!
//! A server that only sends every packet back turns every 5 ms on one core; on another, one socket speaks for all
//! legs, each from an address of its own. Every layout is served in turns of half a second, in several rounds, so
//! that what else the machine does falls on all of them. The rate is the same for any number of legs: 4,000 legs
//! at 50 packets a second each would be more than a core carries, and what is asked here is what it costs to have
//! so many.
//!
//! `cargo bench --bench sockets [-- --quick]`. Machines differ: read the ratios rather than the absolutes.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a program that may fail where it stands")]

mod generator;
mod layout;
mod server;
mod thread;

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use generator::Generator;
use layout::{LAYOUTS, Layout};
use server::Server;
use thread::{Core, Punctual};

const LEGS: [usize; 2] = [1_000, 4_000];

/// How often each layout has its turn, and with `--quick`.
const ROUNDS: usize = 5;
const ROUNDS_QUICK: usize = 1;

/// Before a turn is measured, and how long it is.
const WARM_UP: Duration = Duration::from_millis(100);
const TURN: Duration = Duration::from_millis(500);

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if is_quick { ROUNDS_QUICK } else { ROUNDS };
    allow_many_sockets();
    for legs in LEGS {
        let mut costs = vec![Vec::new(); LAYOUTS.len()];
        for round in 0..rounds {
            for place in 0..LAYOUTS.len() {
                // There and back, so that no layout always follows the same one.
                let index = if round % 2 == 0 { place } else { LAYOUTS.len() - 1 - place };
                costs[index].push(measure(&LAYOUTS[index], legs));
            }
        }
        print(legs, &costs);
    }
}

/// Processor time of the server for each packet in and out, in microseconds.
fn measure(layout: &Layout, legs: usize) -> f64 {
    let mut generator = Generator::new(legs);
    let server = Server::start(layout, legs, |leg| generator.source(leg));
    let _punctual = Punctual::on(Core::Last);
    generator.run(&server, WARM_UP);
    let before = server.used();
    generator.run(&server, TURN);
    let after = server.used();
    server.stop();
    let packets = after.packets - before.packets;
    assert!(packets > 0, "{} reflected nothing", layout.name);
    (after.cpu - before.cpu).as_secs_f64() * 1e6 / packets as f64
}

/// Prints the lowest cost of all rounds, for what else the machine does only ever adds to it, and the median.
fn print(legs: usize, costs: &[Vec<f64>]) {
    println!("\n{:<41}{:>8}{:>8}{:>8}", format!("{legs} legs"), "lowest", "median", "ratio");
    let mut floor = None;
    for (layout, costs) in LAYOUTS.iter().zip(costs) {
        let mut costs = costs.clone();
        costs.sort_by(f64::total_cmp);
        let (lowest, median) = (costs[0], costs[costs.len() / 2]);
        let ratio = lowest / *floor.get_or_insert(lowest);
        println!("{:<41}{lowest:>8.2}{median:>8.2}{ratio:>8.2}", layout.name);
    }
}

/// A socket a leg takes more descriptors than a process gets unasked.
fn allow_many_sockets() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
}
