//! The URLs of conferences: a pool that waits to be assigned, and new ones in place of old.

use conference::{Access, Conference, ConferenceKey, DialInCode, SubscriberId, Title};
use jiff::Timestamp;

use crate::database::{Query, Transaction};
use crate::error::StoreError;
use crate::page::{Listing, Page};
use crate::{Store, row, sql};

/// How often a dial-in code is drawn for one conference. One in 90 million is taken for each that there is.
const DRAWS_MAX: usize = 16;

impl Store {
    /// Adds keys to the pool, all or none.
    ///
    /// # Errors
    /// [`Conflict::Key`](crate::Conflict::Key) if one has been in use: draw them again.
    pub async fn add_to_pool(
        &self,
        keys: &[ConferenceKey],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        for key in keys {
            let query = Query::new(sql::ADD_TO_POOL).bind(key.to_string()).bind(now);
            transaction.execute(query).await?;
        }
        transaction.commit().await
    }

    /// The keys in the pool, those first that have been there for longest.
    pub async fn pool(&self, page: Page) -> Result<Listing<ConferenceKey>, StoreError> {
        let query = Query::new(sql::POOL).bind(page.limit_to_fetch()).bind(page.offset());
        let rows = self.database.rows(query).await?;
        let keys: Result<_, _> = rows.iter().map(|row| row.parsed("key")).collect();
        Ok(page.listing(keys?))
    }

    /// How many keys are in the pool.
    pub async fn pool_size(&self) -> Result<u64, StoreError> {
        let row = self.database.row(Query::new(sql::POOL_SIZE)).await?;
        let count = row.map(|row| row.integer("keys")).transpose()?.unwrap_or_default();
        u64::try_from(count).map_err(|_| StoreError::Unreadable { column: "keys" })
    }

    /// Takes a key from the pool for each room, all or none: a conference of that subscriber without a set
    /// time. `draw` gives dial-in codes, which may be taken.
    ///
    /// # Errors
    /// [`StoreError::PoolEmpty`] if there are not so many keys; [`StoreError::Orphan`] if there is no such
    /// subscriber.
    pub async fn assign_urls(
        &self,
        rooms: &[(SubscriberId, Title)],
        draw: impl Fn() -> DialInCode,
        now: Timestamp,
    ) -> Result<Vec<Conference>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let take = Query::either(sql::TAKE_FROM_POOL, sql::TAKE_FROM_POOL_AMONG_OTHERS)
            .bind(i64::try_from(rooms.len()).unwrap_or(i64::MAX));
        let rows = transaction.rows(take).await?;
        if rows.len() < rooms.len() {
            // At once: until then the rows are in hand, and others would find fewer.
            transaction.roll_back().await?;
            return Err(StoreError::PoolEmpty);
        }
        let mut conferences = Vec::with_capacity(rooms.len());
        for (row, (subscriber, title)) in rows.iter().zip(rooms) {
            let conference = Conference {
                key: row.parsed("key")?,
                subscriber: *subscriber,
                title: title.clone(),
                schedule: None,
                dial_in_code: draw(),
                dial_in_number: None,
                access: Access::default(),
                placement: None,
                created_at: now,
                ended_at: None,
            };
            conferences.push(assign(&mut transaction, conference, &draw).await?);
        }
        transaction.commit().await?;
        Ok(conferences)
    }

    /// Gives a subscriber's conference another key. Its former one answers like an unknown one from then on
    /// and is never given again. `None` if the subscriber has no such conference that goes on.
    ///
    /// # Errors
    /// [`Conflict::Key`](crate::Conflict::Key) if the new key has been in use: draw another.
    pub async fn rotate_url(
        &self,
        subscriber: SubscriberId,
        former: ConferenceKey,
        key: ConferenceKey,
        now: Timestamp,
    ) -> Result<Option<Conference>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let retire = Query::new(sql::RETIRE_URL)
            .bind(subscriber.number())
            .bind(former.to_string())
            .bind(now);
        let Some(row) = transaction.row(retire).await? else { return Ok(None) };
        let create = Query::new(sql::CREATE_URL)
            .bind(key.to_string())
            .bind(row.integer("conference")?)
            .bind(now);
        transaction.execute(create).await?;
        let read = Query::new(sql::CONFERENCE_BY_KEY).bind(key.to_string());
        let rotated = transaction.row(read).await?.as_ref().map(row::conference).transpose()?;
        transaction.commit().await?;
        Ok(rotated)
    }
}

/// Makes a conference of a key of the pool.
async fn assign(
    transaction: &mut Transaction,
    mut conference: Conference,
    draw: &impl Fn() -> DialInCode,
) -> Result<Conference, StoreError> {
    for _ in 0..DRAWS_MAX {
        let create = Query::new(sql::CREATE_CONFERENCE_IF_CODE_IS_FREE)
            .bind(conference.subscriber.number())
            .bind(conference.title.as_str())
            .bind(conference.dial_in_code.to_string())
            .bind(conference.created_at);
        if let Some(row) = transaction.row(create).await? {
            let assign = Query::new(sql::ASSIGN_URL)
                .bind(conference.key.to_string())
                .bind(row.integer("id")?);
            transaction.execute(assign).await?;
            return Ok(conference);
        }
        conference.dial_in_code = draw();
    }
    Err(StoreError::Conflict(crate::Conflict::DialInCode))
}
