//! `/api/v1/call-records`: who called when, for whoever has to pay or explain it; as JSON in parts, or all of it as CSV.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use conference::{CallRecord, ConferenceKey, ParticipantId, ParticipantName, SubscriberId, Title};
use futures_util::stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{
    ACCOUNT_ENTRIES_MAX, Account, AccountCursor, AccountEntry, AccountRange, Accountable, Store,
    StoreError,
};

use super::auth::{Authorized, Operator};
use super::problem::Problem;
use super::{App, csv, database_failed};

/// Which records are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Those of one conference, by its key.
    conference: Option<String>,
    /// For operators: those of one subscriber.
    subscriber: Option<i64>,
    /// For operators: those of all.
    #[serde(default)]
    everybody: bool,
    from: Option<String>,
    until: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

type WantedQuery = Result<Query<Wanted>, QueryRejection>;

/// A record.
#[derive(Serialize)]
struct View {
    conference: ConferenceKey,
    title: Title,
    participant: ParticipantId,
    via: &'static str,
    /// For operators whole, for others masked.
    number: Option<String>,
    name: Option<ParticipantName>,
    began_at: Timestamp,
    answered_at: Option<Timestamp>,
    ended_at: Timestamp,
    /// From the answer to the end, in whole seconds.
    duration_s: i64,
    ending: &'static str,
}

/// Part of the records, the oldest first.
#[derive(Serialize)]
pub(super) struct List {
    calls: Vec<View>,
    /// What `after` has to be to go on.
    next: Option<String>,
}

/// `GET /api/v1/call-records?conference=&subscriber=&everybody=&from=&until=&after=&limit=`
pub(super) async fn list(
    State(app): State<App>,
    subscriber: Authorized,
    operator: Result<Operator, Problem>,
    wanted: WantedQuery,
) -> Result<Json<List>, Problem> {
    let is_operator = operator.is_ok();
    let (of, range) = read(&app, &subscriber, operator, wanted).await?;
    let account = app.store.account(of, range).await.map_err(|error| database_failed(&error))?;
    let calls = account.entries.into_iter().map(|entry| View::of(entry, is_operator)).collect();
    Ok(Json(List { calls, next: account.next.map(|next| next.to_string()) }))
}

/// `GET /api/v1/call-records.csv`: with the same query, all that there are, and not a part.
pub(super) async fn list_csv(
    State(app): State<App>,
    subscriber: Authorized,
    operator: Result<Operator, Problem>,
    wanted: WantedQuery,
) -> Result<Response, Problem> {
    let is_operator = operator.is_ok();
    let (of, range) = read(&app, &subscriber, operator, wanted).await?;
    let range = AccountRange { limit: ACCOUNT_ENTRIES_MAX, ..range };
    // The first part is read before the answer begins, so that a database that is away has its own answer.
    let first = app.store.account(of, range).await.map_err(|error| database_failed(&error))?;
    let rest = Rest { store: app.store.clone(), of, range, is_operator, part: Some(first) };
    let head = stream::iter([Ok::<_, StoreError>(csv::line(&HEADINGS.map(str::to_owned)))]);
    let parts = stream::try_unfold(rest, Rest::next_lines);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"calls.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(futures_util::StreamExt::chain(head, parts));
    Ok((headers, body).into_response())
}

/// What is still to be written.
struct Rest {
    store: Store,
    of: Accountable,
    range: AccountRange,
    is_operator: bool,
    /// What has been read and not written yet.
    part: Option<Account>,
}

impl Rest {
    /// The lines of the next part, if there is one.
    async fn next_lines(mut self) -> Result<Option<(String, Self)>, StoreError> {
        let account = match (self.part.take(), self.range.after) {
            (Some(first), _) => first,
            (None, Some(_)) => self.store.account(self.of, self.range).await?,
            (None, None) => return Ok(None),
        };
        self.range.after = account.next;
        let is_operator = self.is_operator;
        let lines = account.entries.into_iter().map(|entry| View::of(entry, is_operator).line());
        Ok(Some((lines.collect(), self)))
    }
}

/// The first line of the CSV.
const HEADINGS: [&str; 11] = [
    "conference",
    "title",
    "participant",
    "via",
    "number",
    "name",
    "began_at",
    "answered_at",
    "ended_at",
    "duration_s",
    "ending",
];

impl View {
    fn of(entry: AccountEntry, is_operator: bool) -> View {
        let AccountEntry { call, title } = entry;
        let CallRecord { conference, participant, number, name, .. } = call;
        let answered = call.answered_at.unwrap_or(call.ended_at);
        View {
            conference,
            title,
            participant,
            via: call.via.as_str(),
            number: number.map(|number| match is_operator {
                true => number.e164().to_owned(),
                false => number.masked().to_owned(),
            }),
            name,
            began_at: call.began_at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
            duration_s: call.ended_at.duration_since(answered).as_secs(),
            ending: call.ending.as_str(),
        }
    }

    fn line(self) -> String {
        let or_empty = |time: Option<Timestamp>| time.map(|time| time.to_string());
        csv::line(&[
            self.conference.to_string(),
            csv::harmless(self.title.as_str()),
            self.participant.to_string(),
            self.via.to_owned(),
            self.number.unwrap_or_default(),
            self.name.map(|name| csv::harmless(name.as_str())).unwrap_or_default(),
            self.began_at.to_string(),
            or_empty(self.answered_at).unwrap_or_default(),
            self.ended_at.to_string(),
            self.duration_s.to_string(),
            self.ending.to_owned(),
        ])
    }
}

async fn read(
    app: &App,
    subscriber: &Authorized,
    operator: Result<Operator, Problem>,
    wanted: WantedQuery,
) -> Result<(Accountable, AccountRange), Problem> {
    let Query(wanted) = wanted.map_err(|_| {
        let detail =
            "conference, subscriber, everybody, from, until, after and limit may be given.";
        Problem::new(axum::http::StatusCode::BAD_REQUEST, "invalid", detail)
    })?;
    let range = AccountRange {
        from: instant("from", wanted.from.as_deref())?.unwrap_or(Timestamp::MIN),
        until: instant("until", wanted.until.as_deref())?.unwrap_or(Timestamp::MAX),
        after: cursor(wanted.after.as_deref())?,
        limit: wanted.limit.unwrap_or(store::PAGE_ENTRIES_MAX),
    };
    let of = match (&wanted.conference, wanted.subscriber, wanted.everybody) {
        (Some(key), None, false) => {
            let key: Result<ConferenceKey, _> = key.parse();
            let key = key.map_err(|_| Problem::invalid("conference", "This is no key."))?;
            match operator {
                Ok(Operator) => app.conference(key).await?,
                Err(_) => subscriber.own(app, key).await?,
            };
            Accountable::Conference(key)
        }
        (None, Some(number), false) => {
            operator?;
            Accountable::Subscriber(SubscriberId::new(number))
        }
        (None, None, true) => {
            operator?;
            Accountable::Everybody
        }
        (None, None, false) => Accountable::Subscriber(subscriber.0),
        _ => {
            let detail = "Give one of conference, subscriber and everybody.";
            return Err(Problem::invalid("conference", detail));
        }
    };
    Ok((of, range))
}

fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| Problem::invalid(field, "Give a time such as 2026-11-24T13:30:00Z."))
}

fn cursor(text: Option<&str>) -> Result<Option<AccountCursor>, Problem> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| Problem::invalid("after", "Give what `next` was in the part before."))
}
