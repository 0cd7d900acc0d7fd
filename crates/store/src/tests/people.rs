//! Subscribers, and by what they are known.

use super::*;

on_both![tokens_name_one_subscriber,];

async fn tokens_name_one_subscriber(bench: Bench) {
    let nobody = bench.store.subscriber_by_token_hash(&TokenHash::of("Anna")).await.unwrap();
    assert_eq!(nobody, None);
    let twice = bench.store.create_subscriber("Ben", &TokenHash::of("anna"), at(0)).await;
    assert_eq!(conflict(twice.map(drop)), Some(Conflict::Token));
    let ben = bench.store.create_subscriber("Ben", &TokenHash::of("ben"), at(0)).await.unwrap();
    assert_ne!(ben.id, bench.subscriber);
    assert_eq!(format!("{:?}", TokenHash::of("ben")), "TokenHash(…)");
}
