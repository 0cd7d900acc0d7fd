//! The `confab-sound` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sound::cli::main()
}
