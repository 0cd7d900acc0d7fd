use std::path::PathBuf;

use conference::*;
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A database in a directory that goes away with it.
struct Bench {
    directory: TempDir,
    store: Store,
    subscriber: SubscriberId,
}

impl Bench {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("confab.db")).await.unwrap();
        let subscriber = store.create_subscriber("Anna", &TokenHash::of("anna"), at(0)).await;
        Self { directory, store, subscriber: subscriber.unwrap().id }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("confab.db")
    }

    fn conference(&self, number: u8) -> Conference {
        Conference {
            key: ConferenceKey::from_random([number; 16]),
            subscriber: self.subscriber,
            title: format!("Conference {number}").parse().unwrap(),
            schedule: None,
            dial_in_code: DialInCode::from_random([number; 8]),
            dial_in_number: None,
            created_at: at(number.into()),
            ended_at: None,
        }
    }

    async fn create(&self, number: u8) -> Conference {
        let conference = self.conference(number);
        self.store.create_conference(&conference).await.unwrap();
        conference
    }

    /// Runs a statement behind the store's back.
    async fn tamper(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.store.pool).await.unwrap();
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, Country::DEFAULT).unwrap()
}

fn call(conference: &Conference, participant: u64) -> CallRecord {
    CallRecord {
        conference: conference.key,
        participant: ParticipantId::new(participant),
        secret: Some(CallSecret::from_random([participant as u8; 16])),
        via: Via::CallMe,
        with: None,
        number: Some(number("06 12 34 56 78")),
        name: "Anna".parse().ok(),
        began_at: at(10),
        answered_at: Some(at(15)),
        ended_at: at(75),
        ending: Ending::Left,
    }
}

fn conflict(result: Result<(), StoreError>) -> Option<Conflict> {
    match result {
        Err(StoreError::Conflict(conflict)) => Some(conflict),
        _ => None,
    }
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let bench = Bench::new().await;
    let zone = Zone::parse("Europe/Paris").unwrap();
    let conference = Conference {
        schedule: Some(Schedule::new(at(3600), zone)),
        dial_in_number: Some(number("01 42 68 53 00")),
        ..bench.conference(1)
    };
    bench.store.create_conference(&conference).await.unwrap();
    let call = call(&conference, 1);
    bench.store.record_call(&call).await.unwrap();
    bench.store.close().await;

    let store = Store::open(&bench.path()).await.unwrap();
    assert!(store.is_healthy().await);
    assert_eq!(store.conference_by_key(conference.key).await.unwrap(), Some(conference.clone()));
    let calls = store.calls_of(conference.key, Page::default()).await.unwrap();
    assert_eq!(calls.entries, [call]);
    let anna = store.subscriber_by_token_hash(&TokenHash::of("anna")).await.unwrap().unwrap();
    assert_eq!((anna.id, anna.name.as_str()), (bench.subscriber, "Anna"));
}

#[tokio::test]
async fn what_a_killed_process_had_stored_is_there() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    // The file as it is, with its log, while it is still open: what a kill leaves behind.
    let copy = bench.directory.path().join("copy.db");
    for suffix in ["", "-wal"] {
        let mut from = bench.path().into_os_string();
        let mut to = copy.clone().into_os_string();
        from.push(suffix);
        to.push(suffix);
        std::fs::copy(from, to).unwrap();
    }
    let store = Store::open(&copy).await.unwrap();
    assert_eq!(store.conference_by_key(conference.key).await.unwrap(), Some(conference));
}

#[tokio::test]
async fn tokens_name_one_subscriber() {
    let bench = Bench::new().await;
    let nobody = bench.store.subscriber_by_token_hash(&TokenHash::of("Anna")).await.unwrap();
    assert_eq!(nobody, None);
    let twice = bench.store.create_subscriber("Ben", &TokenHash::of("anna"), at(0)).await;
    assert_eq!(conflict(twice.map(drop)), Some(Conflict::Token));
    let ben = bench.store.create_subscriber("Ben", &TokenHash::of("ben"), at(0)).await.unwrap();
    assert_ne!(ben.id, bench.subscriber);
    assert_eq!(format!("{:?}", TokenHash::of("ben")), "TokenHash(…)");
}

#[tokio::test]
async fn a_conference_is_found_by_code_and_by_number() {
    let bench = Bench::new().await;
    let with_number =
        Conference { dial_in_number: Some(number("01 42 68 53 00")), ..bench.conference(1) };
    bench.store.create_conference(&with_number).await.unwrap();
    let other = bench.create(2).await;
    let found = async |dialled| bench.store.conference_by_dial_in(&dialled).await.unwrap();
    assert_eq!(found(DialIn::Code(other.dial_in_code)).await, Some(other));
    assert_eq!(found(DialIn::Code(with_number.dial_in_code)).await, Some(with_number.clone()));
    assert_eq!(found(DialIn::Number(number("01 42 68 53 00"))).await, Some(with_number));
    assert_eq!(found(DialIn::Number(number("01 42 68 53 01"))).await, None);
    assert_eq!(found(DialIn::Code("99999999".parse().unwrap())).await, None);
}

#[tokio::test]
async fn what_is_taken_is_told_by_name() {
    let bench = Bench::new().await;
    let number = Some(number("01 42 68 53 00"));
    let first = Conference { dial_in_number: number.clone(), ..bench.conference(1) };
    bench.store.create_conference(&first).await.unwrap();
    let free = bench.conference(2);
    for (taken, expected) in [
        (Conference { key: first.key, ..free.clone() }, Conflict::Key),
        (Conference { dial_in_code: first.dial_in_code, ..free.clone() }, Conflict::DialInCode),
        (Conference { dial_in_number: number, ..free.clone() }, Conflict::DialInNumber),
    ] {
        assert_eq!(conflict(bench.store.create_conference(&taken).await), Some(expected));
    }
    bench.store.create_conference(&free).await.unwrap();
    bench.store.create_conference(&bench.conference(3)).await.unwrap();
}

#[tokio::test]
async fn an_ended_conference_is_kept_and_its_code_freed() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    let end = async |second| {
        let ended = bench.store.end_conference(bench.subscriber, conference.key, at(second)).await;
        ended.unwrap().unwrap().ended_at
    };
    assert_eq!(end(100).await, Some(at(100)));
    assert_eq!(end(200).await, Some(at(100)), "it ended when it first did");
    let kept = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
    assert_eq!(kept.ended_at, Some(at(100)));
    let code = DialIn::Code(conference.dial_in_code);
    assert_eq!(bench.store.conference_by_dial_in(&code).await.unwrap(), None);

    let next = Conference { dial_in_code: conference.dial_in_code, ..bench.conference(2) };
    bench.store.create_conference(&next).await.unwrap();
    assert_eq!(bench.store.conference_by_dial_in(&code).await.unwrap(), Some(next));
}

#[tokio::test]
async fn nobody_ends_or_lists_anothers_conference() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    let ben = bench.store.create_subscriber("Ben", &TokenHash::of("ben"), at(0)).await.unwrap();
    let ended = bench.store.end_conference(ben.id, conference.key, at(1)).await.unwrap();
    assert_eq!(ended, None);
    let listed = bench.store.list_conferences(ben.id, Page::default()).await.unwrap();
    assert_eq!(listed.entries, []);
    let kept = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
    assert_eq!(kept.ended_at, None);
}

#[tokio::test]
async fn lists_come_a_page_at_a_time_the_newest_first() {
    let bench = Bench::new().await;
    for number in 1..=5 {
        bench.create(number).await;
    }
    let (mut titles, mut offset) = (Vec::new(), Some(0));
    while let Some(from) = offset {
        let page = Page::new(from, 2);
        let listing = bench.store.list_conferences(bench.subscriber, page).await.unwrap();
        assert!(listing.entries.len() <= 2);
        titles.extend(listing.entries.into_iter().map(|conference| conference.created_at));
        offset = listing.next_offset;
    }
    assert_eq!(titles, [5, 4, 3, 2, 1].map(at));
}

#[tokio::test]
async fn calls_are_listed_in_order_and_found_by_secret() {
    let bench = Bench::new().await;
    let (conference, other) = (bench.create(1).await, bench.create(2).await);
    let first = call(&conference, 1);
    let withheld = CallRecord {
        secret: None,
        via: Via::DialIn,
        number: None,
        name: None,
        answered_at: None,
        began_at: at(20),
        ending: Ending::Busy,
        ..call(&conference, 2)
    };
    let third = CallRecord { began_at: at(30), secret: None, ..call(&conference, 3) };
    for record in [&third, &withheld, &first] {
        bench.store.record_call(record).await.unwrap();
    }
    let calls = bench.store.calls_of(conference.key, Page::new(0, 2)).await.unwrap();
    assert_eq!(calls.entries, [first.clone(), withheld]);
    assert_eq!(calls.next_offset, Some(2));

    let secret = first.secret.unwrap();
    let found = bench.store.call_by_secret(conference.key, secret).await.unwrap();
    assert_eq!(found, Some(first));
    let elsewhere = bench.store.call_by_secret(other.key, secret).await.unwrap();
    assert_eq!(elsewhere, None, "a secret is good for its own conference");
}

#[tokio::test]
async fn every_ending_can_be_recorded() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    for (participant, ending) in (1..).zip(Ending::ALL) {
        let record = CallRecord { ending, ..call(&conference, participant) };
        bench.store.record_call(&record).await.unwrap();
    }
    let calls = bench.store.calls_of(conference.key, Page::default()).await.unwrap();
    let endings: Vec<_> = calls.entries.iter().map(|record| record.ending).collect();
    assert_eq!(endings, Ending::ALL);
}

#[tokio::test]
async fn every_way_to_come_can_be_recorded() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    for (participant, via) in (1..).zip(Via::ALL) {
        let record = CallRecord { via, number: None, ..call(&conference, participant) };
        bench.store.record_call(&record).await.unwrap();
    }
    let with = Some(ParticipantId::new(3));
    let phone = CallRecord { with, began_at: at(20), ..call(&conference, 4) };
    bench.store.record_call(&phone).await.unwrap();
    let calls = bench.store.calls_of(conference.key, Page::default()).await.unwrap().entries;
    let came: Vec<_> = calls.iter().map(|record| (record.via, record.with)).collect();
    let alone = Via::ALL.map(|via| (via, None));
    assert_eq!(came, [&alone[..], &[(Via::CallMe, with)]].concat());
}

#[tokio::test]
async fn records_from_before_browsers_are_still_read() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    let record = call(&conference, 1);
    bench.store.record_call(&record).await.unwrap();
    // The file as the version before left it.
    bench.tamper("ALTER TABLE call_records DROP COLUMN with_participant").await;
    bench.tamper("DELETE FROM _sqlx_migrations WHERE version > 1").await;
    bench.store.close().await;
    let store = Store::open(&bench.path()).await.unwrap();
    let calls = store.calls_of(conference.key, Page::default()).await.unwrap();
    assert_eq!(calls.entries, [record]);
}

#[tokio::test]
async fn orphans_and_doubles_are_refused() {
    let bench = Bench::new().await;
    let unknown = bench.conference(9);
    let orphan = bench.store.record_call(&call(&unknown, 1)).await;
    assert!(matches!(orphan, Err(StoreError::Orphan)));
    let orphan = Conference { subscriber: SubscriberId::new(404), ..unknown };
    let orphan = bench.store.create_conference(&orphan).await;
    assert!(matches!(orphan, Err(StoreError::Orphan)));

    let conference = bench.create(1).await;
    bench.store.record_call(&call(&conference, 1)).await.unwrap();
    let twice = bench.store.record_call(&call(&conference, 1)).await;
    assert_eq!(conflict(twice), Some(Conflict::Call));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_create_at_once_but_only_one_gets_a_code() {
    let bench = Bench::new().await;
    let code = DialInCode::from_random([0; 8]);
    let tasks: Vec<_> = (1..=40)
        .map(|number| {
            let store = bench.store.clone();
            let contested = number % 2 == 0;
            let mut conference = bench.conference(number);
            if contested {
                conference.dial_in_code = code;
            }
            tokio::spawn(async move { (contested, store.create_conference(&conference).await) })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        match task.await.unwrap() {
            (false, result) => result.unwrap(),
            (true, Ok(())) => winners += 1,
            (true, refused) => assert_eq!(conflict(refused), Some(Conflict::DialInCode)),
        }
    }
    assert_eq!(winners, 1);
    let all = bench.store.list_conferences(bench.subscriber, Page::default()).await.unwrap();
    assert_eq!(all.entries.len(), 21);
}

#[tokio::test]
async fn text_is_only_text() {
    let bench = Bench::new().await;
    let title = "Robert'); DROP TABLE conferences; -- \u{1F600}";
    let conference = Conference { title: title.parse().unwrap(), ..bench.conference(1) };
    bench.store.create_conference(&conference).await.unwrap();
    let read = bench.store.conference_by_key(conference.key).await.unwrap().unwrap();
    assert_eq!(read.title.as_str(), title);
}

#[tokio::test]
async fn a_row_that_was_edited_badly_is_an_error_with_its_name() {
    let bench = Bench::new().await;
    let conference = bench.create(1).await;
    for (statement, expected) in [
        ("UPDATE conferences SET dial_in_code = 'hello'", "dial_in_code"),
        ("UPDATE conferences SET dial_in_code = '12345678', title = ''", "title"),
        (
            "UPDATE conferences SET title = 'x', created_at_ms = 9223372036854775807",
            "created_at_ms",
        ),
        (
            "UPDATE conferences SET created_at_ms = 0, starts_at_ms = 0, time_zone = '?'",
            "time_zone",
        ),
    ] {
        bench.tamper(statement).await;
        match bench.store.conference_by_key(conference.key).await {
            Err(StoreError::Unreadable { column }) => assert_eq!(column, expected),
            other => panic!("{statement}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(&path, "not a database, but long enough to look like one ".repeat(50)).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"), "{error}");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept.starts_with("not a database"), "and left as it was");
}

#[tokio::test]
async fn a_damaged_database_is_refused_by_name() {
    let bench = Bench::new().await;
    bench.store.close().await;
    let mut bytes = std::fs::read(bench.path()).unwrap();
    bytes[100..].fill(0xA5);
    std::fs::write(bench.path(), bytes).unwrap();
    let error = Store::open(&bench.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().to_owned(), directory.path().join("missing/confab.db")] {
        let error = Store::open(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()));
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let bench = Bench::new().await;
    bench
        .tamper(
            "INSERT INTO _sqlx_migrations \
             (version, description, installed_on, success, checksum, execution_time) \
             SELECT 9999, 'from the future', installed_on, success, checksum, execution_time \
             FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
    bench.store.close().await;
    let error = Store::open(&bench.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { migration: 9999, .. }), "{error:?}");
    assert!(error.to_string().contains("newer version"), "{error}");
}
