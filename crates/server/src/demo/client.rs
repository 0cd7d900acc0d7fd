//! The HTTP API as a program outside would use it: JSON requests, and a conference's stream of events.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Why the API can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server isn't there.
    #[error("the server can't be reached: {0}")]
    Connect(#[from] std::io::Error),
    /// The exchange broke off.
    #[error("the exchange with the server broke off: {0}")]
    Http(#[from] hyper::Error),
    /// A request that can't be written.
    #[error("a request can't be written: {0}")]
    Request(#[from] hyper::http::Error),
    /// The server's answer isn't JSON.
    #[error("the server's answer can't be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The server refused.
    #[error("{method} {path} was refused with {status}: {detail}")]
    Refused {
        /// The request's method.
        method: Method,
        /// Its path.
        path: String,
        /// The status of the answer.
        status: u16,
        /// What the server says about it.
        detail: String,
    },
    /// An answer lacks what it should have.
    #[error("the server's answer has no {0}")]
    Lacks(&'static str),
    /// The stream of events ended.
    #[error("the stream of events ended")]
    StreamEnded,
}

/// A client of one server. Each request has a connection of its own.
#[derive(Clone, Debug)]
pub(super) struct Client {
    server: SocketAddr,
    token: String,
}

impl Client {
    pub(super) fn new(server: SocketAddr, token: String) -> Self {
        Self { server, token }
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, ClientError> {
        let response = self.send(Method::POST, path, body.to_string().into()).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.send(Method::DELETE, path, Bytes::new()).await?.into_body().collect().await?;
        Ok(())
    }

    /// Follows a conference from now on.
    pub(super) async fn events(&self, conference: &str) -> Result<Events, ClientError> {
        let path = format!("{conference}/events");
        let body = self.send(Method::GET, &path, Bytes::new()).await?.into_body();
        Ok(Events { body, unread: Vec::new() })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, ClientError> {
        let stream = TcpStream::connect(self.server).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the exchange; what goes wrong shows there.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(header::HOST, self.server.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let response = sender.send_request(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        let detail = String::from_utf8_lossy(&body).into_owned();
        Err(ClientError::Refused { method, path: path.to_owned(), status, detail })
    }
}

/// A text in an answer.
pub(super) fn text(answer: &Value, field: &'static str) -> Result<String, ClientError> {
    let value = answer.pointer(field).and_then(Value::as_str);
    value.map(str::to_owned).ok_or(ClientError::Lacks(field))
}

/// An event of a conference.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: Value,
}

/// A stream of server-sent events.
pub(super) struct Events {
    body: Incoming,
    /// Received, and not yet a whole event.
    unread: Vec<u8>,
}

impl Events {
    /// The next event.
    pub(super) async fn next(&mut self) -> Result<Event, ClientError> {
        loop {
            while let Some(block) = take_block(&mut self.unread) {
                if let Some(event) = parse(&block)? {
                    return Ok(event);
                }
            }
            let frame = self.body.frame().await.ok_or(ClientError::StreamEnded)??;
            if let Ok(bytes) = frame.into_data() {
                self.unread.extend_from_slice(&bytes);
            }
        }
    }
}

/// Takes what is before the next empty line.
fn take_block(unread: &mut Vec<u8>) -> Option<String> {
    let end = unread.windows(2).position(|pair| pair == b"\n\n")?;
    let block: Vec<u8> = unread.drain(..end + 2).collect();
    Some(String::from_utf8_lossy(&block).into_owned())
}

/// An event from its lines; a comment alone is none.
fn parse(block: &str) -> Result<Option<Event>, ClientError> {
    let field = |name: &str| -> String {
        let values = block.lines().filter_map(|line| line.strip_prefix(name));
        values.map(str::trim_start).collect::<Vec<_>>().join("\n")
    };
    let data = field("data:");
    if data.is_empty() {
        return Ok(None);
    }
    Ok(Some(Event { name: field("event:"), data: serde_json::from_str(&data)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_taken_from_the_stream_one_by_one() {
        let mut unread = b": hello\n\nid: 1\nevent: left\ndata: {\"id\":\n".to_vec();
        assert_eq!(take_block(&mut unread).as_deref(), Some(": hello\n\n"));
        assert_eq!(take_block(&mut unread), None);
        unread.extend_from_slice(b"data: \"p1\"}\n\nid: 2");
        let block = take_block(&mut unread).unwrap();
        let event = parse(&block).unwrap().unwrap();
        assert_eq!(event.name, "left");
        assert_eq!(event.data["id"], "p1");
        assert_eq!(unread, b"id: 2");
    }

    #[test]
    fn a_comment_is_no_event_and_nonsense_is_an_error() {
        assert_eq!(parse(": heartbeat\n").unwrap(), None);
        assert!(parse("event: left\ndata: {\n").is_err());
    }
}
