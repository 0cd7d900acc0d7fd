//! Starts, stops and restarts.

use serde_json::json;

use super::support::{Server, config};

#[tokio::test]
async fn conferences_and_how_calls_ended_survive_a_restart() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let before = server.ask("GET", &conference).await.json();
    let (call, _) = server.call(&conference, "01 99 00 00 10").await;
    server.call_until(&call, |call| call["state"] == "ended").await;
    let directory = server.stop().await;
    carrier.close().await;

    let running = server::start(config(directory.path())).await.unwrap();
    let server = Server { running, directory };
    let after = server.ask("GET", &conference).await.json();
    for field in ["key", "title", "dial_in"] {
        assert_eq!(after[field], before[field]);
    }
    let ended = server.ask("GET", &call).await.json();
    assert_eq!((&ended["state"], &ended["ending"]), (&json!("ended"), &json!("busy")));
    server.stop().await;
}

#[tokio::test]
async fn a_stop_ends_calls_by_name_and_writes_them_down() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, "01 99 00 00 00").await;
    server.call_until(&call, |call| call["state"] == "in").await;
    let mut events = server.events(&conference).await;
    let directory = server.stop().await;
    let left = events.until("left", |_| true).await;
    assert_eq!(left.data["ending"], "server_stopped");
    let gone = async {
        while carrier.party("+33 1 99 00 00 00").is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), gone).await.expect("no BYE came");
    carrier.close().await;

    let running = server::start(config(directory.path())).await.unwrap();
    let server = Server { running, directory };
    assert_eq!(server.ask("GET", &call).await.json()["ending"], "server_stopped");
    server.stop().await;
}

#[tokio::test]
async fn while_it_drains_calls_go_on_and_new_ones_are_refused() {
    let (server, carrier) = Server::with_carrier(|config| config.shutdown.drain_s = 30).await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, "01 99 00 00 00").await;
    server.call_until(&call, |call| call["state"] == "in").await;
    let address = server.address();
    let stopping = tokio::spawn(server.stop());
    let refused = async {
        let body = json!({ "number": "01 99 00 00 00" }).to_string();
        let request =
            super::support::request("POST", &format!("{conference}/calls"), &[], Some(&body));
        loop {
            let reply = super::support::send(address, &request).await;
            if reply.status == 503 {
                reply.problem(503, "server_stopping");
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), refused).await.expect("still taken");
    let health = super::support::request("GET", "/healthz", &[], None);
    super::support::send(address, &health).await.problem(503, "server_stopping");
    let hang_up = super::support::request("DELETE", &call, &[], None);
    assert_eq!(super::support::send(address, &hang_up).await.status, 204);
    // The last call is over: it stops long before the drain time is.
    stopping.await.unwrap();
    carrier.close().await;
}

#[tokio::test]
async fn what_is_in_the_way_of_a_start_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(|_| {}).await;
    let mut taken = config(directory.path());
    taken.http.listen = server.address();
    let error = server::start(taken).await.err().unwrap().to_string();
    assert!(error.contains(&server.address().to_string()), "{error}");

    let mut nowhere = config(directory.path());
    nowhere.database.path = directory.path().join("missing/confab.db");
    let error = server::start(nowhere).await.err().unwrap().to_string();
    assert!(error.contains("missing/confab.db"), "{error}");

    let mut wrong = config(directory.path());
    wrong.calls.ring_time_s = 1;
    let error = server::start(wrong).await.err().unwrap().to_string();
    assert!(error.contains("calls.ring_time_s = 1"), "{error}");
    server.stop().await;
}
