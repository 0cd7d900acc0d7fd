//! What is sent where, with names that mean what a test says.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::process::Command;
use std::sync::Mutex;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Answers for a name once with each of these, and with the last ever after.
struct Answers(Mutex<VecDeque<Vec<SocketAddr>>>);

impl Resolve for Answers {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        let mut answers = self.0.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let with_port = move |address: SocketAddr| SocketAddr::new(address.ip(), port);
        Box::pin(async move { Ok(next.unwrap().into_iter().map(with_port).collect()) })
    }
}

fn client(allowed: &[&str], answers: &[&[&str]]) -> Client {
    let guard = Guard::new(allowed.iter().map(|network| network.parse().unwrap()).collect());
    let address = |ip: &&str| SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 0);
    let answers = answers.iter().map(|ips| ips.iter().map(address).collect()).collect();
    Client::new(guard, Box::new(Answers(Mutex::new(answers))), RootCertStore::empty()).unwrap()
}

/// Takes one request after the other, answers each with the next of `answers`, and gives what it was asked.
async fn receiver(answers: &'static [&'static str]) -> (u16, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            asked.push(read_request(&mut stream).await);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (port, task)
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    while !text.ends_with("{}") {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await.unwrap();
        assert_ne!(read, 0, "cut: {text}");
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
    text
}

async fn post(client: &Client, url: &str) -> Outcome {
    client.post(url, HeaderMap::new(), "{}".to_owned()).await
}

fn failed(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_name_may_not_stand_for_what_is_inside() {
    for inside in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254"] {
        let client = client(&[], &[&["1.1.1.1", inside]]);
        let reason = failed(post(&client, "https://example.com/hook").await);
        assert_eq!(reason, format!("{inside} is not a public address, and nothing is sent there."));
        let refused = client.check("https://example.com/hook").await;
        assert_eq!(refused, Err(Forbidden::Private(inside.parse().unwrap())));
    }
}

#[tokio::test]
async fn addresses_are_seen_through_however_they_are_written() {
    let guard = Guard::default();
    let client = Client::new(guard, Box::new(SystemResolver), RootCertStore::empty()).unwrap();
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://LOCALHOST:8443/",
    ] {
        let refused = client.check(url).await;
        assert!(matches!(refused, Err(Forbidden::Private(_))), "{url}: {refused:?}");
    }
    assert_eq!(client.check("https://nowhere.invalid/").await, Err(Forbidden::Unknown));
}

/// DNS rebinding: the name means something else a moment after it was looked at.
#[tokio::test]
async fn what_was_looked_at_is_what_is_connected_to() {
    let (port, receiver) = receiver(&["HTTP/1.1 204 No Content\r\n\r\n"]).await;
    // 127.0.0.1 may be reached here, 127.0.0.2 may not.
    let client = client(&["127.0.0.1/32"], &[&["127.0.0.1"], &["127.0.0.2"]]);
    let url = format!("http://example.com:{port}/hook?a=b");
    assert_eq!(post(&client, &url).await, Outcome::Accepted);
    let asked = receiver.await.unwrap().remove(0);
    assert!(asked.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: example.com:{port}\r\n")), "{asked}");
    // Each try looks anew.
    assert!(failed(post(&client, &url).await).starts_with("127.0.0.2 is not"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (other, _) = receiver(&[]).await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{other}/\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let (port, receiver) = receiver(Box::leak(Box::new([&*answer.leak()]))).await;
    let client = client(&["127.0.0.0/8"], &[&["127.0.0.1"]]);
    let reason = failed(post(&client, &format!("http://example.com:{port}/")).await);
    assert_eq!(reason, "It answered 307, and redirects are not followed.");
    assert_eq!(receiver.await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_an_answer_means() {
    let (port, receiver) = receiver(&[
        "HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n",
        "HTTP/1.1 500 No\r\n\r\n",
        "HTTP/1.1 410 Gone\r\n\r\n",
        "what is this?\r\n\r\n",
        "",
    ])
    .await;
    let client = client(&["127.0.0.0/8"], &[&["127.0.0.1"]]);
    let url = format!("http://example.com:{port}/");
    assert_eq!(post(&client, &url).await, Outcome::Accepted, "its body isn't waited for");
    assert_eq!(failed(post(&client, &url).await), "It answered 500.");
    assert!(matches!(post(&client, &url).await, Outcome::Refused(_)));
    for _ in 0..2 {
        assert!(failed(post(&client, &url).await).starts_with("The exchange broke off"));
    }
    receiver.await.unwrap();
    assert!(failed(post(&client, &url).await).starts_with("It can't be reached"));
}

#[tokio::test]
async fn the_certificate_has_to_be_the_hosts() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let openssl = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "1", "-subj", "/CN=test", "-addext"])
        .args(["basicConstraints=critical,CA:FALSE", "-addext"])
        .args(["subjectAltName=DNS:example.com", "-keyout", &path("key"), "-out", &path("cert")])
        .output();
    assert!(openssl.unwrap().status.success(), "no certificate");
    let certificate = CertificateDer::from_pem_file(path("cert")).unwrap();
    let key = PrivateKeyDer::from_pem_file(path("key")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let receiver = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        assert!(acceptor.accept(stream).await.is_err(), "another name is refused");
    });
    let answers = || {
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        Box::new(Answers(Mutex::new(VecDeque::from([vec![local]]))))
    };
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let client = Client::new(guard, answers(), roots).unwrap();
    assert_eq!(post(&client, &format!("https://example.com:{port}/")).await, Outcome::Accepted);
    let reason = failed(post(&client, &format!("https://example.org:{port}/")).await);
    assert!(reason.contains("certificate"), "{reason}");
    receiver.await.unwrap();
}
