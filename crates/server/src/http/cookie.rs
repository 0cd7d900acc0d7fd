//! The cookie of a browser that is signed in.

use axum::http::{HeaderMap, HeaderValue, header};
use conference::SessionToken;
use jiff::SignedDuration;

/// Its name over HTTPS. Browsers take a cookie called so only from a secure origin, for that host alone and
/// for all of its paths (RFC 6265bis, section 4.1.3.2): no other host of the domain can put one in its place.
const SECURE_NAME: &str = "__Host-confab";

/// Its name over plain HTTP, on a machine of one's own.
const PLAIN_NAME: &str = "confab";

/// The longest `Cookie` header looked at, in bytes.
const HEADER_BYTES_MAX: usize = 4096;

/// How a server sets its cookie.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    is_secure: bool,
}

impl Cookie {
    /// For a server that people reach by `public_url`.
    pub fn new(public_url: &str) -> Cookie {
        Cookie { is_secure: public_url.starts_with("https://") }
    }

    /// The session that a request's cookie names.
    pub(super) fn read(self, headers: &HeaderMap) -> Option<SessionToken> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines
            .filter(|line| line.len() <= HEADER_BYTES_MAX)
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .and_then(|(_, value)| value.parse().ok())
    }

    /// Has a browser keep a session so long.
    pub(super) fn set(self, session: SessionToken, life: SignedDuration) -> HeaderValue {
        self.header(&session.to_string(), life.as_secs())
    }

    /// Has a browser forget its session.
    pub(super) fn clear(self) -> HeaderValue {
        self.header("", 0)
    }

    /// No script reads it. Other sites' pages may link here but send it with nothing that changes anything
    /// (`SameSite=Lax`; `origin.rs` checks this too).
    fn header(self, value: &str, max_age_s: i64) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}",
            self.name()
        );
        // All of it is visible ASCII.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
    }

    fn name(self) -> &'static str {
        if self.is_secure { SECURE_NAME } else { PLAIN_NAME }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn a_secure_cookie_is_for_this_host_alone() {
        let session = SessionToken::from_random([7; 16]);
        let secure = Cookie::new("https://meet.example.com");
        let set = secure.set(session, SignedDuration::from_secs(60));
        let set = set.to_str().unwrap();
        assert!(set.starts_with("__Host-confab=") && set.ends_with("; Secure"), "{set}");
        assert!(set.contains("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"), "{set}");
        let plain = Cookie::new("http://127.0.0.1:8080").clear();
        let plain = plain.to_str().unwrap();
        assert_eq!(plain, "confab=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn only_the_cookie_of_that_name_is_read() {
        let session = SessionToken::from_random([7; 16]);
        let cookie = Cookie::new("https://meet.example.com");
        assert_eq!(cookie.read(&with(&format!("a=b; __Host-confab={session}"))), Some(session));
        assert_eq!(cookie.read(&with(&format!("confab={session}"))), None, "anybody can set that");
        for bad in ["__Host-confab=", "__Host-confab=x", "__Host-confab", ";;=;"] {
            assert_eq!(cookie.read(&with(bad)), None, "{bad}");
        }
        let long = format!("{}; __Host-confab={session}", "a=b; ".repeat(1000));
        assert_eq!(cookie.read(&with(&long)), None);
    }
}
