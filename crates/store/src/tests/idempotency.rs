//! Requests that are carried out once.

use super::*;

on_both![
    the_first_request_is_carried_out_and_the_others_answered_alike,
    a_key_is_for_one_body,
    a_key_is_free_again_when_nothing_came_of_it,
    an_owner_has_so_many_keys,
];

const REQUEST: KeyedRequest<'static> =
    KeyedRequest { hash: "hash", owner: "anna", fingerprint: "body" };

fn answer() -> KeptAnswer {
    KeptAnswer {
        status: 201,
        content_type: Some("application/json".to_owned()),
        location: None,
        body: "{}".to_owned(),
    }
}

async fn the_first_request_is_carried_out_and_the_others_answered_alike(bench: Bench) {
    let claim = async |second| bench.store.claim_key(REQUEST, at(second), at(second + 30)).await;
    assert_eq!(claim(0).await.unwrap(), Claim::First);
    assert_eq!(claim(1).await.unwrap(), Claim::UnderWay);
    bench.store.keep_answer("hash", &answer(), at(900)).await.unwrap();
    assert_eq!(claim(899).await.unwrap(), Claim::Answered(answer()));
    assert_eq!(claim(900).await.unwrap(), Claim::First, "it has been forgotten");
}

async fn a_key_is_for_one_body(bench: Bench) {
    let store = &bench.store;
    assert_eq!(store.claim_key(REQUEST, at(0), at(30)).await.unwrap(), Claim::First);
    let other = KeyedRequest { fingerprint: "another", ..REQUEST };
    assert_eq!(store.claim_key(other, at(0), at(30)).await.unwrap(), Claim::Different);
    store.keep_answer("hash", &answer(), at(900)).await.unwrap();
    assert_eq!(store.claim_key(other, at(0), at(30)).await.unwrap(), Claim::Different);
    let elsewhere = KeyedRequest { hash: "another hash", ..other };
    assert_eq!(store.claim_key(elsewhere, at(0), at(30)).await.unwrap(), Claim::First);
}

async fn a_key_is_free_again_when_nothing_came_of_it(bench: Bench) {
    let claim = async |second| bench.store.claim_key(REQUEST, at(second), at(second + 30)).await;
    assert_eq!(claim(0).await.unwrap(), Claim::First);
    bench.store.release_key("hash").await.unwrap();
    assert_eq!(claim(0).await.unwrap(), Claim::First);
    assert_eq!(claim(29).await.unwrap(), Claim::UnderWay);
    assert_eq!(claim(30).await.unwrap(), Claim::First, "whoever had it was killed");
    bench.store.keep_answer("hash", &answer(), at(900)).await.unwrap();
    bench.store.release_key("hash").await.unwrap();
    assert_eq!(claim(40).await.unwrap(), Claim::Answered(answer()), "an answer stays");
}

async fn an_owner_has_so_many_keys(bench: Bench) {
    bench
        .tamper(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000) \
             INSERT INTO idempotency_keys (hash, owner, fingerprint, expires_at_ms) \
             SELECT CAST(n AS TEXT), 'anna', 'body', 1800000900000 FROM numbers",
        )
        .await;
    assert_eq!(bench.store.claim_key(REQUEST, at(0), at(30)).await.unwrap(), Claim::TooMany);
    let known = KeyedRequest { hash: "7", ..REQUEST };
    assert_eq!(bench.store.claim_key(known, at(0), at(30)).await.unwrap(), Claim::UnderWay);
    let berts = KeyedRequest { owner: "bert", ..REQUEST };
    assert_eq!(bench.store.claim_key(berts, at(0), at(30)).await.unwrap(), Claim::First);
    assert_eq!(bench.store.claim_key(known, at(900), at(930)).await.unwrap(), Claim::First);
}
