//! Where a browser's request comes from: a page of ours, or another site's.
//!
//! A cookie goes with whatever a browser asks of us, whoever's page had it ask (cross-site request forgery).
//! `SameSite` keeps most browsers from it; here the rest is refused, by what browsers themselves say of a
//! request: `Sec-Fetch-Site` (W3C Fetch Metadata), and where that is missing, `Origin` (RFC 6454).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::problem::Problem;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// What is known of a request's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A page of ours, or the person, by the address bar.
    Own,
    /// Another site's page.
    Foreign,
    /// The client doesn't say: a program, or a browser that is very old.
    Unsaid,
}

impl Origin {
    /// Of a request to a server that people reach by `public_url`.
    pub(super) fn of(headers: &HeaderMap, public_url: &str) -> Origin {
        if let Some(site) = headers.get(SEC_FETCH_SITE) {
            let is_own = site == "same-origin" || site == "none";
            return if is_own { Origin::Own } else { Origin::Foreign };
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Origin::Unsaid };
        let Ok(origin) = origin.to_str() else { return Origin::Foreign };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // A page can't choose the Host of its requests; a proxy before us may have changed it.
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let is_own = origin == public_url || (authority.is_some() && authority == host);
        if is_own { Origin::Own } else { Origin::Foreign }
    }
}

/// Whether a request may use its cookie: one that changes nothing, or comes from a page of ours.
///
/// # Errors
/// 403 `foreign_origin`.
pub(super) fn check_cookie_use(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    match Origin::of(headers, &app.settings.public_url) {
        Origin::Own => Ok(()),
        Origin::Unsaid if changes_nothing(method) => Ok(()),
        Origin::Foreign | Origin::Unsaid => Err(foreign()),
    }
}

fn changes_nothing(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses what changes something and comes from another site's page. A link may be anywhere: in a mail that
/// is read in a browser, say.
pub(super) async fn own_pages_change(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if changes_nothing(request.method()) {
        return next.run(request).await;
    }
    own_pages_only(State(app), request, next).await
}

/// Refuses whatever comes from another site's page.
pub(super) async fn own_pages_only(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    match Origin::of(request.headers(), &app.settings.public_url) {
        Origin::Foreign => foreign().into_response(),
        Origin::Own | Origin::Unsaid => next.run(request).await,
    }
}

fn foreign() -> Problem {
    let detail = "This can be done from this server's own pages only.";
    Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Origin {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Origin::of(&map, "https://meet.example.com")
    }

    #[test]
    fn a_browser_says_itself_where_a_request_comes_from() {
        assert_eq!(of(&[("sec-fetch-site", "same-origin")]), Origin::Own);
        assert_eq!(of(&[("sec-fetch-site", "none")]), Origin::Own);
        let own_origin = ("origin", "https://meet.example.com");
        for site in ["cross-site", "same-site", "whatever"] {
            assert_eq!(of(&[("sec-fetch-site", site), own_origin]), Origin::Foreign, "{site}");
        }
    }

    #[test]
    fn an_older_one_names_the_origin() {
        assert_eq!(of(&[("origin", "https://meet.example.com")]), Origin::Own);
        let inside = ("host", "10.0.0.7:8080");
        assert_eq!(of(&[("origin", "http://10.0.0.7:8080"), inside]), Origin::Own);
        for foreign in ["https://evil.example", "null", "https://meet.example.com.evil.example"] {
            assert_eq!(of(&[("origin", foreign), inside]), Origin::Foreign, "{foreign}");
        }
        assert_eq!(of(&[inside]), Origin::Unsaid);
    }
}
