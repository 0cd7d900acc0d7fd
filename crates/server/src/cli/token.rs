//! `confab token`: who may use the API.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use store::TokenHash;

use super::{ConfigArgs, Done};
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
    },
    /// List subscribers; their tokens can't be shown again
    List,
}

pub(super) async fn run(args: TokenArgs) -> Done {
    let config = args.config.load()?.config;
    let store = start::open_store(&config.database).await?;
    match args.action {
        Action::Create { name } => {
            let token = crate::token::draw();
            store.create_subscriber(&name, &TokenHash::of(&token), Timestamp::now()).await?;
            println!("{token}");
        }
        Action::List => {
            for subscriber in store.subscribers().await? {
                println!("{}\t{}", subscriber.id.number(), subscriber.name);
            }
        }
    }
    store.close().await;
    Ok(())
}
