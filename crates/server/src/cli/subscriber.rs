//! `confab subscriber`: what an operator does to those who have conferences, on the database itself.
//!
//! A server that runs on it sees each of these at once, but for conferences that are on: whoever is in one of who
//! is suspended here stays until it rests. The API puts them out.

use clap::{Args, Subcommand};
use conference::{ConferenceKey, DialInCode, MailAddress, SubscriberId, SubscriberName, Title};
use store::{NewSubscriber, PAGE_ENTRIES_MAX, Page, Store, Subscriber};

use super::{ConfigArgs, Done};
use crate::clock;
use crate::config::Config;
use crate::{setup, start};

/// URLs that are made or assigned in one go: more would hold other writers up for longer than they wait.
const URLS_AT_ONCE: usize = 1_000;

/// URLs that one command makes or assigns.
const URLS_MAX: usize = 1_000_000;

#[derive(Debug, Args)]
pub(super) struct SubscriberArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a subscriber by a mail address, and print its number
    Create {
        /// Where sign-in links are sent
        mail: MailAddress,
        /// What it is called; by default what stands before the @
        #[arg(long)]
        name: Option<SubscriberName>,
        /// Assign so many new URLs to it, and print them
        #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = count)]
        urls: usize,
    },
    /// List subscribers: number, name, mail address, and whether they are suspended
    List,
    /// Add new URLs to the pool
    AddUrls {
        /// How many
        #[arg(value_parser = count)]
        count: usize,
    },
    /// Assign URLs of the pool to a subscriber, and print them
    Assign {
        /// Its number or mail address
        subscriber: String,
        /// How many
        #[arg(value_parser = count)]
        count: usize,
    },
    /// Let a subscriber neither sign in nor use tokens, and have its conferences answer as ended
    Suspend {
        /// Its number or mail address
        subscriber: String,
    },
    /// Have a subscriber be as before it was suspended
    Resume {
        /// Its number or mail address
        subscriber: String,
    },
}

fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count <= URLS_MAX);
    count.ok_or_else(|| format!("give a whole number up to {URLS_MAX}"))
}

pub(super) async fn run(args: SubscriberArgs) -> Done {
    let config = args.config.load()?.config;
    let store = start::open_store(&config.database).await?;
    let done = act(&config, &store, args.action).await;
    store.close().await;
    done
}

async fn act(config: &Config, store: &Store, action: Action) -> Done {
    let now = clock::now();
    match action {
        Action::Create { mail, name, urls } => {
            let name = name.unwrap_or_else(|| SubscriberName::of_address(&mail));
            let created = store.create_subscribers(&[NewSubscriber { name, mail }], now).await?;
            for subscriber in created {
                println!("{}", subscriber.id.number());
                add_urls(store, urls).await?;
                assign(config, store, &subscriber, urls).await?;
            }
        }
        Action::List => list(store).await?,
        Action::AddUrls { count } => add_urls(store, count).await?,
        Action::Assign { subscriber, count } => {
            let subscriber = find(store, &subscriber).await?;
            assign(config, store, &subscriber, count).await?;
        }
        Action::Suspend { subscriber } => {
            store.suspend(find(store, &subscriber).await?.id, now).await?;
        }
        Action::Resume { subscriber } => {
            store.resume(find(store, &subscriber).await?.id).await?;
        }
    }
    Ok(())
}

async fn find(store: &Store, subscriber: &str) -> Result<Subscriber, Box<dyn std::error::Error>> {
    let found = match subscriber.parse() {
        Ok(number) => store.subscriber(SubscriberId::new(number)).await?,
        Err(_) => store.subscriber_by_mail(&subscriber.parse()?).await?,
    };
    found.ok_or_else(|| format!("there is no subscriber {subscriber}").into())
}

async fn list(store: &Store) -> Done {
    let mut page = Some(Page::default());
    while let Some(wanted) = page {
        let listing = store.subscribers(wanted).await?;
        for Subscriber { id, name, mail, suspended_at, .. } in listing.entries {
            let mail = mail.map_or_else(String::new, |mail| mail.to_string());
            let suspended = suspended_at.map_or_else(String::new, |at| format!("suspended {at}"));
            println!("{}\t{name}\t{mail}\t{suspended}", id.number());
        }
        page = listing.next_offset.map(|offset| Page::new(offset, PAGE_ENTRIES_MAX));
    }
    Ok(())
}

async fn add_urls(store: &Store, count: usize) -> Done {
    for part in parts(count) {
        let draw = |_| ConferenceKey::from_random(rand::random());
        let keys: Vec<ConferenceKey> = part.map(draw).collect();
        store.add_to_pool(&keys, clock::now()).await?;
    }
    Ok(())
}

async fn assign(config: &Config, store: &Store, to: &Subscriber, count: usize) -> Done {
    let name = to.name.parse().or_else(|_| "subscriber".parse::<SubscriberName>())?;
    let url = setup::public_url(config, config.http.listen);
    for part in parts(count) {
        let room = |number| (to.id, Title::of_room(&name, number + 1));
        let rooms: Vec<(SubscriberId, Title)> = part.map(room).collect();
        let draw = || DialInCode::from_random(rand::random());
        for conference in store.assign_urls(&rooms, draw, clock::now()).await? {
            println!("{url}/c/{}", conference.key);
        }
    }
    Ok(())
}

/// So many numbers from 0, in parts.
fn parts(count: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..count).step_by(URLS_AT_ONCE).map(move |start| start..count.min(start + URLS_AT_ONCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn subscribers_are_created_suspended_and_given_urls_by_thousands() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("confab.db")).await.unwrap();
        let config = Config::default();
        let act = async |action| act(&config, &store, action).await;
        let (mail, name) = ("anna@example.com".parse().unwrap(), "Anna".parse().ok());
        act(Action::Create { mail, name, urls: 2 }).await.unwrap();
        let anna = find(&store, "Anna@example.com").await.unwrap();
        assert_eq!((anna.name.as_str(), anna.suspended_at), ("Anna", None));
        assert_eq!(find(&store, &anna.id.number().to_string()).await.unwrap(), anna);
        act(Action::AddUrls { count: 2_500 }).await.unwrap();
        assert_eq!(store.pool_size().await.unwrap(), 2_500);
        let subscriber = || "anna@example.com".to_owned();
        act(Action::Assign { subscriber: subscriber(), count: 2_400 }).await.unwrap();
        assert_eq!(store.pool_size().await.unwrap(), 100);
        assert!(act(Action::Assign { subscriber: subscriber(), count: 101 }).await.is_err());
        let last = store.list_conferences(anna.id, Page::new(2_401, 2)).await.unwrap();
        assert_eq!((last.entries.len(), last.next_offset), (1, None), "two and 2,400");
        act(Action::Suspend { subscriber: subscriber() }).await.unwrap();
        assert!(find(&store, "anna@example.com").await.unwrap().suspended_at.is_some());
        act(Action::Resume { subscriber: subscriber() }).await.unwrap();
        assert_eq!(find(&store, "anna@example.com").await.unwrap(), anna);
        act(Action::List).await.unwrap();
        for nobody in ["bert@example.com", "99", "nobody"] {
            assert!(find(&store, nobody).await.is_err(), "{nobody}");
        }
    }

    #[test]
    fn counts_have_a_limit_and_are_cut_into_parts() {
        assert_eq!(count("1000000"), Ok(1_000_000));
        assert!(count("1000001").is_err() && count("-1").is_err() && count("many").is_err());
        assert_eq!(parts(2_001).collect::<Vec<_>>(), [0..1000, 1000..2000, 2000..2001]);
        assert_eq!(parts(0).count(), 0);
    }
}
