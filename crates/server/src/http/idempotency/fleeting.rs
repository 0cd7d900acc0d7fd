//! Answers that are kept in memory alone: they let somebody in, which must not be read from a database or its copies, or
//! are about a browser's sound, which is gone with this process as well.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::{self, Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;

use super::REPLAYED;

/// Answers at once. One more takes the place of the one that would go next.
const ANSWERS_MAX: usize = 10_000;

/// The largest answer that is kept, in bytes. None is that large.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The answers, by the hash of whose key it is.
#[derive(Default)]
pub(in crate::http) struct Fleeting {
    kept: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    /// Of the body that it answers.
    fingerprint: String,
    /// None while it is being found.
    answer: Option<Answer>,
    until: Timestamp,
}

/// An answer, with all that the handler has said.
#[derive(Clone)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What there is of a key.
pub(super) enum Held {
    /// Nothing until now.
    First,
    /// What was answered.
    Answered(Answer),
    /// It is being answered.
    UnderWay,
    /// It came with another body.
    Different,
}

impl Fleeting {
    /// Holds a key until then, unless it is held.
    pub(super) fn claim(
        &self,
        hash: &str,
        fingerprint: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Held {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(hash).filter(|one| now < one.until) {
            Some(one) if one.fingerprint != fingerprint => return Held::Different,
            Some(one) => return one.answer.clone().map_or(Held::UnderWay, Held::Answered),
            None => {}
        }
        if kept.len() >= ANSWERS_MAX {
            kept.retain(|_, one| now < one.until);
        }
        if kept.len() >= ANSWERS_MAX {
            let next = kept.iter().min_by_key(|(_, one)| one.until).map(|(hash, _)| hash.clone());
            next.and_then(|hash| kept.remove(&hash));
        }
        let one = Kept { fingerprint: fingerprint.to_owned(), answer: None, until };
        kept.insert(hash.to_owned(), one);
        Held::First
    }

    /// Keeps what a key that is held was answered, if it was carried out, and passes it on.
    pub(super) async fn keep(&self, hash: &str, response: Response, until: Timestamp) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(body) = body::to_bytes(body, ANSWER_BYTES_MAX).await else {
            self.forget(hash);
            return Response::from_parts(parts, Body::empty());
        };
        if !parts.status.is_success() {
            self.forget(hash);
        } else if let Some(one) =
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).get_mut(hash)
        {
            let (status, headers) = (parts.status, parts.headers.clone());
            one.answer = Some(Answer { status, headers, body: body.clone() });
            one.until = until;
        }
        Response::from_parts(parts, Body::from(body))
    }

    /// Has a key be free again.
    pub(super) fn forget(&self, hash: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }
}

impl Answer {
    /// Where what was made is.
    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }

    /// The answer, once more.
    pub(super) fn replay(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use jiff::SignedDuration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn is_first(fleeting: &Fleeting, hash: &str, now: Timestamp) -> bool {
        let until = now + SignedDuration::from_secs(10);
        matches!(fleeting.claim(hash, "body", now, until), Held::First)
    }

    #[tokio::test]
    async fn what_was_carried_out_is_answered_alike_for_its_time() {
        let fleeting = Fleeting::default();
        assert!(is_first(&fleeting, "a", at(0)));
        assert!(matches!(fleeting.claim("a", "body", at(1), at(9)), Held::UnderWay));
        assert!(matches!(fleeting.claim("a", "other", at(1), at(9)), Held::Different));
        let made = (StatusCode::CREATED, [(header::LOCATION, "/there")], "made").into_response();
        fleeting.keep("a", made, at(100)).await;
        let Held::Answered(answer) = fleeting.claim("a", "body", at(99), at(200)) else {
            panic!("it isn't kept")
        };
        assert_eq!(answer.location(), Some("/there"));
        let again = answer.replay();
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(again.headers()[REPLAYED], "true");
        assert!(is_first(&fleeting, "a", at(100)));
        fleeting.keep("a", StatusCode::CONFLICT.into_response(), at(200)).await;
        assert!(is_first(&fleeting, "a", at(101)), "nothing was carried out");
    }

    #[test]
    fn answers_are_bounded_and_those_that_would_go_next_go() {
        let fleeting = Fleeting::default();
        for number in 0..=ANSWERS_MAX {
            assert!(is_first(&fleeting, &number.to_string(), at(number.min(1) as i64)));
        }
        assert_eq!(fleeting.kept.lock().unwrap().len(), ANSWERS_MAX);
        assert!(is_first(&fleeting, "0", at(1)), "it was the first to go");
    }
}
