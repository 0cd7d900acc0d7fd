//! `confab backup`: a copy of the database, at any time.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, Done};
use crate::start;

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The copy; nothing may be there yet
    file: PathBuf,
}

pub(super) async fn run(args: BackupArgs) -> Done {
    let config = args.config.load()?.config;
    let store = start::open_store(&config.database).await?;
    let copied = store.back_up(&args.file).await;
    store.close().await;
    copied.map_err(|error| format!("no copy in {}: {error}", args.file.display()).into())
}
