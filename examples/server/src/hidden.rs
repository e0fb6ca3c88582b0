//! Problems, and reasons of answers, → texts for a log in which no person is.

use std::collections::HashSet;

use vedtak::Error;

/// Tells the problems of a register: where they are, and what is wrong, without the lines of the file, and
/// without what messages quote of it. These are names, numbers and addresses of persons.
pub fn told(error: &Error, file: &[u8]) -> String {
    let file = String::from_utf8_lossy(file);
    let values = words_of_values(&file);
    let is_shown = |part: &str| is_of_format(part, &values);
    let problems = error.diagnostics().iter().map(|problem| {
        let place = match (problem.source(), problem.position()) {
            (Some(source), Some(at)) => format!("{source}:{at}: "),
            (Some(source), None) => format!("{source}: "),
            _ => String::new(),
        };
        // Where a value may hold a backtick, nobody can tell where what is quoted ends.
        let hidden = |text: &str| match text.split_once('`') {
            Some((first, _)) if file.contains('`') => format!("{first}…"),
            _ => without_values(text, is_shown),
        };
        let message = format!("{place}{}", hidden(problem.message()));
        match problem.path() {
            "" => message,
            path => format!("{message}\n  in {}", hidden(path)),
        }
    });
    problems.collect::<Vec<_>>().join("\n")
}

/// Tells why an answer is `false`, without the values that the reason quotes.
pub fn reason(reason: &str) -> String {
    without_values(reason, |_| false)
}

/// Hides what a message quotes, in backticks, but for what may be shown.
fn without_values(message: &str, is_shown: impl Fn(&str) -> bool) -> String {
    let parts = message.split('`').enumerate().map(|(place, part)| {
        match (place % 2 == 1, is_shown(part)) {
            (true, true) => format!("`{part}`"),
            (true, false) => "`…`".to_owned(),
            (false, _) => part.to_owned(),
        }
    });
    parts.collect()
}

/// Whether a text is a word of the format, as names of members are: it has small letters alone, and is in
/// no value of the file.
fn is_of_format(text: &str, values: &HashSet<&str>) -> bool {
    !text.is_empty() && text.chars().all(is_of_word) && !values.contains(text)
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_lowercase() || c == '_'
}

/// The words of a file of JSON that are not names of members.
fn words_of_values(file: &str) -> HashSet<&str> {
    let mut values = HashSet::new();
    let mut rest = file;
    while let Some(at) = rest.find(is_of_word) {
        let is_quoted = rest[..at].ends_with('"');
        let word = &rest[at..];
        let end = word.find(|c| !is_of_word(c)).unwrap_or(word.len());
        rest = &word[end..];
        let behind = rest.strip_prefix('"').map(str::trim_start);
        if !(is_quoted && behind.is_some_and(|behind| behind.starts_with(':'))) {
            values.insert(&word[..end]);
        }
    }
    values
}
