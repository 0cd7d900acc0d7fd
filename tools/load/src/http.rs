//! What is asked of a server over HTTP: conferences, sessions, figures.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::http::request;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::destination::{DestinationError, Reach};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest body of an answer that is read, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL isn't one of plain HTTP.
    #[error("{0} is not a URL such as http://127.0.0.1:8080/path; TLS is left to a proxy")]
    Url(String),
    /// The server may not be loaded, or isn't found.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The connection fails.
    #[error("no connection: {0}")]
    Connection(#[from] std::io::Error),
    /// The exchange fails.
    #[error("no answer: {0}")]
    Exchange(#[from] hyper::Error),
    /// The request can't be written.
    #[error("no request: {0}")]
    Request(#[from] hyper::http::Error),
    /// The answer is longer than can be read, or breaks off.
    #[error("the answer can't be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// The server takes too long.
    #[error("no answer within {PATIENCE:?}")]
    Late,
    /// The server refuses.
    #[error("HTTP {status}{}", code(.detail))]
    Refused {
        /// The status of the answer.
        status: u16,
        /// Its body.
        detail: String,
    },
}

/// The `code` of a problem (RFC 9457), by which refusals are told apart.
fn code(detail: &str) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_str(detail).ok();
    let code = problem.as_ref().and_then(|problem| problem.get("code")?.as_str());
    code.map(|code| format!(" {code}")).unwrap_or_default()
}

/// A server that speaks HTTP, looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    address: SocketAddr,
    /// As the URL names it.
    authority: String,
}

impl Server {
    /// Finds the server of a URL; gives the URL's path and query, too.
    ///
    /// # Errors
    /// The URL is none, or the server may not be loaded.
    pub async fn find(url: &str, reach: Reach) -> Result<(Self, String), HttpError> {
        let (host, port, path) = split(url).ok_or_else(|| HttpError::Url(url.to_owned()))?;
        let address = reach.resolve(host, port).await?;
        Ok((Self { address, authority: format!("{host}:{port}") }, path.to_owned()))
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request on a connection of its own, and waits for the whole of a good answer.
    ///
    /// # Errors
    /// There is none.
    pub async fn send(
        &self,
        request: request::Builder,
        body: String,
    ) -> Result<Response<Bytes>, HttpError> {
        let request = request.header(header::HOST, &self.authority);
        let request = request.body(Full::new(Bytes::from(body)))?;
        let response = timeout(PATIENCE, self.exchange(request)).await;
        let response = response.map_err(|_| HttpError::Late)??;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let detail = String::from_utf8_lossy(response.body()).into_owned();
        Err(HttpError::Refused { status, detail })
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, HttpError> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the exchange; what goes wrong shows there.
        tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(HttpError::Body)?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

/// Path and query of a URL.
///
/// # Errors
/// The URL is none of plain HTTP.
pub fn path_of(url: &str) -> Result<&str, HttpError> {
    split(url).map(|(.., path)| path).ok_or_else(|| HttpError::Url(url.to_owned()))
}

/// Host, port, and path with query of a URL.
fn split(url: &str) -> Option<(&str, u16, &str)> {
    let rest = url.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, 80),
    };
    let is_host = !host.is_empty() && !host.contains(['@', '?', '#', ' ', ':']);
    is_host.then_some((host, port, if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split() {
        assert_eq!(split("http://127.0.0.1:8080/a/b?c"), Some(("127.0.0.1", 8080, "/a/b?c")));
        assert_eq!(split("http://localhost"), Some(("localhost", 80, "/")));
        for bad in ["https://localhost/", "localhost", "http://", "http://a:b/", "http://u@h/"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_refusal_is_told_by_its_code() {
        let refused = |detail: &str| {
            HttpError::Refused { status: 503, detail: detail.to_owned() }.to_string()
        };
        assert_eq!(refused(r#"{"code":"no_media","title":"x"}"#), "HTTP 503 no_media");
        assert_eq!(refused("not JSON"), "HTTP 503");
    }
}
