//! WHIP's three requests (RFC 9725), each on a connection of its own.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::http::{HeaderName, request};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use sdp::browser::{ClientAnswer, TrickleFragment};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::BrowserError;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A session at a server.
#[derive(Clone, Debug)]
pub(super) struct Whip {
    server: SocketAddr,
    /// Where the session is.
    location: String,
    /// Names its ICE session.
    etag: String,
}

impl Whip {
    /// Offers a session to the endpoint at `path`; gives the server's answer, too.
    pub(super) async fn join(
        server: SocketAddr,
        path: &str,
        offer: String,
    ) -> Result<(Self, ClientAnswer), BrowserError> {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/sdp");
        let response = send(server, request, offer).await?;
        let location = text(&response, header::LOCATION, "Location")?;
        let etag = text(&response, header::ETAG, "ETag")?;
        let answer = ClientAnswer::parse(response.body())?;
        Ok((Self { server, location, etag }, answer))
    }

    /// Restarts ICE; gives the server's side of it.
    pub(super) async fn restart(
        &mut self,
        fragment: &TrickleFragment,
    ) -> Result<TrickleFragment, BrowserError> {
        let request = Request::builder()
            .method(Method::PATCH)
            .uri(&self.location)
            .header(header::CONTENT_TYPE, "application/trickle-ice-sdpfrag")
            .header(header::IF_MATCH, "*");
        let response = send(self.server, request, fragment.to_string()).await?;
        self.etag = text(&response, header::ETAG, "ETag")?;
        Ok(TrickleFragment::parse(response.body())?)
    }

    /// Ends the session.
    pub(super) async fn leave(&self) -> Result<(), BrowserError> {
        send(self.server, Request::delete(&self.location), String::new()).await.map(drop)
    }

    /// The secret that names the session, the last part of where it is.
    pub(super) fn secret(&self) -> &str {
        self.location.rsplit('/').next().unwrap_or_default()
    }
}

fn text(
    response: &Response<Bytes>,
    name: HeaderName,
    what: &'static str,
) -> Result<String, BrowserError> {
    let value = response.headers().get(name).and_then(|value| value.to_str().ok());
    value.map(str::to_owned).ok_or(BrowserError::Lacks(what))
}

/// Sends a request, and waits for the whole of a good response.
async fn send(
    server: SocketAddr,
    request: request::Builder,
    body: String,
) -> Result<Response<Bytes>, BrowserError> {
    let body = Full::new(Bytes::from(body));
    let request = request.header(header::HOST, server.to_string()).body(body)?;
    let exchange = async {
        let stream = TcpStream::connect(server).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the exchange; what goes wrong shows there.
        tokio::spawn(connection);
        let (parts, body) = sender.send_request(request).await?.into_parts();
        Ok::<_, BrowserError>(Response::from_parts(parts, body.collect().await?.to_bytes()))
    };
    let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    let response = timeout(PATIENCE, exchange).await.map_err(|_| late())??;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status().as_u16();
    let detail = String::from_utf8_lossy(response.body()).into_owned();
    Err(BrowserError::Refused { status, detail })
}
