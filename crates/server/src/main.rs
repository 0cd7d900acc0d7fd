//! The `confab` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
