//! The `confab` binary.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// An allocator that asks for huge pages: `.cargo/config.toml` has it built so.
///
/// In each tick a worker looks at a little of each leg's memory, of thousands of them. In pages of 4 KiB those are
/// more than the processor's translation buffers hold, and each look waits for a walk through the page tables; in
/// pages of 2 MiB they all fit. That is 10 % of the processor time of a leg of G.711. The C libraries allocate here too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    server::cli::main()
}
