//! Well-formed documents and the events read from them; documents that are not, and their faults.

use super::*;

/// The document as the reader gives it: `name{uri}[attribute=value](content)`, text in quotes.
fn read(text: &str) -> Result<String, String> {
    read_within(text, &Limits::default())
}

fn read_within(text: &str, limits: &Limits) -> Result<String, String> {
    let all = |reader: &mut Reader<'_>| {
        let root = reader.root()?;
        let mut out = String::new();
        show(reader, &root, &mut out)?;
        reader.finish()?;
        Ok(out)
    };
    Reader::new(text, limits)
        .and_then(|mut reader| all(&mut reader))
        .map_err(|fault: Fault| format!("{}: {}", fault.offset.bytes(), fault.message))
}

fn show(reader: &mut Reader<'_>, element: &Element<'_>, out: &mut String) -> Result<(), Fault> {
    let uri = |uri: &Option<Arc<str>>| match uri {
        Some(uri) => format!("{{{uri}}}"),
        None => String::new(),
    };
    *out += &format!("{}{}", element.name, uri(&element.namespace));
    for attribute in &element.attributes {
        let Attribute {
            name,
            namespace,
            value,
            ..
        } = attribute;
        *out += &format!("[{name}{}={value}]", uri(namespace));
    }
    out.push('(');
    loop {
        match reader.next()? {
            Event::Start(child) => show(reader, &child, out)?,
            Event::Text(text, _) => *out += &format!("{text:?}"),
            Event::End => break,
        }
    }
    out.push(')');
    Ok(())
}

#[test]
fn well_formed_documents_are_read() {
    for (text, shape) in [
        ("<a/>", "a()"),
        (" \n<a></a >\t\r\n", "a()"),
        ("<?xml version='1.0'?><a/>", "a()"),
        (
            "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes' ?>\n<a/>",
            "a()",
        ),
        ("<!-- - -><b> --><a/><?p i?><!---->", "a()"),
        ("<?xml-stylesheet href='x'?><a/>", "a()"),
        ("<_é-1.b/>", "_é-1.b()"),
        // Attributes.
        ("<a b='1' c = \"2\"\n\td='3'/>", "a[b=1][c=2][d=3]()"),
        ("<a b=\"=\"/>", "a[b==]()"),
        ("<a b=\"c='d'\" e='f=\"g\"'/>", "a[b=c='d'][e=f=\"g\"]()"),
        ("<a b='>' c='/>'/>", "a[b=>][c=/>]()"),
        ("<a b=''>x</a>", "a[b=](\"x\")"),
        ("<a b='\u{A0}'\n/>", "a[b=\u{A0}]()"),
        // Attribute values: white space becomes blanks, references to it do not (§3.3.3).
        ("<a b=' \t\n\r\n\r&#9;&#10;&#xD;'/>", "a[b=     \t\n\r]()"),
        (
            "<a b='&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;'/>",
            "a[b=<>&\"'A😀]()",
        ),
        // Text: pieces are joined, line ends become one (§2.11), references to them do not.
        ("<a>x<!--c-->y<?p?>z</a>", "a(\"xyz\")"),
        ("<a>&amp;<![CDATA[<b>&amp;]]>&#60;</a>", "a(\"&<b>&amp;<\")"),
        ("<a> <![CDATA[]]> </a>", "a(\"  \")"),
        ("<a><![CDATA[]]></a>", "a()"),
        ("<a><![CDATA[]]]]></a>", "a(\"]]\")"),
        ("<a>]] ></a>", "a(\"]] >\")"),
        ("<a><!--->--></a>", "a()"),
        (
            "<a>1\r\n2\r3\n4&#13;\n<![CDATA[5\r\n6]]></a>",
            "a(\"1\\n2\\n3\\n4\\r\\n5\\n6\")",
        ),
        ("<a> \t<b/> x </a>", "a(\" \\t\"b()\" x \")"),
        ("<a>&#x9;&#xA;&#x20;</a>", "a(\"\\t\\n \")"),
        (
            "<a>\u{FFFD}\u{10FFFF}\u{85}</a>",
            "a(\"\u{FFFD}\\u{10ffff}\\u{85}\")",
        ),
        // Namespaces.
        (
            "<a xmlns='u'><b/><c xmlns=''><d/></c><e xmlns='v'/><f/></a>",
            "a{u}(b{u}()c(d())e{v}()f{u}())",
        ),
        (
            "<p:a xmlns:p='u' p:b='1' b='2'><p:c xmlns:p='v'/><p:d/></p:a>",
            "a{u}[b{u}=1][b=2](c{v}()d{u}())",
        ),
        (
            "<a xmlns='u' b='1' xmlns:p='u' p:b='2'/>",
            "a{u}[b=1][b{u}=2]()",
        ),
        ("<a b='1' p:c='2' xmlns:p='u&amp;v'/>", "a[b=1][c{u&v}=2]()"),
        (
            "<a xml:id='1'/>",
            "a[id{http://www.w3.org/XML/1998/namespace}=1]()",
        ),
        (
            "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:id='1'/>",
            "a[id{http://www.w3.org/XML/1998/namespace}=1]()",
        ),
        (
            "<a xmlnsx='1' xmlns:xmlnsy='u' xmlnsy:b=''/>",
            "a[xmlnsx=1][b{u}=]()",
        ),
        ("<a><b xmlns='u'/><c/></a>", "a(b{u}()c())"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(shape), "{text}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused_where_it_is() {
    for (text, at, message) in [
        // The document as a whole.
        ("", 0, "no element"),
        (" <!-- --> ", 10, "no element"),
        ("x<a/>", 0, "text before"),
        ("<a/>x", 4, "text after"),
        ("<a/>&#32;", 4, "text outside"),
        ("<![CDATA[]]><a/>", 0, "text outside"),
        ("<a/><![CDATA[ ]]>", 4, "text outside"),
        ("<a/><b/>", 4, "second document element, `b`"),
        ("</a>", 0, ""),
        ("<a/></a>", 4, ""),
        ("<a>", 3, "ends inside `a`, which opens at line 1, column 1"),
        (
            "<a><b></b>",
            10,
            "ends inside `a`, which opens at line 1, column 1",
        ),
        ("<a><b></a>", 6, ""),
        ("<a></b>", 3, ""),
        ("<a></a b=''>", 3, ""),
        ("<a></a/>", 3, ""),
        ("\u{FEFF}<a/>", 0, "text before"),
        ("<!DOCTYPE a><a/>", 0, "DTD"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 0, "DTD"),
        ("<!doctype a><a/>", 0, ""),
        ("<a><!ELEMENT b></a>", 3, ""),
        // What is cut short.
        ("<", 0, ""),
        ("<a", 0, ""),
        ("<a b='c/>", 0, ""),
        ("<a><!-- </a>", 3, ""),
        ("<a><![CDATA[ </a>", 3, ""),
        ("<a><?p </a>", 3, ""),
        ("<a></a", 3, ""),
        // The XML declaration.
        ("\n<?xml version='1.0'?><a/>", 1, "at the very start"),
        ("<a><?xml version='1.0'?></a>", 3, "at the very start"),
        (
            "<?xml version='1.0'?><?xml version='1.0'?><a/>",
            21,
            "at the very start",
        ),
        ("<?xml version='1.1'?><a/>", 0, "version `1.1`"),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            0,
            "encoding `ISO-8859-1`",
        ),
        ("<?xml encoding='utf-8'?><a/>", 0, "XML declaration"),
        (
            "<?xml encoding='utf-8' version='1.0'?><a/>",
            0,
            "XML declaration",
        ),
        (
            "<?xml version='1.0' encoding=utf-8?><a/>",
            0,
            "XML declaration",
        ),
        (
            "<?xml version='1.0'encoding='utf-8'?><a/>",
            0,
            "XML declaration",
        ),
        (
            "<?xml version='1.0' standalone='maybe'?><a/>",
            0,
            "XML declaration",
        ),
        ("<?xml version='1.0' b='c'?><a/>", 0, "XML declaration"),
        ("<?xml?><a/>", 0, ""),
        ("<?XML version='1.0'?><a/>", 0, "processing instruction"),
        ("<a><??></a>", 3, "processing instruction"),
        ("<a><? p?></a>", 3, "processing instruction"),
        ("<a><?1?></a>", 3, "processing instruction"),
        ("<a><?p:q?></a>", 3, "processing instruction"),
        // Characters.
        ("<a>\0</a>", 3, "U+0000"),
        ("<a>\u{1F}</a>", 3, "U+001F"),
        ("<a b='\u{8}'/>", 6, "U+0008"),
        ("<a>\u{FFFE}</a>", 3, "U+FFFE"),
        ("<!--\u{FFFF}--><a/>", 4, "U+FFFF"),
        // Names.
        ("<1a/>", 1, "`1a` is not a valid name"),
        ("<-a/>", 1, "not a valid name"),
        ("<a,b/>", 1, "not a valid name"),
        ("< a/>", 3, "expected `=`"),
        ("</>", 0, ""),
        ("<>", 1, "not a valid name"),
        ("<a 1b=''/>", 3, "`1b` is not a valid name"),
        ("<a b\"c=''/>", 0, "not closed"),
        ("<a\u{A0}b=''/>", 1, "not a valid name"),
        ("<a \u{A0} b=''/>", 6, "expected `=`"),
        ("<a:/>", 1, "not a valid name"),
        ("<:a/>", 1, "not a valid name"),
        ("<a:b:c xmlns:a='u'/>", 1, "not a valid name"),
        ("<a b:c:d='' xmlns:b='u'/>", 3, "not a valid name"),
        // Attributes.
        ("<a b='1'c='2'/>", 8, "white space"),
        ("<a b='1'\u{2003}c='2'/>", 8, ""),
        ("<a b/>", 4, "expected `=`"),
        ("<a b=/>", 5, ""),
        ("<a b=c/>", 5, ""),
        ("<a b=\"c'/>", 0, ""),
        ("<a ='c'/>", 7, ""),
        ("<a / b='c'/>", 5, "expected `=`"),
        ("<a b='<'/>", 6, "`<` is not allowed"),
        ("<a b='1' b='2'/>", 9, "`b` is given twice"),
        (
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            35,
            "`b` is given twice",
        ),
        ("<a b='&amp'/>", 6, "no `;`"),
        ("<a b='&c;'/>", 6, "`&c;`"),
        // Text.
        ("<a>]]></a>", 3, "`]]>`"),
        ("<a>&amp;x]]>y</a>", 9, "`]]>`"),
        ("<a>&</a>", 3, ""),
        ("<a>& </a>", 3, ""),
        ("<a>&b;</a>", 3, "`&b;`"),
        ("<a>&;</a>", 3, ""),
        ("<a>&#;</a>", 3, ""),
        ("<a>&#x;</a>", 3, ""),
        ("<a>&#+65;</a>", 3, ""),
        ("<a>&#X41;</a>", 3, ""),
        ("<a>&#0;</a>", 3, ""),
        ("<a>&#8;</a>", 3, ""),
        ("<a>&#xD800;</a>", 3, ""),
        ("<a>&#xFFFE;</a>", 3, ""),
        ("<a>&#x110000;</a>", 3, ""),
        ("<a>&#99999999999999999999;</a>", 3, ""),
        ("<a>&LT;</a>", 3, "`&LT;`"),
        ("<a><!-- -- --></a>", 8, "`--`"),
        ("<a><!-- ---></a>", 8, "`--`"),
        ("<a><!---></a>", 3, ""),
        // Namespaces.
        ("<p:a/>", 1, "prefix `p` is not declared"),
        ("<a p:b=''/>", 3, "prefix `p` is not declared"),
        (
            "<a><p:b xmlns:p='u'/><p:c/></a>",
            22,
            "prefix `p` is not declared",
        ),
        ("<xmlns:a/>", 1, "prefix `xmlns` is not declared"),
        ("<a xmlns:p=''/>", 3, "cannot mean"),
        ("<a xmlns:=''/>", 3, "not a valid name"),
        ("<a xmlns:='u'/>", 3, "not a valid name"),
        ("<a xmlns:1='u'/>", 3, "cannot mean"),
        ("<a xmlns:p:q='u'/>", 3, "cannot mean"),
        ("<a xmlns:xmlns='u'/>", 3, "cannot mean"),
        ("<a xmlns:xml='u'/>", 3, "cannot mean"),
        (
            "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
            3,
            "cannot mean",
        ),
        (
            "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
            3,
            "cannot mean",
        ),
        (
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            3,
            "cannot mean",
        ),
        ("<a xmlns:p='u' xmlns:p='u'/>", 15, "given twice"),
        ("<a xmlns='u' xmlns='v'/>", 13, "given twice"),
    ] {
        let found = read(text).expect_err(text);
        assert!(found.starts_with(&format!("{at}: ")), "{text}: {found}");
        assert!(found.contains(message), "{text}: {found}");
    }
}

#[test]
fn limits_count_depth_elements_and_attributes() {
    let mut limits = Limits {
        depth: 3,
        elements: 5,
        attributes: 2,
        ..Limits::default()
    };
    let refused = |text: &str| {
        let fault = read_within(text, &limits).expect_err(text);
        fault
            .split_once(": ")
            .map_or(fault.clone(), |(_, message)| message.to_owned())
    };
    assert!(read_within("<a><b><c/></b></a>", &limits).is_ok());
    assert_eq!(
        refused("<a><b><c><d/></c></b></a>"),
        "elements are nested too deep; the limit is 3 (`Limits::depth`)"
    );
    assert!(read_within("<a><b/><b/><b/><b/></a>", &limits).is_ok());
    let elements = "<a><b/><b/><b/><b/><b/></a>";
    assert_eq!(
        refused(elements),
        "too many elements; the limit is 5 (`Limits::elements`)"
    );
    assert!(read_within("<a b='' c=''/>", &limits).is_ok());
    let attributes = "<a b='' c='' d=''/>";
    assert_eq!(
        refused(attributes),
        "too many attributes; the limit is 2 (`Limits::attributes`)"
    );
    (limits.depth, limits.elements) = (usize::MAX, usize::MAX);
    let deep = "<a>".repeat(100_000);
    let refused = read_within(&deep, &limits).expect_err("is too deep");
    assert!(refused.contains("the limit is 200"), "{refused}");
}

/// The result of `raw` for the first element named `x`.
fn raw(text: &str) -> String {
    let limits = Limits::default();
    let mut reader = Reader::new(text, &limits).expect("is readable");
    let mut element = reader.root().expect("has a root");
    while element.name != "x" {
        match reader.next().expect("is well-formed") {
            Event::Start(child) => element = child,
            Event::Text(..) | Event::End => assert!(reader.depth() > 0, "has an x"),
        }
    }
    let raw = reader.raw(&element).expect("is well-formed");
    while reader.depth() > 0 {
        reader.next().expect("goes on after it");
    }
    reader.finish().expect("goes on after it");
    raw
}

#[test]
fn raw_stands_alone() {
    for (text, expected) in [
        ("<x/>", "<x xmlns=\"\"/>"),
        ("<a> <x>1</x>2</a>", "<x xmlns=\"\">1</x>"),
        (
            "<a xmlns='u' xmlns:p='v\"&amp;'><x p:b='1'><!--c--><p:y/>&lt;</x >2</a>",
            "<x xmlns=\"u\" xmlns:p=\"v&quot;&amp;\" p:b='1'><!--c--><p:y/>&lt;</x >",
        ),
        (
            "<a xmlns='u' xmlns:p='v'><p:x xmlns:p='w'\nxmlns='' /></a>",
            "<p:x xmlns:p='w'\nxmlns='' />",
        ),
        (
            "<a xmlns='u'><b xmlns='v'/><b xmlns='' xmlns:q='w'><x></x></b></a>",
            "<x xmlns=\"\" xmlns:q=\"w\"></x>",
        ),
        (
            "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'><x xml:id='1'/></a>",
            "<x xmlns=\"\" xml:id='1'/>",
        ),
    ] {
        let found = raw(text);
        assert_eq!(found, expected, "{text}");
        assert_eq!(raw(&found), expected, "what stands alone stays as it is");
    }
}

#[test]
fn namespaces_are_those_in_scope_without_the_default_one() {
    let text = "<a xmlns='u' xmlns:q='1' xmlns:p='2'><b xmlns:q='3'/></a>";
    let limits = Limits::default();
    let mut reader = Reader::new(text, &limits).expect("is readable");
    let mut shown = || {
        let namespaces = reader.namespaces().expect("are few");
        let shown: Vec<String> = namespaces.iter().map(|(p, u)| format!("{p}={u}")).collect();
        let more = !matches!(reader.next().expect("is well-formed"), Event::End);
        (shown.join(" "), more)
    };
    assert_eq!(shown(), (String::new(), true));
    assert_eq!(shown(), ("p=2 q=1".to_owned(), true));
    assert_eq!(shown(), ("p=2 q=3".to_owned(), false));
    assert_eq!(shown(), ("p=2 q=1".to_owned(), false));
}

#[test]
fn many_declarations_in_scope_are_looked_up_fast() {
    let limits = Limits {
        attributes: usize::MAX,
        ..Limits::default()
    };
    let declarations: String = (0..50_000).map(|i| format!(" xmlns:p{i}='u'")).collect();
    let children = "<p0:b p1:c=''/><d/>".repeat(50_000);
    let text = format!("<a{declarations}>{children}</a>");
    assert!(read_within(&text, &limits).is_ok());
}

/// The bytes of all children of the root, each returned by `raw`, until a fault.
fn raw_children(text: &str) -> (usize, Option<Fault>) {
    let limits = Limits::default();
    let mut bytes = 0;
    let mut all = || {
        let mut reader = Reader::new(text, &limits)?;
        reader.root()?;
        while let Event::Start(child) = reader.next()? {
            bytes += reader.raw(&child)?.len();
        }
        Ok(())
    };
    let fault = all().err();
    (bytes, fault)
}

/// A declaration is copied to each child that is kept as text: the size of all copies is in
/// proportion to the document, however it is divided between declarations and children.
#[test]
fn copies_of_declarations_are_bounded_by_the_document() {
    for n in [10_000, 20_000, 40_000] {
        for uri in ["u".repeat(n), "&quot;".repeat(n / 6)] {
            let children = "<e/>".repeat(n / 4);
            let text = format!("<a xmlns:p=\"{uri}\">{children}</a>");
            let (bytes, fault) = raw_children(&text);
            assert!(bytes <= 17 * text.len() + (1 << 16), "{bytes} of {n}");
            let fault = fault.expect("that is too much");
            assert!(text[fault.offset.bytes()..].starts_with("<e/>"));
            let expected = "the namespace declarations in scope at `e` and before";
            assert!(fault.message.starts_with(expected), "{}", fault.message);
        }
        let short: String = (0..8)
            .map(|i| format!(" xmlns:p{i}='urn:example:namespaces:of:a:usual:length:{i}'"))
            .collect();
        let children = "<p1:e p2:a='as long as an element usually is'>and its text</p1:e>";
        let text = format!("<a{short}>{}</a>", children.repeat(n / 50));
        let (bytes, fault) = raw_children(&text);
        assert!(fault.is_none() && bytes > 4 * text.len());
    }
}

const SAMPLE: &str = "<?xml version=\"1.0\" encoding='UTF-8'?>\r\n<!-- c --><p:a xmlns:p='u' \
    xmlns=\"v\" b='&lt;&#x41;' p:c = \"=\">\r<d/>æ&amp;<![CDATA[<]]>\n<?i x?><e xmlns=''>]</e>\
    </p:a>\n";

/// A hostile document is refused or read; either way the reader ends.
fn survives(text: &str) {
    let _ = read(text);
    let limits = Limits::default();
    let Ok(mut reader) = Reader::new(text, &limits) else {
        return;
    };
    let _ = reader.root().and_then(|root| reader.raw(&root));
}

#[test]
fn no_prefix_and_no_mutation_panics() {
    assert!(read(SAMPLE).is_ok(), "{:?}", read(SAMPLE));
    let bytes = SAMPLE.as_bytes();
    for at in 0..bytes.len() {
        survives(&String::from_utf8_lossy(&bytes[..at]));
        survives(&String::from_utf8_lossy(&bytes[at..]));
        let mut without = bytes.to_vec();
        without.remove(at);
        survives(&String::from_utf8_lossy(&without));
        for byte in 0..=255 {
            let mut mutated = bytes.to_vec();
            mutated[at] = byte;
            survives(&String::from_utf8_lossy(&mutated));
        }
    }
}

#[test]
fn values_are_found_in_their_tag() {
    let text = "<p:a b='>/=' c\n=\t\"c='\" d=''><e f='1' g='2'/></p:a>";
    for (element, name, expected) in [
        (0, "b", "<p:a b='"),
        (0, "c", "<p:a b='>/=' c\n=\t\""),
        (0, "d", "<p:a b='>/=' c\n=\t\"c='\" d='"),
        (0, "f", ""),
        (0, "g", ""),
    ] {
        let found = value_offset(text, Offset::new(element), name);
        assert_eq!(found.bytes(), expected.len(), "{name}");
    }
    let e = Offset::new(text.find("<e").expect("is there"));
    assert_eq!(value_offset(text, e, "g").bytes(), e.bytes() + 12);
}
