//! Subscribers, by what they are known, and how they sign in.

use super::*;

on_both![
    tokens_name_one_subscriber,
    subscribers_are_created_all_or_none,
    a_link_is_good_once_and_for_a_while,
    a_link_for_nobody_lets_somebody_sign_up_where_it_says_so,
    sessions_end_one_by_one_by_time_and_all_at_once,
    who_is_suspended_is_out_and_comes_back_as_before,
];

fn anna() -> MailAddress {
    "anna@example.com".parse().unwrap()
}

fn subscriber(mail: &str) -> NewSubscriber {
    NewSubscriber { name: "Somebody".parse().unwrap(), mail: mail.parse().unwrap() }
}

/// Keeps a link that is good until `at(900)`.
async fn send_link(bench: &Bench, secret: &str, name: Option<&SubscriberName>) {
    let (hash, mail) = (TokenHash::of(secret), &anna());
    let link = SignInLink { hash, mail, name, expires_at: at(900) };
    bench.store.create_sign_in_link(&link, at(0)).await.unwrap();
}

/// Follows it, for a session that is good until `at(5000)`.
async fn follow(bench: &Bench, secret: &str, session: &str, now: i64) -> Option<BrowserSession> {
    let (link, session) = (TokenHash::of(secret), TokenHash::of(session));
    bench.store.sign_in(&link, &session, at(now), at(5000)).await.unwrap()
}

async fn signed_in(bench: &Bench, session: &str, now: i64) -> bool {
    bench.store.session(&TokenHash::of(session), at(now)).await.unwrap().is_some()
}

async fn tokens_name_one_subscriber(bench: Bench) {
    let store = &bench.store;
    let nobody = store.subscriber_by_token_hash(&TokenHash::of("Anna")).await.unwrap();
    assert_eq!(nobody, None);
    let twice = store.create_subscriber("Ben", &TokenHash::of("anna"), at(0)).await;
    assert_eq!(conflict(twice), Some(Conflict::Token));
    let ben = store.create_subscriber("Ben", &TokenHash::of("ben"), at(0)).await.unwrap();
    assert_ne!(ben.id, bench.subscriber);
    let owner = async || store.subscriber_by_token_hash(&TokenHash::of("ben")).await.unwrap();
    assert_eq!(owner().await, Some(TokenOwner { subscriber: ben, is_operator: false }));
    store.make_operator(&TokenHash::of("ben")).await.unwrap();
    assert!(owner().await.unwrap().is_operator);
    assert_eq!(format!("{:?}", TokenHash::of("ben")), "TokenHash(…)");
}

async fn subscribers_are_created_all_or_none(bench: Bench) {
    let store = &bench.store;
    let two = [subscriber("Anna@example.com"), subscriber("ben@example.com")];
    let created = store.create_subscribers(&two, at(7)).await.unwrap();
    assert_eq!(store.subscriber_by_mail(&anna()).await.unwrap().as_ref(), created.first());
    assert_eq!(store.subscriber(created[1].id).await.unwrap().as_ref(), created.last());
    let more = [subscriber("cleo@example.com"), subscriber("ANNA@example.com")];
    let refused = store.create_subscribers(&more, at(8)).await;
    assert!(matches!(refused, Err(StoreError::MailTaken { index: 1 })), "{refused:?}");
    let all = store.subscribers(Page::default()).await.unwrap().entries;
    assert_eq!(all.len(), 3, "with the one that was there before");
    assert_eq!(store.subscribers(Page::new(1, 1)).await.unwrap().entries, created[..1]);
}

async fn a_link_is_good_once_and_for_a_while(bench: Bench) {
    bench.store.create_subscribers(&[subscriber("anna@example.com")], at(0)).await.unwrap();
    send_link(&bench, "link", None).await;
    assert_eq!(follow(&bench, "another", "s", 1).await, None);
    let session = follow(&bench, "link", "cookie", 1).await.unwrap();
    assert_eq!((session.subscriber.mail, session.expires_at), (Some(anna()), at(5000)));
    assert!(signed_in(&bench, "cookie", 2).await);
    assert!(!signed_in(&bench, "s", 2).await);
    assert_eq!(follow(&bench, "link", "s", 2).await, None, "once is once");
    send_link(&bench, "late", None).await;
    assert_eq!(follow(&bench, "late", "s", 900).await, None);
}

async fn a_link_for_nobody_lets_somebody_sign_up_where_it_says_so(bench: Bench) {
    send_link(&bench, "closed", None).await;
    assert_eq!(follow(&bench, "closed", "s", 1).await, None);
    assert_eq!(bench.store.subscriber_by_mail(&anna()).await.unwrap(), None);
    let name: SubscriberName = "Anna".parse().unwrap();
    for secret in ["open", "again"] {
        send_link(&bench, secret, Some(&name)).await;
        let session = follow(&bench, secret, secret, 2).await.unwrap();
        assert_eq!(session.subscriber.name, "Anna");
    }
    let all = bench.store.subscribers(Page::default()).await.unwrap().entries;
    assert_eq!(all.len(), 2, "the second time she was known");
}

async fn who_is_suspended_is_out_and_comes_back_as_before(bench: Bench) {
    bench.store.create_subscribers(&[subscriber("anna@example.com")], at(0)).await.unwrap();
    send_link(&bench, "one", None).await;
    let anna = follow(&bench, "one", "cookie", 1).await.unwrap().subscriber;
    let conference = Conference { subscriber: anna.id, ..bench.conference(1) };
    bench.store.create_conference(&conference).await.unwrap();
    let end = async || {
        let by_key = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
        let listed = bench.store.list_conferences(anna.id, Page::default()).await.unwrap().entries;
        let dialled = DialIn::Code(conference.dial_in_code);
        let by_code = bench.store.conference_by_dial_in(&dialled).await.unwrap().unwrap();
        assert_eq!([by_key.ended_at, by_code.ended_at], [listed[0].ended_at; 2]);
        by_key.ended_at
    };
    assert_eq!(end().await, None);

    for second in [5, 6] {
        let suspended = bench.store.suspend(anna.id, at(second)).await.unwrap().unwrap();
        assert_eq!(suspended.suspended_at, Some(at(5)), "since the first time");
    }
    assert!(!signed_in(&bench, "cookie", 6).await);
    send_link(&bench, "two", None).await;
    assert_eq!(follow(&bench, "two", "cookie", 6).await, None);
    assert_eq!(end().await, Some(at(5)));

    assert_eq!(bench.store.resume(anna.id).await.unwrap(), Some(anna.clone()));
    assert_eq!(end().await, None);
    assert!(!signed_in(&bench, "cookie", 7).await, "but has to sign in anew");
    send_link(&bench, "three", None).await;
    assert!(follow(&bench, "three", "cookie", 7).await.is_some());
    assert_eq!(bench.store.suspend(SubscriberId::new(99), at(8)).await.unwrap(), None);
}

async fn sessions_end_one_by_one_by_time_and_all_at_once(bench: Bench) {
    bench.store.create_subscribers(&[subscriber("anna@example.com")], at(0)).await.unwrap();
    let mut subscriber = None;
    for secret in ["one", "two", "three"] {
        send_link(&bench, secret, None).await;
        subscriber = follow(&bench, secret, secret, 1).await.map(|session| session.subscriber.id);
    }
    bench.store.end_session(&TokenHash::of("one")).await.unwrap();
    assert!(!signed_in(&bench, "one", 2).await && signed_in(&bench, "two", 2).await);
    assert!(!signed_in(&bench, "two", 5000).await);
    bench.store.prolong_session(&TokenHash::of("two"), at(9000)).await.unwrap();
    assert!(signed_in(&bench, "two", 5000).await);
    assert_eq!(bench.store.end_sessions_of(subscriber.unwrap()).await.unwrap(), 2);
    assert!(!signed_in(&bench, "two", 2).await && !signed_in(&bench, "three", 2).await);
}
