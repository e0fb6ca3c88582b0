use super::*;
use crate::xml::CONTEXT_2;

fn translated(path: &str) -> Result<(String, Vec<String>), String> {
    let pair = |prefix: &str, uri: &str| (Arc::from(prefix), Arc::from(uri));
    let namespaces = vec![
        pair("c", CONTEXT_2),
        pair("md", "urn:md"),
        pair("x", "urn:x"),
    ];
    within_content(path, namespaces, CONTEXT_2).map(|path| {
        let prefixes = path.namespaces.iter().map(|(prefix, _)| prefix.to_string());
        (path.text, prefixes.collect())
    })
}

#[test]
fn paths_into_the_content_go_on_from_its_document() {
    for (path, expected) in [
        (
            "/c:Request/c:Resource/c:ResourceContent/md:a/md:b/text()",
            "/md:a/md:b/text()",
        ),
        ("./c:Resource/c:ResourceContent//md:b/@x", "//md:b/@x"),
        ("c:Resource/c:ResourceContent/*", "/*"),
        (" .//c:ResourceContent / md:a ", "/ md:a"),
        (
            "//c:ResourceContent/md:a[1]/md:b[last()]",
            "/md:a[1]/md:b[last()]",
        ),
        ("//c:Resource//c:ResourceContent/a", "/a"),
        ("/c:Request//c:ResourceContent/md:*", "/md:*"),
        ("//md:a/md:b", "//md:a/md:b"),
        (".//md:a", "//md:a"),
        (
            "//md:a[md:b = '/..' and count(.//@c) * 2 >= 1.5 or not(md:d | md:e)]/md:f",
            "//md:a[md:b = '/..' and count(.//@c) * 2 >= 1.5 or not(md:d | md:e)]/md:f",
        ),
        (
            "//md:a/child::md:b/attribute::*",
            "//md:a/child::md:b/attribute::*",
        ),
    ] {
        let (text, _) = translated(path).expect(path);
        assert_eq!(text, expected, "{path}");
    }
}

#[test]
fn only_the_prefixes_that_are_left_are_kept() {
    let path = "//c:ResourceContent/md:a[. = 'x:y']";
    assert_eq!(
        translated(path),
        Ok(("/md:a[. = 'x:y']".to_owned(), vec!["md".to_owned()]))
    );
}

#[test]
fn paths_that_might_lead_elsewhere_are_refused() {
    for (path, reason) in [
        ("", "it does not lead there by name"),
        (".", "it ends before that"),
        ("/", "it does not lead there by name"),
        ("/c:Request", "it ends before that"),
        ("//c:ResourceContent", "it ends before that"),
        ("//c:ResourceContent/", "it ends before that"),
        (
            "//c:Resource/c:Attribute/c:AttributeValue",
            "`c:Attribute` is not in the content",
        ),
        ("c:Request/c:Resource", "a request has no `c:Request` there"),
        (
            "/c:Resource/c:ResourceContent/md:a",
            "a request has no `c:Resource` there",
        ),
        (
            "//c:Resource/c:Request//md:a",
            "a request has no `c:Request` there",
        ),
        ("/md:a", "a request has no `md:a` there"),
        ("md:a", "a request has no `md:a` there"),
        ("//*", "it does not lead there by name"),
        ("//@x", "it does not lead there by name"),
        ("//text()", "it does not lead there by name"),
        ("//child::md:a", "it does not lead there by name"),
        (
            "//c:Resource[1]/c:ResourceContent/md:a",
            "it does not lead there by name",
        ),
        (
            "//c:ResourceContent/text()",
            "it does not name the element in the content",
        ),
        (
            "//c:ResourceContent/@a",
            "it does not name the element in the content",
        ),
        ("//md:a/..", "`..` leads upwards"),
        ("//md:a/ancestor::c:Request", "`ancestor` leads elsewhere"),
        ("//md:a[//md:b]", "it begins anew within a predicate"),
        (
            "//md:a[count(/md:b) = 1]",
            "it begins anew within a predicate",
        ),
        ("//md:a[1 = /md:b]", "it begins anew within a predicate"),
        ("//md:a[1 and //md:b]", "it begins anew within a predicate"),
        ("//md:a[md:b * /md:b]", "it begins anew within a predicate"),
        ("//md:a | //md:b", "it is more than one path"),
        ("//md:a | md:b", "it is more than one path"),
        ("//md:a = 'b'", "it is more than one path"),
        ("//md:a and md:b", "it is more than one path"),
        ("//md:a * 2", "it is more than one path"),
        ("//md:a[id('b')]", "`id` is not known to stay within it"),
        (
            "//md:a[document('b')]",
            "`document` is not known to stay within it",
        ),
        ("//md:a[$b]", "it has a variable"),
        ("//md:a[", "its brackets do not match"),
        ("//md:a]", "its brackets do not match"),
        ("//md:a['b", "it has an unfinished literal"),
        ("//md:a[?]", "`?` does not belong there"),
        ("//un:a", "the prefix `un` is not declared"),
        ("//md:a/un:b", "the prefix `un` is not declared"),
        ("count(//md:a)", "it does not lead there by name"),
    ] {
        let message = translated(path).expect_err(path);
        assert!(
            message.contains(&format!(": {reason};")),
            "{path}: {message}"
        );
    }
}
