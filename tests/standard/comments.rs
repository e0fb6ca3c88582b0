//! Comments: those of a text stay in what is made of it, in XML and in ALFA.
//!
//! In `fixtures/comments`, `NAME.alfa` is a file, `NAME.xml` its policies and `NAME.printed.alfa` what
//! these are printed as; `NAME.migrated.xml` is what a policy of an older version becomes.
//! `VEDTAK_BLESS=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::ReadOptions;
use vedtak::syntax::{Document, migrate};

use crate::bless::difference;
use crate::others::{documents_of_other_people, files_below};

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/comments");
    folder.join(name)
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("can be read")
}

/// The comments and instructions of a document, without those that only seem to be some.
fn count(text: &str) -> usize {
    text.matches("<!--").count() + text.matches("<?").count() - text.matches("<?xml ").count()
}

#[test]
fn comments_are_migrated() {
    let older = text(&fixture("older.xml"));
    let migrated = migrate(&older, ReadOptions::new()).expect("is a policy");
    let difference = difference(fixture("older.migrated.xml"), &migrated);
    assert!(difference.is_empty(), "{difference}");
    let own = Document::migrate(&older, ReadOptions::new()).expect("is a policy");
    assert_eq!(count(&migrated), count(&older) + count(&own.to_xml()));
}

/// What is migrated is the same with its comments, and none of them is lost or doubled.
#[test]
fn comments_of_all_policies_are_migrated() {
    let mut files = files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"));
    for (others, _) in documents_of_other_people() {
        files.extend(others);
    }
    let (mut policies, mut comments) = (0, 0);
    for file in files {
        let bytes = fs::read(&file).expect("can be read");
        let options = ReadOptions::new();
        let (Ok(document), Ok(migrated)) =
            (Document::migrate(&bytes, options), migrate(&bytes, options))
        else {
            continue;
        };
        let name = file.display();
        let plain = document.to_xml();
        let read =
            |text: &str| Document::from_xml(text).map_err(|error| format!("{name}: {error}"));
        assert!(read(&migrated) == read(&plain), "{name}\n{migrated}");
        let before = count(&String::from_utf8_lossy(&bytes));
        if before > 0 && !plain.contains("<![CDATA[") {
            assert_eq!(
                count(&migrated),
                before + count(&plain),
                "{name}\n{migrated}"
            );
            comments += before;
        }
        policies += 1;
    }
    assert!(policies > 150 && comments > 50, "{comments} in {policies}");
}

#[cfg(feature = "alfa")]
mod alfa {
    use vedtak::Limits;
    use vedtak::syntax::alfa::{from_xml, read, to_xml};

    use super::*;

    #[test]
    fn comments_go_to_xml_and_back() {
        let file = text(&fixture("records.alfa"));
        let made = to_xml([("records.alfa", file.as_bytes())], &Limits::default());
        let made = made.unwrap_or_else(|error| panic!("{error}"));
        assert!(made.lost.is_empty());
        let texts: Vec<&str> = made
            .policies
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        let mut differences = difference(fixture("records.xml"), &texts.concat());
        let comments = file.matches("//").count() + file.matches("/*").count();
        // Two are descriptions.
        assert_eq!(count(&texts.concat()), comments - 2);
        let again = texts.iter().map(|text| ("records.xml", text.as_bytes()));
        let again = from_xml(again, &Limits::default()).unwrap_or_else(|error| panic!("{error}"));
        differences += &difference(fixture("records.printed.alfa"), &again);
        assert!(differences.is_empty(), "{differences}");
        let documents = made.policies.into_iter().map(|(document, _)| document);
        let read = read(&again, ReadOptions::new());
        assert_eq!(read, Ok(documents.collect()), "{again}");
    }

    #[test]
    fn comments_of_all_policies_are_comments_of_alfa() {
        let (mut policies, mut comments) = (0, 0);
        for file in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")) {
            let bytes = fs::read(&file).expect("can be read");
            let Ok(text) = from_xml([("p.xml", &bytes[..])], &Limits::default()) else {
                continue;
            };
            let plain = vedtak::syntax::alfa::write(&[Document::from_xml(&bytes).expect("is one")]);
            let [with, without] = [&Ok(text), &plain]
                .map(|text| read(text.as_ref().expect("is ALFA"), ReadOptions::new()));
            assert_eq!(with, without, "{}", file.display());
            comments += count(&String::from_utf8_lossy(&bytes));
            policies += 1;
        }
        assert!(policies > 100 && comments > 20, "{comments} in {policies}");
    }

    /// Wherever a comment may stand, it makes no difference to the policies, and is in them once.
    #[test]
    fn comments_may_stand_anywhere() {
        for file in files_below(&fixture("../alfa")) {
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            let in_xml = |text: &str| to_xml([("p.alfa", text.as_bytes())], &Limits::default());
            let Ok(plain) = in_xml(&text) else {
                continue;
            };
            let comments = |made: &[(Document, String)]| -> usize {
                made.iter().map(|(_, xml)| count(xml)).sum()
            };
            for mark in ["/* so */", "// so\n"] {
                let (commented, added) = commented(&text, mark);
                let name = file.display();
                let made = in_xml(&commented);
                let made = made.unwrap_or_else(|error| panic!("{name}: {error}\n{commented}"));
                let trees = [&plain, &made].map(|made| {
                    let documents = made.policies.iter().map(|(document, _)| document);
                    documents.cloned().collect::<Vec<Document>>()
                });
                assert!(trees[0] == trees[1], "{name}\n{commented}");
                let (before, after) = (comments(&plain.policies), comments(&made.policies));
                assert!(
                    added > 10 && made.lost.is_empty() || plain.policies.is_empty(),
                    "{name}"
                );
                if !plain.policies.is_empty() {
                    assert_eq!(after, before + added, "{name}\n{commented}");
                }
                for (document, xml) in &made.policies {
                    assert_eq!(
                        Document::from_xml(xml).as_ref(),
                        Ok(document),
                        "{name}\n{xml}"
                    );
                }
            }
        }
    }

    /// A text with a comment at each white space between words, and how many these are.
    fn commented(text: &str, mark: &str) -> (String, usize) {
        let (mut commented, mut added) = (String::new(), 0);
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let end =
                |from: usize, end: &str| rest[from..].find(end).map(|at| from + at + end.len());
            // An escape has two characters.
            let quoted = |quote: char| {
                let mut characters = rest.char_indices().skip(1);
                while let Some((at, c)) = characters.next() {
                    match c {
                        '\\' => drop(characters.next()),
                        c if c == quote => return Some(at + 1),
                        _ => {}
                    }
                }
                None
            };
            let length = match c {
                '"' | '\'' => quoted(c),
                '/' if rest.starts_with("//") => end(0, "\n"),
                '/' if rest.starts_with("/*") => end(2, "*/"),
                _ => None,
            };
            let (part, after) = rest.split_at(length.unwrap_or(c.len_utf8()));
            commented.push_str(part);
            if c.is_whitespace() && !after.starts_with(char::is_whitespace) {
                commented.push_str(&format!("{mark} "));
                added += 1;
            }
            rest = after;
        }
        (commented, added)
    }

    /// Of a comment, nothing becomes a part of a policy, whatever it says.
    #[test]
    fn comments_stay_comments() {
        for comment in [
            "// ] --> <Rule/> <!-- ",
            "/* a\n--\n-*/",
            "/*--*/",
            "/*** ***/",
            "// \u{202e}",
            "// \u{1}",
            "/* permit\u{2028}deny */",
        ] {
            let file =
                format!("policy p {{ {comment}\n apply denyOverrides rule r {{ permit }} }}");
            let made = to_xml([("p.alfa", file.as_bytes())], &Limits::default());
            let made = made.unwrap_or_else(|error| panic!("{comment}: {error}"));
            let [(document, xml)] = &made.policies[..] else {
                panic!("{comment}: is one policy");
            };
            assert_eq!(
                Document::from_xml(xml).as_ref(),
                Ok(document),
                "{comment}: {xml}"
            );
            assert_eq!(count(xml), 1, "{comment}: {xml}");
            let again = from_xml([("p.xml", xml.as_bytes())], &Limits::default());
            let again = again.expect("is ALFA");
            let read = read(&again, ReadOptions::new());
            assert_eq!(read.as_ref().map(|read| &read[0]), Ok(document), "{again}");
        }
    }
}
