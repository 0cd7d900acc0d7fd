//! What the operator does: subscribers, and URLs from a pool.

use serde_json::{Value, json};

use super::support::{Server, bearer, request, send};

async fn add_to_pool(server: &Server, count: usize) -> Value {
    let reply = server.tell_as_owner("POST", "/api/v1/urls", &json!({ "count": count })).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()
}

#[tokio::test]
async fn subscribers_and_urls_are_made_by_thousands_and_assigned() {
    let server = Server::start(|_| {}).await;
    let many: Vec<Value> =
        (0..2000).map(|n| json!({ "mail": format!("s{n}@example.com"), "name": "S" })).collect();
    let body = json!({ "subscribers": many });
    let created = server.tell_as_owner("POST", "/api/v1/subscribers", &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let created = created.json();
    assert_eq!(created["subscribers"].as_array().unwrap().len(), 2000);
    let id = &created["subscribers"][1999]["id"];
    assert_eq!(created["subscribers"][1999]["mail"], "s1999@example.com");

    let pool = add_to_pool(&server, 3000).await;
    assert_eq!(pool["in_pool"], 3000);
    assert_eq!(pool["urls"].as_array().unwrap().len(), 3000);
    let waiting = server.ask_as_owner("GET", "/api/v1/urls?limit=1").await.json();
    let waiting = waiting["urls"][0].as_str().unwrap().to_owned();
    let path = waiting.strip_prefix(&server.running.public_url).unwrap().to_owned();
    assert_eq!(server.ask("GET", &path).await.status, 404, "it is nobody's yet");

    let assign = format!("/api/v1/subscribers/{id}/urls");
    let given = server.tell_as_owner("POST", &assign, &json!({ "count": 2 })).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let given = given.json();
    assert_eq!(given["conferences"][0]["url"], waiting.as_str(), "the eldest first");
    assert_eq!(given["conferences"][1]["title"], "Room of S (2)");
    assert_eq!(server.ask("GET", &path).await.status, 200);
    let left = server.ask_as_owner("GET", "/api/v1/urls?limit=5").await.json();
    assert_eq!((&left["in_pool"], &left["next_offset"]), (&json!(2998), &json!(5)));
    let listed = server.ask_as_owner("GET", "/api/v1/subscribers?offset=1999&limit=2").await.json();
    assert_eq!(listed["subscribers"].as_array().unwrap().len(), 2, "with the operator before them");
    server.stop().await;
}

#[tokio::test]
async fn bad_subscribers_are_refused_by_number_and_none_is_created() {
    let server = Server::start(|_| {}).await;
    let good = json!({ "mail": "anna@example.com", "name": "Anna" });
    let long = "x".repeat(10_000);
    for (bad, field) in [
        (json!({ "mail": "a@example.com\r\nBcc: b@example.com" }), "subscribers.1.mail"),
        (json!({ "mail": format!("{long}@example.com") }), "subscribers.1.mail"),
        (json!({ "mail": "ben@example.com", "name": long }), "subscribers.1.name"),
        (json!({ "mail": "ben@example.com", "name": "\u{202E}nna" }), "subscribers.1.name"),
        (json!({ "mail": "ANNA@example.com" }), "subscribers.1.mail"),
    ] {
        let body = json!({ "subscribers": [good, bad] });
        let reply = server.tell_as_owner("POST", "/api/v1/subscribers", &body).await;
        assert!([409, 422].contains(&reply.status), "{}", reply.body);
        assert_eq!(reply.json()["field"], field);
    }
    let markup = json!({ "mail": "m@example.com", "name": "<script>alert(1)</script>" });
    let reply = server.tell_as_owner("POST", "/api/v1/subscribers", &markup).await;
    assert_eq!(reply.json()["subscribers"][0]["name"], "<script>alert(1)</script>", "only text");
    let all = server.ask_as_owner("GET", "/api/v1/subscribers").await.json();
    assert_eq!(all["subscribers"].as_array().unwrap().len(), 2);
    let empty = json!({ "subscribers": [] });
    let reply = server.tell_as_owner("POST", "/api/v1/subscribers", &empty).await;
    assert_eq!(reply.problem(422, "invalid")["field"], "subscribers");
    for count in [0, 10_001] {
        let reply = server.tell_as_owner("POST", "/api/v1/urls", &json!({ "count": count })).await;
        assert_eq!(reply.problem(422, "invalid")["field"], "count");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_pool_that_is_empty_gives_nothing() {
    let server = Server::start(|_| {}).await;
    add_to_pool(&server, 1).await;
    let ask = async |path: &str, count: usize| {
        server.tell_as_owner("POST", path, &json!({ "count": count })).await
    };
    ask("/api/v1/subscribers/1/urls", 2).await.problem(409, "pool_empty");
    ask("/api/v1/subscribers/404/urls", 1).await.problem(404, "not_found");
    ask("/api/v1/subscribers/anna/urls", 1).await.problem(404, "not_found");
    assert_eq!(ask("/api/v1/subscribers/1/urls", 1).await.status, 201);
    server.stop().await;
}

#[tokio::test]
async fn only_an_operator_may() {
    let server = Server::start(|_| {}).await;
    let path = server.directory.path().join("confab.db");
    let store = store::Store::open(&path).await.unwrap();
    let hash = store::TokenHash::of("of-a-subscriber-alone");
    store.create_subscriber("Ben", &hash, jiff::Timestamp::now()).await.unwrap();
    store.close().await;
    for (method, path) in [
        ("POST", "/api/v1/subscribers"),
        ("GET", "/api/v1/subscribers"),
        ("GET", "/api/v1/subscribers/1"),
        ("PATCH", "/api/v1/subscribers/1"),
        ("POST", "/api/v1/subscribers/1/sign-in-link"),
        ("POST", "/api/v1/subscribers/1/urls"),
        ("POST", "/api/v1/urls"),
        ("GET", "/api/v1/urls"),
        ("POST", "/api/v1/urls/assignments"),
    ] {
        let without = request(method, path, &[], Some("{}"));
        send(server.address(), &without).await.problem(401, "token_missing");
        let subscriber = bearer("of-a-subscriber-alone");
        let by_subscriber = request(method, path, &[&subscriber], Some("{}"));
        send(server.address(), &by_subscriber).await.problem(403, "not_operator");
    }
    server.stop().await;
}

#[tokio::test]
async fn whoever_is_suspended_is_out_until_it_is_not() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let path = server.directory.path().join("confab.db");
    let store = store::Store::open(&path).await.unwrap();
    let hash = store::TokenHash::of("berts-token");
    let bert = store.create_subscriber("Bert", &hash, jiff::Timestamp::now()).await.unwrap();
    store.close().await;
    let create = request(
        "POST",
        "/api/v1/conferences",
        &[&bearer("berts-token")],
        Some(&json!({ "title": "Planning" }).to_string()),
    );
    let created = send(server.address(), &create).await;
    let conference = created.headers["location"].clone();
    let (call, _) = server.call(&conference, "01 99 00 00 01").await;
    server.call_until(&call, |call| call["state"] == "in").await;

    let path = format!("/api/v1/subscribers/{}", bert.id.number());
    let suspended = server.tell_as_owner("PATCH", &path, &json!({ "suspended": true })).await;
    assert!(suspended.json()["suspended_at"].is_string(), "{}", suspended.body);
    let ended = server.call_until(&call, |call| call["state"] == "ended").await;
    assert_eq!(ended["ending"], "conference_ended");
    assert_eq!(server.ask("GET", &conference).await.json()["state"], "ended");
    let call = json!({ "number": "01 99 00 00 01" });
    let refused = server.tell("POST", &format!("{conference}/calls"), &call).await;
    assert_eq!(refused.status, 410, "{}", refused.body);
    send(server.address(), &create).await.problem(403, "suspended");

    let resumed = server.tell_as_owner("PATCH", &path, &json!({ "suspended": false })).await;
    assert_eq!(resumed.json()["suspended_at"], Value::Null);
    assert_eq!(send(server.address(), &create).await.status, 201);
    let body = json!({ "suspended": true });
    let missing = server.tell_as_owner("PATCH", "/api/v1/subscribers/404", &body).await;
    missing.problem(404, "not_found");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn many_are_given_urls_by_one_request_or_none_is() {
    let server = Server::start(|_| {}).await;
    let new =
        json!({ "subscribers": [{ "mail": "anna@b.example" }, { "mail": "bert@b.example" }] });
    let created = server.tell_as_owner("POST", "/api/v1/subscribers", &new).await.json();
    let ids = [0, 1].map(|index| created["subscribers"][index]["id"].clone());
    server.tell_as_owner("POST", "/api/v1/urls", &json!({ "count": 5 })).await;
    const PATH: &str = "/api/v1/urls/assignments";
    let both = |count| json!({ "subscribers": ids, "count": count });
    let short = server.tell_as_owner("POST", PATH, &both(3)).await;
    short.problem(409, "pool_empty");
    let nobody = json!({ "subscribers": [ids[0], 404] });
    server.tell_as_owner("POST", PATH, &nobody).await.problem(404, "not_found");
    for wrong in [json!([]), json!([ids[0], ids[0]]), json!(vec![1; 501])] {
        let body = json!({ "subscribers": wrong, "count": 2 });
        let refused = server.tell_as_owner("POST", PATH, &body).await;
        assert_eq!(refused.problem(422, "invalid")["field"], "subscribers");
    }
    server.tell_as_owner("POST", PATH, &both(0)).await.problem(422, "invalid");
    assert_eq!(server.ask_as_owner("GET", "/api/v1/urls").await.json()["in_pool"], 5);

    let given = server.tell_as_owner("POST", PATH, &both(2)).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let given = given.json();
    for (one, id) in given["assigned"].as_array().unwrap().iter().zip(&ids) {
        assert_eq!((&one["subscriber"], one["conferences"].as_array().unwrap().len()), (id, 2));
    }
    let title = |index: usize| given["assigned"][index]["conferences"][1]["title"].clone();
    assert_ne!(title(0), title(1), "each has its owner's name");
    assert_eq!(server.ask_as_owner("GET", "/api/v1/urls").await.json()["in_pool"], 1);
    server.stop().await;
}
