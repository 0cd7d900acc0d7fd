//! A real SMTP server that isn't ours, aiosmtpd of PyPI, on loopback, and who is sent letters.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use server::config::{Config, Secret};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{Server, config};

/// More than the server waits for one that doesn't answer, which is 45 s.
const PATIENCE: Duration = Duration::from_secs(75);

/// An SMTP server in a process of its own.
pub(crate) struct Smtp {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
    pub(crate) port: u16,
}

impl Smtp {
    /// One on a port; any free one if it is 0.
    pub(crate) async fn start(port: u16) -> Smtp {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../mail/bin/python");
        assert!(python.exists(), "{} is not there: tools/setup.sh test", python.display());
        let mut command = Command::new(python);
        command.arg("-u").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/smtp.py"));
        let command = command.arg(port.to_string()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = said.next_line().await.unwrap().expect("an SMTP server").parse().unwrap();
        Smtp { process, said, port }
    }

    /// The next message that it takes.
    pub(crate) async fn message(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.said.next_line()).await;
        serde_json::from_str(&line.expect("no mail").unwrap().expect("it has ended")).unwrap()
    }

    /// Has it answer nothing any more, though its port takes connections, as a machine that has frozen does.
    pub(crate) async fn hang(&self) {
        self.signal("STOP").await;
    }

    /// Has it go on where it was.
    pub(crate) async fn resume(&self) {
        self.signal("CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let pid = self.process.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().await.unwrap();
        assert!(sent.success(), "{signal}");
    }

    pub(crate) async fn stop(mut self) -> u16 {
        self.process.kill().await.unwrap();
        self.port
    }
}

/// A mail server that is down, and how the server is configured that sends its mail there.
pub(crate) struct Outage {
    port: u16,
    config: Config,
}

impl Outage {
    /// Starts a server whose mail nobody takes.
    pub(crate) async fn begin() -> (Outage, Server) {
        let port = Smtp::start(0).await.stop().await;
        let directory = tempfile::tempdir().unwrap();
        let mut config = config(directory.path());
        sends_to(&mut config, port);
        let running = server::start(config.clone()).await.unwrap();
        (Outage { port, config }, Server { running, directory })
    }

    /// Stops the server and starts it again; then its mail server is back as well.
    pub(crate) async fn end(self, server: Server) -> (Server, Smtp) {
        let directory = server.stop().await;
        let running = server::start(self.config).await.unwrap();
        (Server { running, directory }, Smtp::start(self.port).await)
    }
}

/// Has a server send its mail there.
pub(crate) fn sends_to(config: &mut Config, port: u16) {
    config.mail.smtp_url = Some(Secret::new(format!("smtp://127.0.0.1:{port}")));
    config.mail.from = Some("Confab <confab@example.com>".to_owned());
    config.mail.retry_wait_s = 1;
}

/// Invites these; who is invited then.
pub(crate) async fn invite(server: &Server, conference: &str, addresses: &[&str]) -> Value {
    let to: Vec<Value> = addresses.iter().map(|address| json!({ "address": address })).collect();
    let path = format!("{conference}/invitations");
    let reply = server.tell_as_owner("POST", &path, &json!({ "to": to })).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()
}

/// The letter of the first invitee, once `holds` is true of it.
pub(crate) async fn letter_until(
    server: &Server,
    conference: &str,
    holds: impl Fn(&Value) -> bool,
) -> Value {
    let watch = async {
        loop {
            let list = server.ask_as_owner("GET", &format!("{conference}/invitations")).await;
            let letter = list.json()["invitees"][0]["letter"].clone();
            if holds(&letter) {
                return letter;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, watch).await.expect("the letter never got so far")
}
