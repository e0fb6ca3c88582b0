//! The cases of `fixtures/xpath`, and what only code can ask.

use std::fs;
use std::path::Path as FilePath;
use std::sync::Arc;

use super::{Budget, Exhausted, Node, Path, Tree};

const LONGEST: usize = 8192;

fn prefixes() -> Vec<(Arc<str>, Arc<str>)> {
    let all = [("l", "urn:letter"), ("m", "urn:letter"), ("o", "urn:other")];
    all.map(|(prefix, uri)| (prefix.into(), uri.into())).into()
}

fn select(tree: &Tree, path: &str) -> Result<Vec<Node>, String> {
    let path = Path::compile(path, &prefixes(), LONGEST).map_err(|error| error.message)?;
    let selected = path.select(tree, Node::DOCUMENT, &Budget::new(1_000_000));
    Ok(selected.expect("is cheap"))
}

#[test]
fn paths_select_what_the_fixtures_say() {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xpath");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&folder).expect("can be listed") {
        let file = entry.expect("can be listed").path();
        if file
            .extension()
            .is_none_or(|extension| extension != "paths")
        {
            continue;
        }
        let xml = fs::read_to_string(file.with_extension("xml")).expect("has a document");
        let tree = Tree::read(xml.trim_end()).expect("is well-formed");
        let lines = fs::read_to_string(&file).expect("is text");
        for (number, line) in lines.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            cases += 1;
            if let Err(found) = check(&tree, line) {
                wrong.push(format!(
                    "{}:{}: {line}\n    found {found}",
                    file.display(),
                    number + 1
                ));
            }
        }
    }
    assert!(cases > 100, "the cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Checks a line: the error is the actual result, if it differs from the expected one.
fn check(tree: &Tree, line: &str) -> Result<(), String> {
    if let Some((path, expected)) = line.split_once(" !! ") {
        return match select(tree, path) {
            Err(message) if message == expected => Ok(()),
            other => Err(format!("{other:?}")),
        };
    }
    let (path, expected) = line
        .split_once(" =>")
        .expect("a line has one of the three forms");
    let expected = expected.trim_start_matches(' ');
    let found = match path.strip_prefix("? ") {
        Some(expression) => {
            let nodes = select(tree, &format!("/self::node()[boolean({expression})]"))?;
            (!nodes.is_empty()).to_string()
        }
        None => {
            let nodes = select(tree, path)?;
            let names_itself = |node: &Node| select(tree, &tree.path(*node)) == Ok(vec![*node]);
            if let Some(other) = nodes.iter().find(|node| !names_itself(node)) {
                return Err(format!("`{}` is another node", tree.path(*other)));
            }
            nodes
                .iter()
                .map(|node| format!("[{}]", tree.text(*node)))
                .collect()
        }
    };
    if found == expected {
        Ok(())
    } else {
        Err(found)
    }
}

/// The work that a path over this document takes; more than `most` is an error.
fn work(xml: &str, path: &str, most: u64) -> Result<u64, Exhausted> {
    let tree = Tree::read(xml).expect("is well-formed");
    let path = Path::compile(path, &[], LONGEST).expect("is a path");
    let budget = Budget::new(most);
    path.select(&tree, Node::DOCUMENT, &budget)?;
    Ok(most - budget.left())
}

#[test]
fn what_grows_beyond_measure_runs_out_of_work() {
    let many = format!("<r>{}</r>", "<a/>".repeat(2_000));
    for path in [
        "//*[//*[//*]]",
        "//*[count(//*) = count(//*[count(//*) > 1])]",
        "//a[following::a[following::a[following::a]]]",
        "//a[preceding::a/preceding::a/preceding-sibling::a[preceding::a]]",
        "//*[//a/following-sibling::a/following-sibling::a[. = //a[last()]]]",
    ] {
        assert_eq!(work(&many, path, 10_000_000), Err(Exhausted), "{path}");
    }
    let deep = format!("{}{}", "<a>".repeat(190), "</a>".repeat(190));
    let path = format!("//a{}", "[ancestor::a[descendant::a]]".repeat(40));
    assert_eq!(work(&deep, &path, 10_000_000), Err(Exhausted));
    // Long texts made longer.
    let long = format!("<r>{}{}</r>", "x".repeat(100_000), "<a/>".repeat(500));
    let joined = format!(
        "//a[concat({}) = '']",
        vec!["/"; 300].join(", ").replace('/', "string(/r)")
    );
    assert_eq!(work(&long, &joined, 10_000_000), Err(Exhausted));
    for path in [
        "//a[contains(/r, concat(//r, 'y'))]/../a[contains(/r, concat(//r, 'z'))]",
        "//a[translate(/r, 'x', 'y') = normalize-space(/r)]/..[//a[string-length(/r) > 1]]",
    ] {
        let refused = Path::compile(path, &[], LONGEST).is_err();
        assert!(
            refused || work(&long, path, 1_000_000) == Err(Exhausted),
            "{path}"
        );
    }
}

/// A function that reads text pays for it, with arguments or without. One that is added is tried,
/// too.
#[test]
fn every_function_pays_for_the_text_it_reads() {
    // These ask whether there is any, count nodes, hand a text on, or compare as far as they must.
    let free =
        "boolean count false last not position string true local-name name namespace-uri lang";
    let free: Vec<&str> = free.split(' ').collect();
    for name in super::call::names() {
        for count in 0..4 {
            let arguments = ["."; 4][..count].join(", ");
            let call = format!("{name}({arguments})");
            let calls = vec![call; 20].join(" or ");
            let path = format!("/r[{calls}]");
            if Path::compile(&path, &prefixes(), LONGEST).is_err() {
                continue;
            }
            let work = |size: usize| {
                // Neither a number nor a text that a condition holds for at once.
                let xml = format!("<r>{}</r>", "-".repeat(size));
                work(&xml, &path, u64::MAX).expect("is enough")
            };
            let [once, twice, four_times] = [20_000, 40_000, 80_000].map(work);
            let is_free = free.contains(&name);
            let calls = if once == twice { 0 } else { 1 };
            assert!(
                is_free || (calls == 1 && four_times - twice >= 20_000 / 64),
                "{path}: {once}, {twice}, {four_times}"
            );
        }
    }
    // Comparing and calculating read it, too.
    for expression in [
        ". = .",
        ". = '-'",
        ". < 1",
        ". < .",
        "- .",
        ". + 1",
        "number() = 1",
    ] {
        let path = format!("/r[{}]", vec![format!("({expression})"); 20].join(" and "));
        let work = |size: usize| {
            let xml = format!("<r>{}</r>", "-".repeat(size));
            work(&xml, &path, u64::MAX).expect("is enough")
        };
        let (once, twice) = (work(20_000), work(40_000));
        assert!(twice - once >= 20_000 / 64, "{path}: {once}, {twice}");
    }
}

#[test]
fn long_names_and_many_attributes_are_paid_for() {
    let namespace = "n".repeat(64_000);
    let prefixes: [(Arc<str>, Arc<str>); 1] = [("p".into(), namespace.as_str().into())];
    let xml = format!("<r xmlns='{namespace}'>{}</r>", "<a/>".repeat(100));
    let tree = Tree::read(&xml).expect("is well-formed");
    for path in ["//p:*", "//*[p:a]", "//*[p:b or p:a]"] {
        let path = Path::compile(path, &prefixes, LONGEST).expect("is a path");
        let budget = Budget::new(u64::MAX);
        path.select(&tree, Node::DOCUMENT, &budget)
            .expect("is enough");
        assert!(u64::MAX - budget.left() > 100 * 64_000 / 64);
    }
    let attributes: String = (0..8_000).map(|i| format!(" a{i}=''")).collect();
    let xml = format!("<r><e{attributes}/></r>");
    for path in [
        "//e[a or b]",
        "//e[lang('no')]",
        "//e/@a1[../b]",
        "//e[*[preceding-sibling::*] or b]",
    ] {
        let work = work(&xml, path, u64::MAX).expect("is enough");
        assert!(work >= 1_000, "{path}: {work}");
    }
}

#[test]
fn ordinary_paths_take_ordinary_work() {
    let many = format!("<r>{}</r>", "<a><b/></a>".repeat(1_000));
    for (path, most) in [
        ("//b", 5_000),
        ("//a//b", 8_000),
        ("/r/a/b", 8_000),
        ("//a[b]", 20_000),
        ("//a[1]", 15_000),
        ("//a/following::b", 10_000),
        ("//a = //b", 20_000),
    ] {
        let path = match path.contains(" = ") {
            true => format!("/self::node()[{path}]"),
            false => path.to_owned(),
        };
        let spent = work(&many, &path, 10_000_000).expect("is cheap");
        assert!(spent < most, "{path} takes {spent}");
    }
}

#[test]
fn deep_expressions_are_refused_and_long_ones_are_not() {
    let refused = |path: &str| {
        Path::compile(path, &[], 1_000_000)
            .expect_err("is deep")
            .message
    };
    for path in [
        "//a[".repeat(5_000) + &"]".repeat(5_000),
        "(".repeat(100_000) + "a" + &")".repeat(100_000),
        format!("//a[{}1]", "-".repeat(100_000)),
        format!("//a[{}1{}]", "not(".repeat(50_000), ")".repeat(50_000)),
        format!("//a[1{}]", " + 1".repeat(100_000)),
        format!("//a[1{}]", " = 1".repeat(100_000)),
        format!("//a[{}a]", "//a[".repeat(40)),
    ] {
        let message = refused(&path);
        assert!(message.contains("nested too deep"), "{message}");
    }
    let tree = Tree::read("<a><b/></a>").expect("is well-formed");
    for path in [
        format!("//b{}", " | //b".repeat(10_000)),
        format!("//b[0{}]", " or 1".repeat(10_000)),
        format!("//b[1{}]", " and 1".repeat(10_000)),
        format!("//b{}", "/../b".repeat(10_000)),
        format!("//b{}", "[1]".repeat(10_000)),
    ] {
        let path = Path::compile(&path, &[], 1_000_000).expect("is long, not deep");
        let nodes = path.select(&tree, Node::DOCUMENT, &Budget::new(1_000_000));
        assert_eq!(nodes, Ok(vec![Node(2)]));
    }
    let error = Path::compile("//aaaa", &[], 5).expect_err("is too long");
    assert_eq!(
        error.message,
        "it has 6 bytes; the limit is 5 (`Limits::xpath`)"
    );
}

#[test]
fn documents_are_read_as_strictly_as_requests() {
    for (xml, message) in [
        ("", "the document has no element"),
        ("<!-- only -->", "the document has no element"),
        ("<a/><b/>", "a second document element"),
        ("<a/>text", "text outside the document element"),
        ("text<a/>", "text outside the document element"),
        ("<a>", "the document ends inside"),
        ("<a>&lol;</a>", "the reference `&lol;` is not known"),
        ("<p:a/>", "the namespace prefix `p` is not declared"),
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
            "a document type definition (DTD) is not accepted",
        ),
    ] {
        let error = Tree::read(xml).expect_err(xml);
        assert!(error.starts_with(message), "{xml}: {error}");
    }
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(
        Tree::read(&deep)
            .expect_err("is deep")
            .contains("nested too deep")
    );
    let names = (0..20_000).map(|i| format!("<a xmlns='u{i}'/>"));
    let tree =
        Tree::read(&format!("<r>{}</r>", names.collect::<String>())).expect("is well-formed");
    let path = Path::compile("/r/*[last()]", &[], 100).expect("is a path");
    let last = path.select(&tree, Node::DOCUMENT, &Budget::new(1_000_000));
    assert_eq!(last, Ok(vec![Node(20_001)]));
}

#[test]
fn positions_in_errors_are_bytes_of_the_text() {
    let error = Path::compile("//æ/x:y", &[], 100).expect_err("x is not declared");
    assert_eq!(&"//æ/x:y"[error.at..], "x:y");
}

#[test]
fn paths_of_version_2_are_taken_that_mean_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/xpath/version-2.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let prefixes = [("p".into(), "urn:p".into())];
    let mut count = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (expected, path) = match line.strip_prefix("= ") {
            Some(path) => (None, path),
            None => {
                let (part, path) = line.split_once(" ! ").expect(line);
                (Some(part), path)
            }
        };
        let compiled =
            Path::compile(path, &prefixes, 1_000).unwrap_or_else(|e| panic!("{path}: {e:?}"));
        assert_eq!(compiled.differs_in_2().as_deref(), expected, "{path}");
        count += 1;
    }
    assert_eq!(count, 62, "the file is whole");
}
