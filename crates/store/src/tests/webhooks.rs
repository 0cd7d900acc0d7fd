//! Endpoints of programs, and what they are told.

use conference::delivery::Delivery;

use super::*;

on_both![
    a_subscriber_has_endpoints_of_its_own,
    endpoints_are_told_of_their_subscribers_conferences,
    an_operators_endpoint_is_told_of_all_conferences,
    what_is_told_of_one_conference_stays_in_order,
    an_endpoint_that_fails_is_left_alone_for_a_while,
    a_notice_is_written_once_and_claimed_by_one,
    what_waits_for_an_endpoint_has_a_limit,
    an_endpoint_goes_with_all_it_was_to_be_told,
];

const URL: &str = "https://example.com/hook";

fn endpoint(subscriber: SubscriberId) -> NewWebhook<'static> {
    NewWebhook { subscriber, for_everybody: false, url: URL, salt: "salt" }
}

fn notice(conference: &Conference, name: &'static str) -> NewNotice<'static> {
    let (kind, body) = ("conference.active", "{}");
    NewNotice { conference: conference.key, name, kind, body, expires_at: at(900) }
}

impl Bench {
    async fn endpoint(&self) -> Webhook {
        self.store.create_webhook(endpoint(self.subscriber), at(0)).await.unwrap().unwrap()
    }

    async fn names_due(&self, second: i64) -> Vec<String> {
        let due = self.store.due_notices(at(second), 99).await.unwrap();
        due.into_iter().map(|notice| notice.name).collect()
    }

    async fn settle_first(&self, second: i64, delivery: Delivery) {
        let due = self.store.due_notices(at(second), 1).await.unwrap().remove(0);
        let claimed = self.store.claim_notice(due, at(second + 60)).await.unwrap().unwrap();
        self.store.settle_notice(&claimed, &delivery).await.unwrap();
    }
}

async fn a_subscriber_has_endpoints_of_its_own(bench: Bench) {
    let store = &bench.store;
    let bert = store.create_subscriber("Bert", &TokenHash::of("bert"), at(0)).await.unwrap().id;
    for _ in 0..WEBHOOKS_MAX {
        assert!(store.create_webhook(endpoint(bench.subscriber), at(5)).await.unwrap().is_some());
    }
    assert_eq!(store.create_webhook(endpoint(bench.subscriber), at(5)).await.unwrap(), None);
    let berts = store.create_webhook(endpoint(bert), at(6)).await.unwrap().unwrap();
    assert_eq!(store.webhooks_of(bert).await.unwrap(), std::slice::from_ref(&berts));
    assert_eq!((berts.url.as_str(), berts.salt.as_str(), berts.created_at), (URL, "salt", at(6)));
    assert!(!store.delete_webhook(bench.subscriber, berts.id).await.unwrap(), "it isn't Anna's");
    assert!(store.delete_webhook(bert, berts.id).await.unwrap());
    assert!(store.webhooks_of(bert).await.unwrap().is_empty());
    let nobody = endpoint(SubscriberId::new(99));
    assert!(matches!(store.create_webhook(nobody, at(0)).await, Err(StoreError::Orphan)));
}

async fn endpoints_are_told_of_their_subscribers_conferences(bench: Bench) {
    let conference = bench.create(1).await;
    let store = &bench.store;
    assert_eq!(
        store.post_notice(&notice(&conference, "a"), at(9)).await.unwrap(),
        0,
        "nobody asked"
    );
    let anna = bench.endpoint().await;
    let bert = store.create_subscriber("Bert", &TokenHash::of("bert"), at(0)).await.unwrap().id;
    store.create_webhook(endpoint(bert), at(0)).await.unwrap();
    assert_eq!(store.post_notice(&notice(&conference, "b"), at(9)).await.unwrap(), 1);
    let due = store.due_notices(at(9), 9).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].webhook, due[0].name.as_str(), due[0].tries), (anna.id, "b", 0));
    // By a former URL, too: who left did so by that.
    let key = ConferenceKey::from_random([9; 16]);
    store.rotate_url(bench.subscriber, conference.key, key, at(9)).await.unwrap().unwrap();
    assert_eq!(store.post_notice(&notice(&conference, "c"), at(9)).await.unwrap(), 1);
}

async fn an_operators_endpoint_is_told_of_all_conferences(bench: Bench) {
    let operator = bench.store.create_subscriber("Op", &TokenHash::of("op"), at(0)).await.unwrap();
    let everybodys = NewWebhook { for_everybody: true, ..endpoint(operator.id) };
    bench.store.create_webhook(everybodys, at(0)).await.unwrap();
    bench.endpoint().await;
    let conference = bench.create(1).await;
    assert_eq!(bench.store.post_notice(&notice(&conference, "a"), at(9)).await.unwrap(), 2);
}

async fn what_is_told_of_one_conference_stays_in_order(bench: Bench) {
    let (one, two) = (bench.create(1).await, bench.create(2).await);
    bench.endpoint().await;
    for (conference, name) in [(&one, "1a"), (&one, "1b"), (&two, "2a"), (&one, "1c")] {
        bench.store.post_notice(&notice(conference, name), at(9)).await.unwrap();
    }
    assert_eq!(bench.names_due(9).await, ["1a", "2a"]);
    bench.settle_first(9, Delivery::Sent).await;
    assert_eq!(bench.names_due(9).await, ["1b", "2a"]);
    let gone = Delivery::GivenUp { reason: "It was too late.".to_owned() };
    bench.settle_first(9, gone).await;
    assert_eq!(bench.names_due(9).await, ["2a", "1c"], "and not stuck behind what failed");
    // While one is being tried, none of the same conference is.
    let due = bench.store.due_notices(at(9), 9).await.unwrap().remove(1);
    bench.store.post_notice(&notice(&one, "1d"), at(9)).await.unwrap();
    bench.store.claim_notice(due, at(69)).await.unwrap().unwrap();
    assert_eq!(bench.names_due(9).await, ["2a"]);
    assert_eq!(bench.store.next_notice_due().await.unwrap(), Some(at(9)));
}

async fn an_endpoint_that_fails_is_left_alone_for_a_while(bench: Bench) {
    let (one, two) = (bench.create(1).await, bench.create(2).await);
    let webhook = bench.endpoint().await;
    for (conference, name) in [(&one, "1a"), (&two, "2a")] {
        bench.store.post_notice(&notice(conference, name), at(9)).await.unwrap();
    }
    let waits = Delivery::Waiting { due_at: at(40), reason: "It answered 500.".to_owned() };
    bench.settle_first(9, waits).await;
    assert!(bench.names_due(39).await.is_empty());
    assert_eq!(bench.store.next_notice_due().await.unwrap(), Some(at(40)));
    assert_eq!(bench.names_due(40).await, ["1a", "2a"]);
    let page = Page::default();
    let told = bench.store.notices_of(bench.subscriber, webhook.id, page).await.unwrap().entries;
    assert_eq!(told.iter().map(|one| one.tries).collect::<Vec<_>>(), [0, 1], "the newest first");
    assert_eq!(told[1].reason.as_deref(), Some("It answered 500."));
    assert_eq!((told[1].state.as_str(), told[1].due_at), ("waiting", Some(at(40))));
}

async fn a_notice_is_written_once_and_claimed_by_one(bench: Bench) {
    let conference = bench.create(1).await;
    bench.endpoint().await;
    assert_eq!(bench.store.post_notice(&notice(&conference, "a"), at(9)).await.unwrap(), 1);
    assert_eq!(bench.store.post_notice(&notice(&conference, "a"), at(9)).await.unwrap(), 0);
    let due = bench.store.due_notices(at(9), 9).await.unwrap().remove(0);
    assert!(bench.store.claim_notice(due.clone(), at(69)).await.unwrap().is_some());
    assert!(bench.store.claim_notice(due, at(69)).await.unwrap().is_none());
    assert!(bench.names_due(68).await.is_empty());
    assert_eq!(bench.names_due(69).await, ["a"], "whoever had it was killed");
}

async fn what_waits_for_an_endpoint_has_a_limit(bench: Bench) {
    let conference = bench.create(1).await;
    bench.endpoint().await;
    bench.store.post_notice(&notice(&conference, "first"), at(9)).await.unwrap();
    bench
        .tamper(
            "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000) \
             INSERT INTO notices (webhook, conference, name, kind, body, state, tries, created_at_ms, \
             due_at_ms, expires_at_ms) \
             SELECT webhook, conference, CAST(n AS TEXT), kind, body, state, tries, created_at_ms, \
             due_at_ms, expires_at_ms FROM notices, numbers",
        )
        .await;
    assert_eq!(bench.store.post_notice(&notice(&conference, "last"), at(9)).await.unwrap(), 0);
    assert_eq!(bench.names_due(9).await, ["first"]);
    bench.settle_first(9, Delivery::Sent).await;
    assert_eq!(bench.store.post_notice(&notice(&conference, "last"), at(9)).await.unwrap(), 1);
}

async fn an_endpoint_goes_with_all_it_was_to_be_told(bench: Bench) {
    let conference = bench.create(1).await;
    let (one, other) = (bench.endpoint().await, bench.endpoint().await);
    bench.store.post_notice(&notice(&conference, "a"), at(9)).await.unwrap();
    assert!(bench.store.delete_webhook(bench.subscriber, one.id).await.unwrap());
    let due = bench.store.due_notices(at(9), 9).await.unwrap();
    assert_eq!(due.iter().map(|notice| notice.webhook).collect::<Vec<_>>(), [other.id]);
    bench.settle_first(9, Delivery::Sent).await;
    assert_eq!(bench.store.forget_notices(at(9)).await.unwrap(), 0);
    assert_eq!(bench.store.forget_notices(at(10)).await.unwrap(), 1);
}
