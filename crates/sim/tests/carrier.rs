//! Phones call numbers of the simulated carrier, on real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use sim::phone::PhoneError;
use sim::{Caller, Carrier, Speech};
use sip::EndCause;
use tokio::time::{sleep, timeout};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Asks again and again until it is so.
async fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let patience = timeout(Duration::from_secs(20), async {
        while !so() {
            sleep(Duration::from_millis(50)).await;
        }
    });
    patience.await.unwrap_or_else(|_| panic!("never: {what}"));
}

async fn open() -> (Carrier, Caller) {
    let carrier = Carrier::open(LOOPBACK).await.unwrap();
    let caller = Caller::open(LOOPBACK, carrier.address()).await.unwrap();
    (carrier, caller)
}

#[tokio::test]
async fn two_phones_hear_each_other_and_not_themselves() {
    let (carrier, caller) = open().await;
    let dialled = caller.dial("+33199000004", "+33199000099", Speech::Cards).await;
    let here = dialled.unwrap();
    eventually("the other phone talks", || carrier.party("+33 199 00 00 04").is_some()).await;
    let there = carrier.party("+33199000004").unwrap();
    assert_ne!(there.says(), Speech::Cards);
    eventually("both hear", || {
        here.conversation.find(there.says()).is_heard() && there.find(Speech::Cards).is_heard()
    })
    .await;
    assert!(here.conversation.find(Speech::Cards).is_not_heard());
    assert!(there.find(there.says()).is_not_heard());
    drop(here);
    eventually("the other phone is put down", || carrier.party("+33199000004").is_none()).await;
}

#[tokio::test]
async fn numbers_behave_as_their_last_digits_say() {
    let (carrier, caller) = open().await;
    for (number, status) in [("+33199000010", 486), ("+33199000012", 603), ("+33199000013", 404)] {
        let refused = caller.dial(number, "+33199000099", Speech::Cards).await;
        let Err(PhoneError::NotAnswered(EndCause::Rejected { status: seen, .. })) = refused else {
            panic!("{number} isn't refused");
        };
        assert_eq!(seen, status, "{number}");
    }
    let here = caller.dial("+33199000021", "+33199000099", Speech::Cards).await.unwrap();
    eventually("the phone hangs up", || carrier.party("+33199000021").is_none()).await;
    drop(here);
    carrier.close().await;
}
