//! `confab demo`: everything runs, and waits for a person with a browser.

use std::time::Duration;

use sim::carrier::{Connection, TABLE};
use sim::phone::Says;
use sim::{Caller, Speech};

use super::stage::{Conference, LOOPBACK, Stage};
use super::{Args, DemoError};

/// Who is there already, having dialled in: their numbers and what they say. They take turns.
const GUESTS: [(&str, Speech); 2] =
    [("+33199000098", Speech::Amiable), ("+33199000099", Speech::Cards)];

/// How long a guest's turn is: longer than what they say.
const TURN: Duration = Duration::from_secs(4);

pub(super) async fn run(args: &Args) -> Result<(), DemoError> {
    let stage = Stage::set(args).await?;
    let conference = stage.conference("Demo conference").await?;
    let caller = Caller::open(LOOPBACK, stage.server.sip_udp_addr).await?;
    let guests = welcome(&caller, &conference).await?;
    explain(&stage, &conference);
    // Without a handler for it Ctrl-C ends the process anyway.
    let _ = tokio::signal::ctrl_c().await;
    println!("\nEnding the calls ...");
    drop(guests);
    caller.close().await;
    stage.strike().await;
    Ok(())
}

/// Has the guests dial in.
async fn welcome(caller: &Caller, conference: &Conference) -> Result<Vec<Connection>, DemoError> {
    let mut guests = Vec::new();
    for ((number, speech), turn) in GUESTS.into_iter().zip(0..) {
        let every = Some(TURN * GUESTS.len() as u32);
        let says = Says { speech, every, first_after: TURN * turn };
        guests.push(caller.dial(&conference.code, number, says).await?);
    }
    Ok(guests)
}

fn explain(stage: &Stage, conference: &Conference) {
    println!("\nConfab runs, with simulated phones on a simulated carrier.\n");
    println!("  Open the conference     {}", conference.url);
    println!("  Create a conference     {}/", stage.server.public_url);
    println!("      with the token      {}", stage.token);
    println!("  Dial in by SIP          sip:{}@{}", conference.code, stage.server.sip_udp_addr);
    println!(
        "\nTwo guests are talking already. On the page press Join with this browser, or type a number"
    );
    println!(
        "and press Call me. Any French number works; its last two digits say what happens there:\n"
    );
    for (digits, what) in TABLE {
        println!("  01 99 00 00 {digits:<5}  {what}");
    }
    println!("\nCtrl-C ends it.");
}
