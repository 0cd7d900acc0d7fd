//! Pages, styles, scripts, fonts and images: built into the binary, or read from a directory while
//! someone works on them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// The largest file read from a directory, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The files that may be served.
pub struct Assets {
    embedded: HashMap<&'static str, Asset>,
    dir: Option<PathBuf>,
}

struct Asset {
    bytes: &'static [u8],
    etag: HeaderValue,
}

impl Assets {
    /// Those of the binary; when there is a `dir`, those in it instead, read anew at each request.
    pub fn new(dir: Option<PathBuf>) -> Assets {
        let embedded = EMBEDDED.iter().map(|(name, bytes)| (*name, Asset::new(bytes))).collect();
        Assets { embedded, dir }
    }

    /// The file of this name, below `web/`; `None` when there is none.
    pub fn serve(&self, name: &str, headers: &HeaderMap) -> Option<Response> {
        match &self.dir {
            None => {
                let asset = self.embedded.get(name)?;
                Some(respond(name, Cow::Borrowed(asset.bytes), &asset.etag, headers))
            }
            Some(dir) => {
                let bytes = read_below(dir, name)?;
                let etag = etag(&bytes);
                Some(respond(name, Cow::Owned(bytes), &etag, headers))
            }
        }
    }

    /// A page; 404 without a body when there is no file of this name.
    pub fn page(&self, name: &str, status: StatusCode, headers: &HeaderMap) -> Response {
        match self.serve(name, headers) {
            // Only a page that is there may be answered with "not modified".
            Some(response) if response.status() == StatusCode::OK => {
                (status, response).into_response()
            }
            Some(response) if status == StatusCode::OK => response,
            _ => status.into_response(),
        }
    }
}

impl Asset {
    fn new(bytes: &'static [u8]) -> Asset {
        Asset { bytes, etag: etag(bytes) }
    }
}

fn etag(bytes: &[u8]) -> HeaderValue {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"-\""))
}

fn respond(
    name: &str,
    bytes: Cow<'static, [u8]>,
    etag: &HeaderValue,
    request: &HeaderMap,
) -> Response {
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .zip(etag.to_str().ok())
        .is_some_and(|(tags, tag)| {
            tags.split(',').any(|t| t.trim().trim_start_matches("W/") == tag)
        });
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    // Names stay the same when contents change, so that all but fonts are asked for again.
    let lifetime = if extension == "woff2" { "public, max-age=604800" } else { "no-cache" };
    let headers =
        [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static(lifetime))];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let kind = HeaderValue::from_static(content_type(extension));
    (headers, [(header::CONTENT_TYPE, kind)], bytes).into_response()
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

fn read_below(dir: &Path, name: &str) -> Option<Vec<u8>> {
    let name = Path::new(name);
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    let path = plain.then(|| dir.join(name))?;
    let size = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?.len();
    if size > FILE_BYTES_MAX { None } else { std::fs::read(path).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(tag: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(tag) = tag {
            headers.insert(header::IF_NONE_MATCH, tag.clone());
        }
        headers
    }

    #[test]
    fn a_file_that_is_known_is_not_sent_again() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.css"), "a{}").unwrap();
        let assets = Assets::new(Some(dir.path().to_owned()));
        let first = assets.serve("a.css", &headers(None)).unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        let tag = first.headers()[header::ETAG].clone();
        let second = assets.serve("a.css", &headers(Some(&tag))).unwrap();
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        std::fs::write(dir.path().join("a.css"), "b{}").unwrap();
        let third = assets.serve("a.css", &headers(Some(&tag))).unwrap();
        assert_eq!(third.status(), StatusCode::OK);
    }

    #[test]
    fn nothing_outside_of_the_directory_is_served() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("web")).unwrap();
        std::fs::write(dir.path().join("secret.css"), "x").unwrap();
        let assets = Assets::new(Some(dir.path().join("web")));
        let absolute = dir.path().join("secret.css").display().to_string();
        for name in ["../secret.css", "/etc/passwd", "a/../../secret.css", absolute.as_str(), ""] {
            assert!(assets.serve(name, &headers(None)).is_none(), "{name}");
        }
    }
}
