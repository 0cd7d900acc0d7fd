//! `confab token`: who may use the API.

use clap::{Args, Subcommand};
use store::{PAGE_ENTRIES_MAX, Page};

use super::{ConfigArgs, Done};
use crate::clock;
use crate::start;

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token for a new subscriber, and print it: it is shown this once
    Create {
        /// What the subscriber is called
        name: String,
        /// Let it create subscribers and URLs, too
        #[arg(long)]
        operator: bool,
    },
    /// List subscribers; their tokens can't be shown again
    List,
}

pub(super) async fn run(args: TokenArgs) -> Done {
    let config = args.config.load()?.config;
    let store = start::open_store(&config.database).await?;
    match args.action {
        Action::Create { name, operator } => {
            let (token, hash) = crate::token::draw_hashed();
            store.create_subscriber(&name, &hash, clock::now()).await?;
            if operator {
                store.make_operator(&hash).await?;
            }
            println!("{token}");
        }
        Action::List => {
            let mut page = Some(Page::default());
            while let Some(wanted) = page {
                let listing = store.subscribers(wanted).await?;
                for subscriber in listing.entries {
                    let mail = subscriber.mail.map_or_else(String::new, |mail| mail.to_string());
                    println!("{}\t{}\t{mail}", subscriber.id.number(), subscriber.name);
                }
                page = listing.next_offset.map(|offset| Page::new(offset, PAGE_ENTRIES_MAX));
            }
        }
    }
    store.close().await;
    Ok(())
}
