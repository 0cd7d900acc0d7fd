//! WHIP's two requests (RFC 9725): an offer that opens a session, and the end of it.

use hyper::{Request, header};
use sdp::browser::ClientAnswer;

use crate::http::{HttpError, Server};
use crate::signalling::Reason;

/// What opening a session came to.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) answer: ClientAnswer,
    /// Where the session is; none when the server doesn't say, and so can't be told of its end.
    pub(super) location: Option<String>,
}

/// Offers a session to the endpoint at `path`.
pub(super) async fn open(server: &Server, path: &str, offer: String) -> Result<Opened, Reason> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/sdp");
    let response = server.send(request, offer).await?;
    let answer = ClientAnswer::parse(response.body())?;
    let location = response.headers().get(header::LOCATION);
    let location = location.and_then(|value| value.to_str().ok()).map(path_of);
    Ok(Opened { answer, location })
}

/// Ends a session.
pub(super) async fn close(server: &Server, location: &str) -> Result<(), HttpError> {
    server.send(Request::delete(location), String::new()).await.map(drop)
}

/// The path of a location, which may be a whole URL; the server is the one that answered.
fn path_of(location: &str) -> String {
    let behind_scheme = location.split_once("://").map(|(_, rest)| rest);
    let path = behind_scheme
        .map_or(location, |rest| rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or("/"));
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_may_be_a_path_or_a_whole_url() {
        assert_eq!(path_of("/whip/1"), "/whip/1");
        assert_eq!(path_of("http://127.0.0.1:8080/whip/1?a=b"), "/whip/1?a=b");
        assert_eq!(path_of("https://host"), "/");
    }
}
