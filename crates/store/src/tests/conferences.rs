//! Conferences: created, found, listed, ended.

use super::*;

on_both![
    a_conference_is_found_by_code_and_by_number,
    who_may_come_in_is_kept_and_changed,
    how_voices_are_placed_is_kept_and_changed,
    what_is_taken_is_told_by_name,
    an_ended_conference_is_kept_and_its_code_freed,
    nobody_ends_or_lists_anothers_conference,
    lists_come_a_page_at_a_time_the_newest_first,
    many_may_create_at_once_but_only_one_gets_a_code,
    text_is_only_text,
    a_row_that_was_edited_badly_is_an_error_with_its_name,
];

async fn a_conference_is_found_by_code_and_by_number(bench: Bench) {
    let with_number =
        Conference { dial_in_number: Some(number("01 42 68 53 00")), ..bench.conference(1) };
    bench.store.create_conference(&with_number).await.unwrap();
    let other = bench.create(2).await;
    let found = async |dialled| bench.store.conference_by_dial_in(&dialled).await.unwrap();
    assert_eq!(found(DialIn::Code(other.dial_in_code)).await, Some(other));
    assert_eq!(found(DialIn::Code(with_number.dial_in_code)).await, Some(with_number.clone()));
    assert_eq!(found(DialIn::Number(number("01 42 68 53 00"))).await, Some(with_number));
    assert_eq!(found(DialIn::Number(number("01 42 68 53 01"))).await, None);
    assert_eq!(found(DialIn::Code("99999999".parse().unwrap())).await, None);
}

async fn who_may_come_in_is_kept_and_changed(bench: Bench) {
    let secret = ServerSecret::new([7; 32]);
    let hash = |pin: &str| Some(secret.hash(&pin.parse().unwrap(), [1; 16]));
    let access = Access {
        pin: hash("2468"),
        host_pin: hash("13579"),
        lobby: true,
        press_1: Some(false),
        participants_max: Some(7),
        ..Access::default()
    };
    let created = Conference { access, ..bench.conference(1) };
    bench.store.create_conference(&created).await.unwrap();
    let found = async |key| bench.store.conference_by_key(key).await.unwrap();
    assert_eq!(found(created.key).await, Some(created.clone()));
    let code = DialIn::Code(created.dial_in_code);
    assert_eq!(bench.store.conference_by_dial_in(&code).await.unwrap(), Some(created.clone()));

    let access = Access { waits_for_host: true, ends_with_host: true, ..Access::default() };
    let changed = Conference { access, ..created.clone() };
    assert_eq!(
        bench.store.change_conference(&changed, at(0)).await.unwrap(),
        Some(changed.clone())
    );
    assert_eq!(found(created.key).await, Some(changed.clone()));
    let open = Conference { access: Access::default(), ..changed };
    assert_eq!(bench.store.change_conference(&open, at(0)).await.unwrap(), Some(open.clone()));
    assert_eq!(found(created.key).await, Some(open));
}

async fn how_voices_are_placed_is_kept_and_changed(bench: Bench) {
    let created = Conference { placement: Some(true), ..bench.conference(1) };
    bench.store.create_conference(&created).await.unwrap();
    let found = bench.store.conference_by_key(created.key).await.unwrap();
    assert_eq!(found, Some(created.clone()));
    for placement in [Some(false), None, Some(true)] {
        let changed = Conference { placement, ..created.clone() };
        let stored = bench.store.change_conference(&changed, at(0)).await.unwrap();
        assert_eq!(stored, Some(changed.clone()));
        assert_eq!(bench.reopened().await.conference_by_key(created.key).await.unwrap(), stored);
    }
}

async fn what_is_taken_is_told_by_name(bench: Bench) {
    let number = Some(number("01 42 68 53 00"));
    let first = Conference { dial_in_number: number.clone(), ..bench.conference(1) };
    bench.store.create_conference(&first).await.unwrap();
    let free = bench.conference(2);
    for (taken, expected) in [
        (Conference { key: first.key, ..free.clone() }, Conflict::Key),
        (Conference { dial_in_code: first.dial_in_code, ..free.clone() }, Conflict::DialInCode),
        (Conference { dial_in_number: number, ..free.clone() }, Conflict::DialInNumber),
    ] {
        assert_eq!(conflict(bench.store.create_conference(&taken).await), Some(expected));
    }
    bench.store.create_conference(&free).await.unwrap();
    bench.store.create_conference(&bench.conference(3)).await.unwrap();
}

async fn an_ended_conference_is_kept_and_its_code_freed(bench: Bench) {
    let conference = bench.create(1).await;
    let end = async |second| {
        let ended = bench.store.end_conference(bench.subscriber, conference.key, at(second)).await;
        ended.unwrap().unwrap().ended_at
    };
    assert_eq!(end(100).await, Some(at(100)));
    assert_eq!(end(200).await, Some(at(100)), "it ended when it first did");
    let kept = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
    assert_eq!(kept.ended_at, Some(at(100)));
    let code = DialIn::Code(conference.dial_in_code);
    assert_eq!(bench.store.conference_by_dial_in(&code).await.unwrap(), None);

    let next = Conference { dial_in_code: conference.dial_in_code, ..bench.conference(2) };
    bench.store.create_conference(&next).await.unwrap();
    assert_eq!(bench.store.conference_by_dial_in(&code).await.unwrap(), Some(next));
}

async fn nobody_ends_or_lists_anothers_conference(bench: Bench) {
    let conference = bench.create(1).await;
    let ben = bench.store.create_subscriber("Ben", &TokenHash::of("ben"), at(0)).await.unwrap();
    let ended = bench.store.end_conference(ben.id, conference.key, at(1)).await.unwrap();
    assert_eq!(ended, None);
    let listed = bench.store.list_conferences(ben.id, Page::default()).await.unwrap();
    assert_eq!(listed.entries, []);
    let kept = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
    assert_eq!(kept.ended_at, None);
}

async fn lists_come_a_page_at_a_time_the_newest_first(bench: Bench) {
    for number in 1..=5 {
        bench.create(number).await;
    }
    let (mut titles, mut offset) = (Vec::new(), Some(0));
    while let Some(from) = offset {
        let page = Page::new(from, 2);
        let listing = bench.store.list_conferences(bench.subscriber, page).await.unwrap();
        assert!(listing.entries.len() <= 2);
        titles.extend(listing.entries.into_iter().map(|conference| conference.created_at));
        offset = listing.next_offset;
    }
    assert_eq!(titles, [5, 4, 3, 2, 1].map(at));
}

async fn many_may_create_at_once_but_only_one_gets_a_code(bench: Bench) {
    let code = DialInCode::from_random([0; 8]);
    let tasks: Vec<_> = (1..=40)
        .map(|number| {
            let store = bench.store.clone();
            let contested = number % 2 == 0;
            let mut conference = bench.conference(number);
            if contested {
                conference.dial_in_code = code;
            }
            tokio::spawn(async move { (contested, store.create_conference(&conference).await) })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        match task.await.unwrap() {
            (false, result) => result.unwrap(),
            (true, Ok(())) => winners += 1,
            (true, refused) => assert_eq!(conflict(refused), Some(Conflict::DialInCode)),
        }
    }
    assert_eq!(winners, 1);
    let all = bench.store.list_conferences(bench.subscriber, Page::default()).await.unwrap();
    assert_eq!(all.entries.len(), 21);
}

async fn text_is_only_text(bench: Bench) {
    let title = "Robert'); DROP TABLE conferences; -- \u{1F600}";
    let conference = Conference { title: title.parse().unwrap(), ..bench.conference(1) };
    bench.store.create_conference(&conference).await.unwrap();
    let read = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
    assert_eq!(read.title.as_str(), title);
}

async fn a_row_that_was_edited_badly_is_an_error_with_its_name(bench: Bench) {
    let conference = bench.create(1).await;
    for (statement, expected) in [
        ("UPDATE conferences SET dial_in_code = 'hello'", "dial_in_code"),
        ("UPDATE conferences SET dial_in_code = '12345678', title = ''", "title"),
        (
            "UPDATE conferences SET title = 'x', created_at_ms = 9223372036854775807",
            "created_at_ms",
        ),
        (
            "UPDATE conferences SET created_at_ms = 0, starts_at_ms = 0, time_zone = '?'",
            "time_zone",
        ),
        ("UPDATE conferences SET starts_at_ms = NULL, time_zone = NULL, access = '{'", "access"),
    ] {
        bench.tamper(statement).await;
        match bench.store.conference_by_key(conference.key).await {
            Err(StoreError::Unreadable { column }) => assert_eq!(column, expected),
            other => panic!("{statement}: {other:?}"),
        }
    }
}
