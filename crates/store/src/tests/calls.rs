//! Records of calls.

use super::*;

on_both![
    calls_are_listed_in_order_and_found_by_secret,
    every_ending_can_be_recorded,
    every_way_to_come_can_be_recorded,
    orphans_and_doubles_are_refused,
    accounts_are_read_by_time_a_part_at_a_time,
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

async fn accounts_are_read_by_time_a_part_at_a_time(bench: Bench) {
    let store = &bench.store;
    let bert = store.create_subscriber("Bert", &TokenHash::of("bert"), at(0)).await.unwrap().id;
    let (one, two) = (bench.create(1).await, bench.create(2).await);
    let berts = Conference { subscriber: bert, ..bench.conference(3) };
    store.create_conference(&berts).await.unwrap();
    for (participant, second) in [(1, 30), (2, 10), (3, 10)] {
        for conference in [&one, &two, &berts] {
            let secret = None;
            let record = call(conference, participant);
            store
                .record_call(&CallRecord { began_at: at(second), secret, ..record })
                .await
                .unwrap();
        }
    }
    let range = AccountRange { from: at(10), until: at(31), after: None, limit: 4 };
    let read = async |of, range| {
        let account = store.account(of, range).await.unwrap();
        let calls = account.entries.iter().map(|entry| {
            let second = entry.call.began_at.duration_since(at(0)).as_secs();
            (second, entry.title.to_string(), entry.call.participant.number())
        });
        (calls.collect::<Vec<_>>(), account.next)
    };
    let anna = Accountable::Subscriber(bench.subscriber);
    let title = |number: u8| format!("Conference {number}");
    let (first, next) = read(anna, range).await;
    let expected = [(10, title(1), 2), (10, title(1), 3), (10, title(2), 2), (10, title(2), 3)];
    assert_eq!(first, expected);
    let after = next.unwrap().to_string().parse().ok();
    let (rest, next) = read(anna, AccountRange { after, ..range }).await;
    assert_eq!((rest, next), (vec![(30, title(1), 1), (30, title(2), 1)], None));
    assert_eq!(read(anna, AccountRange { until: at(30), ..range }).await.0, first);
    assert_eq!(read(anna, AccountRange { from: at(11), ..range }).await.0.len(), 2);
    let all = AccountRange { limit: 99, ..range };
    assert_eq!(read(Accountable::Everybody, all).await.0.len(), 9);
    let of_one = Accountable::Conference(one.key);
    assert_eq!(read(of_one, all).await.0.len(), 3);
    // Its calls stay its own when its URL changes.
    let key = ConferenceKey::from_random([9; 16]);
    store.rotate_url(bench.subscriber, one.key, key, at(99)).await.unwrap().unwrap();
    let account = store.account(Accountable::Conference(key), all).await.unwrap();
    assert!(account.entries.iter().all(|entry| entry.call.conference == key));
    assert_eq!(account.entries.len(), 3);
    for bad in ["", "1", "1.2", "1.2.x", "1.2.3.4", "9999999999999999999.1.1"] {
        assert!(bad.parse::<AccountCursor>().is_err(), "{bad:?}");
    }
}
