//! Confab's API, as far as a load tester uses it: conferences to load, and the server's own figures.

use hyper::{Request, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::destination::Reach;
use crate::http::{HttpError, Server};

/// Conferences that are created or ended at a time.
const AT_ONCE_MAX: usize = 16;

/// What conferences of a load test are called.
const TITLE: &str = "Load test";

/// Why the API is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A request came to nothing.
    #[error("the server's API: {0}")]
    Http(#[from] HttpError),
    /// An answer lacks what it should have.
    #[error("the server's API: the answer has no {0}")]
    Lacks(&'static str),
}

/// The API of one server.
#[derive(Clone, Debug)]
pub struct Api {
    server: Server,
    /// What stands before each path, for a server behind a prefix.
    prefix: String,
    token: String,
}

/// A conference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conference {
    path: String,
    /// What a caller dials to get in.
    pub code: String,
}

impl Conference {
    /// The path of its WHIP endpoint.
    #[must_use]
    pub fn whip(&self) -> String {
        format!("{}/whip?name=load", self.path)
    }
}

impl Api {
    /// The API at `url`, used by `token`.
    ///
    /// # Errors
    /// The URL is none, or the server may not be loaded.
    pub async fn find(url: &str, token: &str, reach: Reach) -> Result<Self, HttpError> {
        let (server, path) = Server::find(url, reach).await?;
        let prefix = path.trim_end_matches('/').to_owned();
        Ok(Self { server, prefix, token: token.to_owned() })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Creates conferences, some at a time.
    ///
    /// # Errors
    /// One could not be created.
    pub async fn create(&self, count: usize) -> Result<Vec<Conference>, ApiError> {
        let mut created = Vec::with_capacity(count);
        let mut creating = JoinSet::new();
        for _ in 0..count {
            if creating.len() >= AT_ONCE_MAX {
                created.extend(next(&mut creating).await.transpose()?);
            }
            let api = self.clone();
            creating.spawn(async move { api.create_one().await });
        }
        while let Some(one) = next(&mut creating).await {
            created.push(one?);
        }
        Ok(created)
    }

    /// Ends conferences, and with each whatever is left in it.
    pub async fn end(&self, conferences: Vec<Conference>) {
        let mut ending = JoinSet::new();
        for conference in conferences {
            if ending.len() >= AT_ONCE_MAX {
                ending.join_next().await;
            }
            let api = self.clone();
            ending.spawn(async move {
                let request = api.authorized(Request::delete(&conference.path));
                // What can't be ended now is empty, and harms nobody.
                let _ = api.server.send(request, String::new()).await;
            });
        }
        while ending.join_next().await.is_some() {}
    }

    /// What the server says of itself (`/metrics`).
    ///
    /// # Errors
    /// It says nothing.
    pub async fn figures(&self) -> Result<super::Figures, ApiError> {
        let request = Request::get(format!("{}/metrics", self.prefix));
        let response = self.server.send(request, String::new()).await?;
        Ok(super::Figures::new(String::from_utf8_lossy(response.body()).into_owned()))
    }

    async fn create_one(&self) -> Result<Conference, ApiError> {
        let request = Request::post(format!("{}/api/v1/conferences", self.prefix))
            .header(header::CONTENT_TYPE, "application/json");
        let body = json!({ "title": TITLE }).to_string();
        let response = self.server.send(self.authorized(request), body).await?;
        let view: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let text = |pointer: &str| view.pointer(pointer)?.as_str().map(str::to_owned);
        let key = text("/key").ok_or(ApiError::Lacks("key"))?;
        let code = text("/dial_in/code").ok_or(ApiError::Lacks("dial-in code"))?;
        Ok(Conference { path: format!("{}/api/v1/conferences/{key}", self.prefix), code })
    }

    fn authorized(&self, request: hyper::http::request::Builder) -> hyper::http::request::Builder {
        request.header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }
}

/// The next of some tasks that is done; one that broke down has created nothing.
async fn next(
    creating: &mut JoinSet<Result<Conference, ApiError>>,
) -> Option<Result<Conference, ApiError>> {
    let done = creating.join_next().await?;
    Some(done.unwrap_or(Err(ApiError::Lacks("end"))))
}
