//! Lists the files of `web/` and `assets/prompts/` so that they are built into the binary.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Kept beside the pages for people and tools, and not served.
const NOT_SERVED: [&str; 3] = ["json", "txt", "md"];

fn main() -> Result<(), Box<dyn Error>> {
    list_pages()?;
    list_prompts()
}

fn list_pages() -> Result<(), Box<dyn Error>> {
    let web = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("web");
    println!("cargo:rerun-if-changed={}", web.display());
    let mut files = Vec::new();
    collect(&web, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&web)?.to_string_lossy().replace('\\', "/");
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("web.rs"), table)?;
    Ok(())
}

/// Recordings by language and name.
fn list_prompts() -> Result<(), Box<dyn Error>> {
    let prompts = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("assets/prompts");
    println!("cargo:rerun-if-changed={}", prompts.display());
    let mut files = Vec::new();
    collect(&prompts, &mut files)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "wav"));
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let (language, name) = (file.parent().and_then(Path::file_name), file.file_stem());
        let language = language.unwrap_or_default().to_string_lossy();
        let name = name.unwrap_or_default().to_string_lossy();
        let path = file.display().to_string();
        writeln!(table, "    ({language:?}, {name:?}, include_bytes!({path:?})),")?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("prompts.rs"), table)?;
    Ok(())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if !dir.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            collect(&path, files)?;
        } else if !hidden && extension.is_some_and(|extension| !NOT_SERVED.contains(&extension)) {
            files.push(path);
        }
    }
    Ok(())
}
