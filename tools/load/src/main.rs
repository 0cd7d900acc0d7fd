//! The `confab-load` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    load::cli::main()
}
