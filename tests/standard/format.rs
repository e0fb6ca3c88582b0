//! Formatting: the tree stays, the comments stay, and a second time changes nothing.

use std::fs;
use std::path::Path;

use vedtak::ReadOptions;
use vedtak::syntax::{Document, XacmlVersion, format};

use crate::others::{documents_of_other_people, files_below};

/// The comments and processing instructions of a document, in order.
fn markup(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let (end, counts) = match rest {
            _ if rest.starts_with("<![CDATA[") => ("]]>", false),
            _ if rest.starts_with("<!--") => ("-->", true),
            _ if rest.starts_with("<?xml ") => ("?>", false),
            _ if rest.starts_with("<?") => ("?>", true),
            _ => (">", false),
        };
        let end = rest.find(end).map_or(rest.len(), |at| at + end.len());
        if counts {
            found.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    found
}

/// Checks a document; `None` for what is no policy.
fn check(path: &Path) -> Option<()> {
    let bytes = fs::read(path).expect("can be read");
    let options = ReadOptions::new();
    let (tree, text) = Document::read_with_text(&bytes, options).ok()?;
    let name = path.display();
    let formatted = format(&bytes, options).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = Document::from_xml(&formatted).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(again == tree, "{name} means something else:\n{formatted}");
    let twice = format(&formatted, options).expect("was read");
    assert_eq!(twice, formatted, "{name}");
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    assert_eq!(markup(&formatted), markup(&text), "{name}");
    let is_of_3 = tree
        .policies()
        .all(|policy| policy.xacml == XacmlVersion::V3)
        && tree.clone().under(XacmlVersion::V3) == tree;
    // Attributes of other namespaces keep their prefixes, which a tree has not.
    let printed = tree.to_xml();
    let is_plain = !text.contains("xsi:") && !printed.contains(" xmlns:other0=");
    if is_of_3 && markup(&text).is_empty() && is_plain {
        assert_eq!(formatted, printed, "{name}");
    }
    Some(())
}

#[test]
fn fixtures_and_policies_of_other_people_keep_their_meaning_and_their_comments() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let count = files_below(&fixtures)
        .iter()
        .filter_map(|path| check(path))
        .count();
    assert!(count > 150, "{count} policies");
    for (files, least) in documents_of_other_people() {
        let count = files.iter().filter_map(|path| check(path)).count();
        assert!(count > least, "{count} policies");
    }
}

const POLICY: &str = "xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
     Version=\"1\" RuleCombiningAlgId=\"a\"";

/// Formats what is inside a policy, and returns what is inside it then.
fn inside(text: &str) -> String {
    let text = format!("<Policy {POLICY}>{text}</Policy>");
    let formatted = format(&text, ReadOptions::new()).unwrap_or_else(|error| panic!("{error}"));
    let again = Document::from_xml(&formatted).expect("is a policy");
    assert_eq!(again, Document::from_xml(&text).expect("is a policy"));
    assert_eq!(
        format(&formatted, ReadOptions::new()).as_ref(),
        Ok(&formatted)
    );
    let head = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Policy {POLICY}>");
    let inside = formatted.strip_prefix(&head).expect("begins so");
    inside
        .strip_suffix("\n</Policy>\n")
        .expect("ends so")
        .to_owned()
}

#[test]
fn white_space_is_layout_only_where_it_means_nothing() {
    let text = inside(
        "<Description> a \n <![CDATA[<b>]]>&#13; </Description\n><Target   />
         <Rule Effect='Permit'\n RuleId=' r '><Description></Description><Condition><AttributeValue \
         DataType=' http://www.w3.org/2001/XMLSchema#string '>  </AttributeValue></Condition></Rule>",
    );
    assert_eq!(
        text,
        "\n  <Description> a \n &lt;b&gt;&#13; </Description>\n  <Target/>\
         \n  <Rule RuleId=\" r \" Effect=\"Permit\">\n    <Description/>\n    <Condition>\
         \n      <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">  </AttributeValue>\
         \n    </Condition>\n  </Rule>"
    );
}

#[test]
fn comments_stay_on_their_line_or_beside_what_they_follow() {
    let text = inside(
        "<!-- a --><!-- b -->\n\n\n<Description>c<!-- d -->e</Description>\n  <!-- f\n g --> <?h i?>
        <Target><!-- j --></Target> <!-- k -->\n<?l?>",
    );
    assert_eq!(
        text,
        " <!-- a --> <!-- b -->\n  <Description>c<!-- d -->e</Description>\n  <!-- f\n g --> <?h i?>\
         \n  <Target> <!-- j -->\n  </Target> <!-- k -->\n  <?l?>"
    );
}

#[test]
fn prefixes_are_declared_where_they_are_needed() {
    let text = inside(
        "<Target/><Rule RuleId=\"r\" Effect=\"Permit\" xmlns:u=\"urn:unused\" xmlns:a=\"urn:a\"><Condition>
        <Apply FunctionId=\"f\"><AttributeSelector MustBePresent=\"1\" DataType=\"s\" Path=\"a:b\" \
        Category=\"c\"/><AttributeValue a:z=\"1\" DataType=\"urn:d\" y=\"2\"> <a:e/> \
        <!-- after --></AttributeValue></Apply></Condition></Rule>",
    );
    assert_eq!(
        text,
        "\n  <Target/>\n  <Rule RuleId=\"r\" Effect=\"Permit\">\n    <Condition>\
         \n      <Apply FunctionId=\"f\">\
         \n        <AttributeSelector Category=\"c\" Path=\"a:b\" DataType=\"s\" MustBePresent=\"true\" \
         xmlns:a=\"urn:a\" xmlns:u=\"urn:unused\"/>\
         \n        <AttributeValue DataType=\"urn:d\" xmlns:a=\"urn:a\" a:z=\"1\" y=\"2\">\
         \n          <a:e xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" xmlns:a=\"urn:a\" \
         xmlns:u=\"urn:unused\"/> <!-- after -->\
         \n        </AttributeValue>\n      </Apply>\n    </Condition>\n  </Rule>"
    );
}

#[test]
fn a_document_of_2_0_stays_one_and_says_what_it_left_out() {
    let text = "<Policy xmlns=\"urn:oasis:names:tc:xacml:2.0:policy:schema:os\" PolicyId=\"p\" \
         RuleCombiningAlgId=\"a\"><Target><Subjects><Subject><SubjectMatch MatchId=\"m\">\
         <AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">v</AttributeValue>\
         <SubjectAttributeDesignator DataType=\"http://www.w3.org/2001/XMLSchema#string\" \
         AttributeId=\"i\"/></SubjectMatch></Subject></Subjects></Target></Policy>";
    let formatted = format(text, ReadOptions::new()).expect("is a policy");
    let designator = "<SubjectAttributeDesignator SubjectCategory=\"urn:oasis:names:tc:xacml:1.0:\
         subject-category:access-subject\" AttributeId=\"i\" \
         DataType=\"http://www.w3.org/2001/XMLSchema#string\" MustBePresent=\"false\"/>";
    assert!(formatted.contains(designator), "{formatted}");
    assert!(formatted.contains("PolicyId=\"p\" Version=\"1.0\" RuleCombiningAlgId=\"a\">"));
    assert_eq!(Document::from_xml(&formatted), Document::from_xml(text));
}

#[test]
fn what_is_not_read_is_refused_by_the_reader() {
    for text in ["", "<Policy/>", "<Request/>", "{}"] {
        let refused = format(text, ReadOptions::new().source("p.xml")).expect_err(text);
        let read = Document::read_xml(text, ReadOptions::new().source("p.xml"));
        assert_eq!(read, Err(refused));
    }
}

/// Characters that nobody sees, or that turn the text around them, are shown: as references where XML
/// has them, and as escapes in comments.
#[test]
fn what_nobody_sees_is_shown() {
    let text = format!(
        "<Policy {POLICY}><Description>a\u{202e}b\u{9b}c\u{200d}\u{85}</Description><!-- \u{2066}d -->\
         <Target/><Rule RuleId=\"\u{202e}r\" Effect=\"Deny\"/></Policy>"
    );
    let formatted = format(&text, ReadOptions::new()).expect("is a policy");
    for part in [
        "<Description>a&#x202E;b&#x9B;c&#x200D;&#x85;</Description>",
        "<!-- \\u{2066}d -->",
        "RuleId=\"&#x202E;r\"",
    ] {
        assert!(formatted.contains(part), "{formatted}");
    }
    assert_eq!(
        format(&formatted, ReadOptions::new()).as_ref(),
        Ok(&formatted)
    );
    let [before, after] = [&text, &formatted].map(|text| Document::from_xml(text).expect("is one"));
    assert_eq!(after, before);
    assert!(after.to_xml().contains("RuleId=\"&#x202E;r\""));
}
