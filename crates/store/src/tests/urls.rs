//! The pool of URLs, their assignment and rotation.

use std::time::Duration;

use super::*;

on_both![
    urls_wait_in_the_pool_until_they_are_assigned,
    an_empty_pool_gives_nothing_at_all,
    many_are_given_urls_at_once_or_none_is,
    many_may_take_from_the_pool_at_once,
    codes_that_are_taken_are_drawn_again,
    a_former_url_answers_like_an_unknown_one,
    a_conference_is_changed_by_its_owner_alone,
];

fn key(number: u8) -> ConferenceKey {
    ConferenceKey::from_random([number; 16])
}

fn rooms(of: SubscriberId, count: usize) -> Vec<(SubscriberId, Title)> {
    (1..=count).map(|number| (of, Title::of_room(&"Anna".parse().unwrap(), number))).collect()
}

/// Half an hour each week but one, and the room ends ten minutes later.
fn weekly(zone: Zone) -> Schedule {
    let repetition = Repetition::parse("FREQ=WEEKLY;COUNT=5", "2027-01-29", &zone).unwrap();
    let schedule = Schedule::new(at(7200), zone).lasting(Duration::from_secs(1800)).unwrap();
    schedule.ending_after(Duration::from_secs(600)).unwrap().repeating(repetition).unwrap()
}

/// Gives another code each time.
fn codes() -> impl Fn() -> DialInCode {
    let next = AtomicUsize::new(0);
    move || DialInCode::from_random((next.fetch_add(1, Ordering::Relaxed) as u64).to_be_bytes())
}

async fn urls_wait_in_the_pool_until_they_are_assigned(bench: Bench) {
    let store = &bench.store;
    store.add_to_pool(&[key(1), key(2), key(3)], at(0)).await.unwrap();
    assert_eq!(store.conference_by_key(key(1)).await.unwrap(), None, "as if it were unknown");
    assert_eq!(store.pool_size().await.unwrap(), 3);
    let assigned = store.assign_urls(&rooms(bench.subscriber, 2), codes(), at(9)).await.unwrap();
    let keys: Vec<_> = assigned.iter().map(|conference| conference.key).collect();
    assert_eq!(keys, [key(1), key(2)], "the eldest first");
    assert_eq!(assigned[1].title.as_str(), "Room of Anna (2)");
    for conference in assigned {
        let found = store.conference_by_key(conference.key).await.unwrap();
        assert_eq!(found, Some(conference));
    }
    assert_eq!(store.pool(Page::default()).await.unwrap().entries, [key(3)]);
    let twice = store.add_to_pool(&[key(4), key(1)], at(0)).await;
    assert_eq!(conflict(twice), Some(Conflict::Key));
    assert_eq!(store.pool_size().await.unwrap(), 1, "all or none");
}

async fn an_empty_pool_gives_nothing_at_all(bench: Bench) {
    let store = &bench.store;
    store.add_to_pool(&[key(1)], at(0)).await.unwrap();
    let short = store.assign_urls(&rooms(bench.subscriber, 2), codes(), at(0)).await;
    assert!(matches!(short, Err(StoreError::PoolEmpty)), "{short:?}");
    let nobody = store.assign_urls(&rooms(SubscriberId::new(404), 1), codes(), at(0)).await;
    assert!(matches!(nobody, Err(StoreError::Orphan)), "{nobody:?}");
    assert_eq!(store.pool_size().await.unwrap(), 1);
    let listed = store.list_conferences(bench.subscriber, Page::default()).await.unwrap();
    assert_eq!(listed.entries, []);
}

async fn many_are_given_urls_at_once_or_none_is(bench: Bench) {
    let store = &bench.store;
    store.add_to_pool(&[key(1), key(2), key(3)], at(0)).await.unwrap();
    let other = store.create_subscriber("Bert", &TokenHash::of("bert"), at(0)).await.unwrap().id;
    let to = |second| [rooms(bench.subscriber, 2), rooms(second, 1)].concat();
    let nobody = store.assign_urls(&to(SubscriberId::new(404)), codes(), at(0)).await;
    assert!(matches!(nobody, Err(StoreError::Orphan)), "{nobody:?}");
    assert_eq!(store.pool_size().await.unwrap(), 3);
    let assigned = store.assign_urls(&to(other), codes(), at(0)).await.unwrap();
    let owners: Vec<_> = assigned.iter().map(|conference| conference.subscriber).collect();
    assert_eq!(owners, [bench.subscriber, bench.subscriber, other]);
    assert_eq!(store.pool_size().await.unwrap(), 0);
    let listed = store.list_conferences(other, Page::default()).await.unwrap();
    assert_eq!(listed.entries, assigned[2..]);
}

async fn many_may_take_from_the_pool_at_once(bench: Bench) {
    let keys: Vec<_> = (0..40).map(key).collect();
    bench.store.add_to_pool(&keys, at(0)).await.unwrap();
    let takers: Vec<_> = (0..8)
        .map(|taker| {
            let (store, subscriber) = (bench.store.clone(), bench.subscriber);
            let first = AtomicUsize::new(taker * 1000);
            let draw = move || {
                let next = first.fetch_add(1, Ordering::Relaxed) as u64;
                DialInCode::from_random(next.to_be_bytes())
            };
            tokio::spawn(async move {
                store.assign_urls(&rooms(subscriber, 5), draw, at(1)).await.unwrap()
            })
        })
        .collect();
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap().into_iter().map(|conference| conference.key));
    }
    taken.sort_unstable();
    assert_eq!(taken, keys, "each of them once");
}

async fn codes_that_are_taken_are_drawn_again(bench: Bench) {
    bench.store.add_to_pool(&[key(1), key(2)], at(0)).await.unwrap();
    let draws = AtomicUsize::new(0);
    let stubborn = || {
        let draw = draws.fetch_add(1, Ordering::Relaxed);
        DialInCode::from_random((draw as u64 / 4).to_be_bytes())
    };
    let assigned = bench.store.assign_urls(&rooms(bench.subscriber, 2), stubborn, at(0)).await;
    let assigned = assigned.unwrap();
    assert_ne!(assigned[0].dial_in_code, assigned[1].dial_in_code);
}

async fn a_former_url_answers_like_an_unknown_one(bench: Bench) {
    let conference = bench.create(1).await;
    bench.store.record_call(&call(&conference, 1)).await.unwrap();
    let ben = bench.store.create_subscriber("Ben", &TokenHash::of("ben"), at(0)).await.unwrap();
    let rotate = async |subscriber, from, to| {
        bench.store.rotate_url(subscriber, from, to, at(50)).await.unwrap()
    };
    assert_eq!(rotate(ben.id, key(1), key(2)).await, None, "that is not his");
    let rotated = rotate(bench.subscriber, key(1), key(2)).await.unwrap();
    assert_eq!(rotated, Conference { key: key(2), ..conference.clone() });
    assert_eq!(bench.store.conference_by_key(key(1)).await.unwrap(), None);
    assert_eq!(bench.store.conference_by_key(key(2)).await.unwrap(), Some(rotated.clone()));
    assert_eq!(rotate(bench.subscriber, key(1), key(3)).await, None, "there is no such URL");
    let used = bench.store.rotate_url(bench.subscriber, key(2), key(1), at(60)).await;
    assert_eq!(conflict(used), Some(Conflict::Key), "it is never given again");

    // A call that began by the former URL and ends now is recorded still.
    bench.store.record_call(&call(&conference, 2)).await.unwrap();
    let calls = bench.store.calls_of(rotated.key, Page::default()).await.unwrap().entries;
    assert_eq!(calls.len(), 2);
    let listed = bench.store.list_conferences(bench.subscriber, Page::default()).await.unwrap();
    assert_eq!(listed.entries, [rotated]);
    bench.store.end_conference(bench.subscriber, key(2), at(70)).await.unwrap().unwrap();
    assert_eq!(rotate(bench.subscriber, key(2), key(4)).await, None, "it has ended");
}

async fn a_conference_is_changed_by_its_owner_alone(bench: Bench) {
    let conference = bench.create(1).await;
    let zone = Zone::parse("Europe/Paris").unwrap();
    let changed = Conference {
        title: "Another".parse().unwrap(),
        schedule: Some(weekly(zone)),
        ..conference.clone()
    };
    let anothers = Conference { subscriber: SubscriberId::new(404), ..changed.clone() };
    assert_eq!(bench.store.change_conference(&anothers, at(0)).await.unwrap(), None);
    let stored = bench.store.change_conference(&changed, at(0)).await.unwrap();
    assert_eq!(stored, Some(changed.clone()));
    assert_eq!(bench.store.conference_by_key(conference.key).await.unwrap(), stored);
    let back = bench.store.change_conference(&conference, at(0)).await.unwrap();
    assert_eq!(back, Some(conference), "without a set time");
}
