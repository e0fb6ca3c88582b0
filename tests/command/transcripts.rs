//! `fixtures/command/*.txt`, and the manual: commands, and what they print. A line of standard error
//! begins with `! `, and an exit code other than 0 is in brackets.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::{bless, code, text, vedtak, vedtak_in};

#[test]
fn commands_print_what_is_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/command");
    let entries = std::fs::read_dir(folder).expect("can be listed");
    let paths = entries.map(|entry| entry.expect("can be listed").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    assert!(files.len() > 5, "the transcripts were found");
    let mut differences = String::new();
    for file in files {
        let recorded = std::fs::read_to_string(&file).expect("is text");
        let commands = recorded.lines().filter(|line| line.starts_with("$ "));
        let found: Vec<String> = commands.map(transcript).collect();
        differences += &bless::difference(&file, &found.join("\n"));
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn the_manual_shows_what_is_printed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/command.md");
    let manual = std::fs::read_to_string(&file).expect("is text");
    let mut parts = manual.split("```text\n");
    let mut found = parts.next().expect("has a beginning").to_owned();
    let mut shown = 0;
    for part in parts {
        let (block, rest) = part.split_once("```").expect("the block ends");
        let commands = block.lines().filter(|line| line.starts_with("$ "));
        let block: String = commands.map(transcript).collect();
        found += &format!("```text\n{block}```{rest}");
        shown += 1;
    }
    assert!(shown > 5, "the blocks were found");
    let difference = bless::difference(file, &found);
    assert!(difference.is_empty(), "{difference}");
}

/// The README and the chapters show a command in a block `sh`, and what it prints in the next block,
/// `text`.
#[test]
fn the_readme_and_the_chapters_show_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, folder, count) in [
        ("README.md", ".", 2),
        ("src/manual/altinn.md", "fixtures/altinn/first-service", 1),
    ] {
        let written = std::fs::read_to_string(root.join(name)).expect("is text");
        let mut parts = written.split("```sh\n");
        let mut found = parts.next().expect("has a beginning").to_owned();
        let mut shown = 0;
        for part in parts {
            found += "```sh\n";
            let command = part.split_once("```\n\n```text\n");
            let command = command.filter(|(command, _)| !command.contains("```"));
            let Some((command, rest)) = command else {
                found += part;
                continue;
            };
            let (_, rest) = rest.split_once("```").expect("the block ends");
            let (arguments, input) = split(&format!("$ {}", command.replace("\\\n", " ")));
            let output = vedtak_in(&root.join(folder), &arguments, &input);
            let printed = text(&output.stdout);
            found += &format!("{command}```\n\n```text\n{printed}```{rest}");
            shown += 1;
        }
        assert_eq!(shown, count, "the blocks of {name} were found");
        let difference = bless::difference(root.join(name), &found);
        assert!(difference.is_empty(), "{difference}");
    }
}

/// Each verb that answers does so in JSON as well, with the same exit code.
#[test]
fn every_answer_is_json_as_well() {
    if std::env::var_os("VEDTAK_BLESS").is_some() {
        return; // The transcripts are being written.
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/command");
    for file in std::fs::read_dir(folder).expect("can be listed") {
        let Ok(recorded) = std::fs::read_to_string(file.expect("can be listed").path()) else {
            continue;
        };
        for block in recorded.split("$ ").skip(1) {
            let (command, shown) = block.split_once('\n').expect("has lines");
            let (mut arguments, input) = split(&format!("$ {command}"));
            if arguments.iter().any(|argument| argument == "--json") {
                continue;
            }
            let last = shown.trim_end().lines().next_back().unwrap_or_default();
            let as_text = match last {
                "[1]" => 1,
                "[2]" => 2,
                _ => 0,
            };
            arguments.push("--json".to_owned());
            let output = vedtak(&arguments, &input);
            assert_eq!(code(&output), as_text, "{command}");
            let json: Result<Json, _> = serde_json::from_slice(&output.stdout);
            assert!(json.is_ok(), "{command}: {}", text(&output.stdout));
            assert_eq!(text(&output.stderr), "", "{command}");
        }
    }
}

/// What a terminal shows.
fn transcript(command: &str) -> String {
    let (arguments, input) = split(command);
    let output = vedtak(&arguments, &input);
    let mut shown = format!("{command}\n{}", text(&output.stdout));
    for line in text(&output.stderr).lines() {
        shown += format!("! {line}").trim_end();
        shown.push('\n');
    }
    if code(&output) != 0 {
        shown += &format!("[{}]\n", code(&output));
    }
    shown
}

/// The arguments of a command, and what it reads from standard input.
fn split(command: &str) -> (Vec<String>, Vec<u8>) {
    let command = command.strip_prefix("$ vedtak").expect("is the command");
    let (command, input) = command.split_once(" < ").unwrap_or((command, ""));
    let mut arguments = Vec::new();
    // What is quoted is every second part.
    for (place, part) in command.split('\'').enumerate() {
        match place % 2 {
            0 => arguments.extend(part.split_whitespace().map(ToOwned::to_owned)),
            _ => arguments.push(part.to_owned()),
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(input.trim());
    let input = match input {
        "" => Vec::new(),
        _ => std::fs::read(file).expect("the input is there"),
    };
    (arguments, input)
}
