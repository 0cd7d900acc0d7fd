//! Sends one notice: to an address that was looked at, and to no other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conference::delivery::Outcome;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::destination::{Destination, Forbidden, Guard};

/// What one try may take in all.
const TRY_TIME: Duration = Duration::from_secs(10);

/// Addresses of a host that are tried.
const ADDRESSES_MAX: usize = 4;

/// The largest head of an answer, in bytes. Its body isn't read.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Finds the addresses of a host.
pub(super) trait Resolve: Send + Sync {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// As this machine finds them.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Sends notices.
pub(super) struct Client {
    guard: Guard,
    resolver: Box<dyn Resolve>,
    tls: TlsConnector,
}

/// Why a notice wasn't taken.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("It can't be reached: {0}.")]
    Unreachable(#[from] io::Error),
    #[error("The exchange broke off: {0}.")]
    BrokenOff(#[from] hyper::Error),
    #[error("The request can't be written.")]
    Unwritable,
    #[error("It took longer than {} s.", TRY_TIME.as_secs())]
    TimedOut,
    #[error("It answered {0}, and redirects are not followed.")]
    Redirected(u16),
    #[error("It answered {0}.")]
    Answered(u16),
    #[error("It answered 410: it wants nothing any more.")]
    Gone,
}

impl Client {
    /// Fails if the library for TLS has no version of it.
    pub(super) fn new(
        guard: Guard,
        resolver: Box<dyn Resolve>,
        roots: RootCertStore,
    ) -> Result<Client, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Client { guard, resolver, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Sees whether something may be sent to a URL, as far as that can be known now.
    pub(super) async fn check(&self, url: &str) -> Result<(), Forbidden> {
        self.addresses(&Destination::parse(url)?).await.map(drop)
    }

    /// Sends a body once.
    pub(super) async fn post(&self, url: &str, headers: HeaderMap, body: String) -> Outcome {
        let sent = tokio::time::timeout(TRY_TIME, self.send(url, headers, body)).await;
        match sent.unwrap_or(Err(Failure::TimedOut)) {
            Ok(()) => Outcome::Accepted,
            Err(failure @ Failure::Gone) => Outcome::Refused(failure.to_string()),
            Err(failure) => Outcome::Failed(failure.to_string()),
        }
    }

    async fn send(&self, url: &str, headers: HeaderMap, body: String) -> Result<(), Failure> {
        let to = Destination::parse(url)?;
        let addresses = self.addresses(&to).await?;
        let mut request = Request::post(&to.path)
            .header(header::HOST, &to.authority)
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| Failure::Unwritable)?;
        request.headers_mut().extend(headers);
        let stream = connect(&addresses).await?;
        let status = if to.is_tls {
            let name = ServerName::try_from(to.host).map_err(|_| Forbidden::Malformed)?;
            exchange(self.tls.connect(name, stream).await?, request).await?
        } else {
            exchange(stream, request).await?
        };
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(Failure::Redirected(status.as_u16())),
            StatusCode::GONE => Err(Failure::Gone),
            status => Err(Failure::Answered(status.as_u16())),
        }
    }

    /// The addresses of a host, once all of them have been looked at.
    async fn addresses(&self, to: &Destination) -> Result<Vec<SocketAddr>, Forbidden> {
        let found = self.resolver.resolve(&to.host, to.port).await;
        let addresses = found.map_err(|_| Forbidden::Unknown)?;
        self.guard.check(to.is_tls, &addresses)?;
        Ok(addresses)
    }
}

/// Connects to the first address that answers. A name isn't resolved again: it could be another's by now.
async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = None;
    for address in addresses.iter().take(ADDRESSES_MAX) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}

/// Sends a request, and gives the status of the answer.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    let answer = sender.send_request(request);
    tokio::pin!(answer);
    tokio::select! {
        // Driven here, the connection ends with the try.
        ended = connection => {
            ended?;
            Ok(answer.await?.status())
        }
        answer = &mut answer => Ok(answer?.status()),
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
