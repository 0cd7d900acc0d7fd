//! API tokens. The database has their hashes only.

use conference::{CallSecret, ConferenceKey};
use store::{Conflict, Page, Store, StoreError, TokenHash};

use crate::clock;
use crate::config::Secret;

/// What the subscriber is called who is there from the first start on.
const FIRST: &str = "first";

/// What the subscriber is called whose token is in the configuration.
const CONFIGURED: &str = "configured";

/// A token of 256 random bits, recognisable by its beginning.
fn draw() -> String {
    // Written in the domain's own way: letters and digits that nobody mistakes for each other.
    let first = ConferenceKey::from_random(rand::random());
    let second = CallSecret::from_random(rand::random());
    format!("confab_{first}{second}")
}

/// One with what the database has of it.
pub(crate) fn draw_hashed() -> (String, TokenHash) {
    let token = draw();
    let hash = TokenHash::of(&token);
    (token, hash)
}

/// Sees to it that an operator can use the API: by the configured token, or one that is made when there is
/// no subscriber at all. Gives the token that was made.
pub(crate) async fn ensure_subscriber(
    store: &Store,
    configured: Option<&Secret>,
) -> Result<Option<String>, StoreError> {
    if let Some(token) = configured {
        let hash = TokenHash::of(token.reveal());
        if store.subscriber_by_token_hash(&hash).await?.is_none() {
            create(store, CONFIGURED, &hash).await?;
        }
        store.make_operator(&hash).await?;
        return Ok(None);
    }
    if !store.subscribers(Page::new(0, 1)).await?.entries.is_empty() {
        return Ok(None);
    }
    let (token, hash) = draw_hashed();
    create(store, FIRST, &hash).await?;
    store.make_operator(&hash).await?;
    Ok(Some(token))
}

async fn create(store: &Store, name: &str, hash: &TokenHash) -> Result<(), StoreError> {
    match store.create_subscriber(name, hash, clock::now()).await {
        // Another server on the same database was quicker.
        Ok(_) | Err(StoreError::Conflict(Conflict::Token)) => Ok(()),
        Err(error) => Err(error),
    }
}
