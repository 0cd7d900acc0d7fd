//! What a process uses of processor and memory, as the kernel counts it in `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::unistd::Pid;

use super::Cores;
use crate::result::{ThreadUsage, Usage};

/// Threads that a [`Usage`] names.
const THREADS_SHOWN_MAX: usize = 16;

/// How the names of media threads begin.
const MEDIA_THREADS: &str = "media-";

/// A process that is watched.
#[derive(Clone, Debug)]
pub struct Process {
    id: Pid,
    directory: PathBuf,
}

/// The process isn't there, or hides itself.
#[derive(Debug, thiserror::Error)]
#[error("process {pid} can't be watched: {source}")]
pub struct Unwatchable {
    /// Its id.
    pub pid: u32,
    /// What the system said.
    pub source: std::io::Error,
}

/// What a process has used so far.
#[derive(Clone, Debug)]
pub struct Sample {
    at: Instant,
    /// Of each thread, by its id.
    threads: BTreeMap<u32, Thread>,
    memory_bytes: u64,
}

#[derive(Clone, Debug)]
struct Thread {
    name: String,
    cpu_ns: u64,
}

impl Process {
    /// Watches a process.
    ///
    /// # Errors
    /// There is no such process.
    pub fn new(pid: u32) -> Result<Self, Unwatchable> {
        let directory = PathBuf::from(format!("/proc/{pid}"));
        fs::read_dir(directory.join("task")).map_err(|source| Unwatchable { pid, source })?;
        let id = Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX));
        Ok(Self { id, directory })
    }

    /// The cores that it may use.
    #[must_use]
    pub fn cores(&self) -> Cores {
        Cores::of(self.id)
    }

    /// What it has used so far; none when it has ended.
    #[must_use]
    pub fn sample(&self) -> Option<Sample> {
        let tasks = fs::read_dir(self.directory.join("task")).ok()?;
        let threads = tasks.flatten().filter_map(|task| {
            let id = task.file_name().to_str()?.parse().ok()?;
            Some((id, Thread::read(&task.path())?))
        });
        let status = fs::read_to_string(self.directory.join("status")).ok()?;
        Some(Sample {
            at: Instant::now(),
            threads: threads.collect(),
            memory_bytes: resident_bytes(&status)?,
        })
    }
}

impl Sample {
    /// Resident memory, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// What was used since an earlier sample. What a thread used that ended in between is not known.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Usage {
        let seconds = self.at.saturating_duration_since(earlier.at).as_secs_f64();
        let percent = |ns: u64| {
            if seconds > 0.0 { ns as f64 / 1e9 / seconds * 100.0 } else { 0.0 }
        };
        let mut threads: Vec<ThreadUsage> = Vec::new();
        let (mut all_ns, mut media_ns) = (0, None);
        for (id, thread) in &self.threads {
            let before = earlier.threads.get(id).map_or(0, |thread| thread.cpu_ns);
            let used_ns = thread.cpu_ns.saturating_sub(before);
            all_ns += used_ns;
            if thread.name.starts_with(MEDIA_THREADS) {
                *media_ns.get_or_insert(0) += used_ns;
            }
            let cpu_percent = percent(used_ns);
            threads.push(ThreadUsage { name: thread.name.clone(), cpu_percent });
        }
        threads.sort_by(|one, other| other.cpu_percent.total_cmp(&one.cpu_percent));
        threads.truncate(THREADS_SHOWN_MAX);
        Usage {
            seconds,
            cpu_percent: percent(all_ns),
            media_cpu_percent: media_ns.map(percent),
            memory_bytes: self.memory_bytes,
            threads,
        }
    }
}

impl Thread {
    fn read(task: &Path) -> Option<Self> {
        let name = fs::read_to_string(task.join("comm")).ok()?.trim_end().to_owned();
        // Exact to the nanosecond where the kernel has it, to the hundredth of a second elsewhere.
        let exact = fs::read_to_string(task.join("schedstat")).ok();
        let cpu_ns = exact.as_deref().and_then(schedstat_ns).or_else(|| {
            let stat = fs::read_to_string(task.join("stat")).ok()?;
            stat_ns(&stat)
        })?;
        Some(Self { name, cpu_ns })
    }
}

/// The first number of `schedstat`: nanoseconds on a processor.
fn schedstat_ns(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

/// User and system time of `stat`, its fields 14 and 15, in hundredths of a second (`USER_HZ` is 100 everywhere).
fn stat_ns(text: &str) -> Option<u64> {
    // The second field is the name in parentheses, which may hold anything.
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) * 10_000_000)
}

/// `VmRSS` of `status`.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_read() {
        assert_eq!(schedstat_ns("2733025 1200 5\n"), Some(2_733_025));
        let stat = "16110 (a (b) c) R 16105 16105 11299 0 -1 4194304 98 0 0 0 7 5 0 0 20 0 1 0 1";
        assert_eq!(stat_ns(stat), Some(120_000_000));
        assert_eq!(stat_ns("1 (cut off) R 1"), None);
        let status = "Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t3\n";
        assert_eq!(resident_bytes(status), Some(2_097_152));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_is_seen_at_work() {
        let process = Process::new(std::process::id()).unwrap();
        let before = process.sample().unwrap();
        let mut sum = 0_u64;
        while before.at.elapsed().as_millis() < 30 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let usage = process.sample().unwrap().since(&before);
        assert!(usage.cpu_percent > 0.0 && usage.seconds > 0.0, "{usage:?}");
        assert!(usage.memory_bytes > 0 && !usage.threads.is_empty(), "{usage:?}");
    }

    #[test]
    fn a_process_that_is_not_there_is_said_so() {
        let error = Process::new(u32::MAX).unwrap_err();
        assert!(error.to_string().contains("4294967295"), "{error}");
    }

    #[test]
    fn threads_are_told_apart_by_name_and_those_that_came_later_count_whole() {
        let thread = |name: &str, cpu_ns| Thread { name: name.to_owned(), cpu_ns };
        let at = Instant::now();
        let earlier = Sample { at, threads: [(1, thread("confab", 5))].into(), memory_bytes: 1 };
        let later = Sample {
            at: at + std::time::Duration::from_secs(1),
            threads: [(1, thread("confab", 100_000_005)), (2, thread("media-0", 400_000_000))]
                .into(),
            memory_bytes: 2,
        };
        let usage = later.since(&earlier);
        assert!((usage.cpu_percent - 50.0).abs() < 1e-6, "{usage:?}");
        assert_eq!(usage.media_cpu_percent, Some(40.0));
        assert_eq!(usage.threads[0].name, "media-0");
    }
}
