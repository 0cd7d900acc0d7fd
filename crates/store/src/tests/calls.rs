//! Records of calls.

use super::*;

on_both![
    calls_are_listed_in_order_and_found_by_secret,
    every_ending_can_be_recorded,
    every_way_to_come_can_be_recorded,
    orphans_and_doubles_are_refused,
];

async fn calls_are_listed_in_order_and_found_by_secret(bench: Bench) {
    let (conference, other) = (bench.create(1).await, bench.create(2).await);
    let first = call(&conference, 1);
    let withheld = CallRecord {
        secret: None,
        via: Via::DialIn,
        number: None,
        name: None,
        answered_at: None,
        began_at: at(20),
        ending: Ending::Busy,
        ..call(&conference, 2)
    };
    let third = CallRecord { began_at: at(30), secret: None, ..call(&conference, 3) };
    for record in [&third, &withheld, &first] {
        bench.store.record_call(record).await.unwrap();
    }
    let calls = bench.store.calls_of(conference.key, Page::new(0, 2)).await.unwrap();
    assert_eq!(calls.entries, [first.clone(), withheld]);
    assert_eq!(calls.next_offset, Some(2));

    let secret = first.secret.unwrap();
    let found = bench.store.call_by_secret(conference.key, secret).await.unwrap();
    assert_eq!(found, Some(first));
    let elsewhere = bench.store.call_by_secret(other.key, secret).await.unwrap();
    assert_eq!(elsewhere, None, "a secret is good for its own conference");
}

async fn every_ending_can_be_recorded(bench: Bench) {
    let conference = bench.create(1).await;
    for (participant, ending) in (1..).zip(Ending::ALL) {
        let record = CallRecord { ending, ..call(&conference, participant) };
        bench.store.record_call(&record).await.unwrap();
    }
    let calls = bench.store.calls_of(conference.key, Page::default()).await.unwrap();
    let endings: Vec<_> = calls.entries.iter().map(|record| record.ending).collect();
    assert_eq!(endings, Ending::ALL);
}

async fn every_way_to_come_can_be_recorded(bench: Bench) {
    let conference = bench.create(1).await;
    for (participant, via) in (1..).zip(Via::ALL) {
        let record = CallRecord { via, number: None, ..call(&conference, participant) };
        bench.store.record_call(&record).await.unwrap();
    }
    let with = Some(ParticipantId::new(3));
    let phone = CallRecord { with, began_at: at(20), ..call(&conference, 4) };
    bench.store.record_call(&phone).await.unwrap();
    let calls = bench.store.calls_of(conference.key, Page::default()).await.unwrap().entries;
    let came: Vec<_> = calls.iter().map(|record| (record.via, record.with)).collect();
    let alone = Via::ALL.map(|via| (via, None));
    assert_eq!(came, [&alone[..], &[(Via::CallMe, with)]].concat());
}

async fn orphans_and_doubles_are_refused(bench: Bench) {
    let unknown = bench.conference(9);
    let orphan = bench.store.record_call(&call(&unknown, 1)).await;
    assert!(matches!(orphan, Err(StoreError::Orphan)));
    let orphan = Conference { subscriber: SubscriberId::new(404), ..unknown };
    let orphan = bench.store.create_conference(&orphan).await;
    assert!(matches!(orphan, Err(StoreError::Orphan)));

    let conference = bench.create(1).await;
    bench.store.record_call(&call(&conference, 1)).await.unwrap();
    let twice = bench.store.record_call(&call(&conference, 1)).await;
    assert_eq!(conflict(twice), Some(Conflict::Call));
}
