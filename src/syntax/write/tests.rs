use super::*;
use crate::error::Error;
use crate::limits::Limits;
use crate::read_options::ReadOptions;

/// Text with everything that escaping and white space may spoil.
const NASTY: &str = "n \t\r\n<&>\"'æ]]>\u{1F600}\u{85}&#10; n";

fn nasty() -> String {
    NASTY.to_owned()
}

fn value() -> AttributeValue {
    AttributeValue {
        data_type: nasty(),
        text: nasty(),
        element: None,
        entity: None,
        xpath_category: None,
        other_attributes: vec![],
        namespaces: vec![],
        offset: Offset::default(),
    }
}

fn xpath() -> AttributeValue {
    AttributeValue {
        data_type: DataType::XPathExpression.uri().to_owned(),
        xpath_category: Some(nasty()),
        namespaces: vec![("a".into(), "urn:a".into()), ("p".into(), NASTY.into())],
        ..value()
    }
}

fn designator(issuer: Option<String>) -> AttributeDesignator {
    AttributeDesignator {
        category: nasty(),
        id: nasty(),
        data_type: nasty(),
        must_be_present: issuer.is_some(),
        issuer,
        offset: Offset::default(),
    }
}

fn selector(context_selector: Option<String>) -> AttributeSelector {
    AttributeSelector {
        category: nasty(),
        must_be_present: context_selector.is_some(),
        context_selector,
        path: nasty(),
        data_type: nasty(),
        namespaces: vec![("p".into(), NASTY.into())],
        offset: Offset::default(),
    }
}

fn apply(arguments: Vec<Expression>) -> Expression {
    Expression::Apply(Apply {
        function: nasty(),
        description: (!arguments.is_empty()).then(nasty),
        arguments,
        offset: Offset::default(),
    })
}

/// Every kind of expression.
fn expression() -> Expression {
    apply(vec![
        apply(vec![]),
        Expression::Function(FunctionName {
            id: nasty(),
            offset: Offset::default(),
        }),
        Expression::Designator(designator(None)),
        Expression::Designator(designator(Some(nasty()))),
        Expression::Selector(selector(None)),
        Expression::Selector(selector(Some(nasty()))),
        Expression::Value(value()),
        Expression::Value(xpath()),
        Expression::Variable(VariableReference {
            id: nasty(),
            offset: Offset::default(),
        }),
    ])
}

fn target() -> Target {
    let matched = |attribute| Match {
        function: nasty(),
        value: value(),
        attribute,
        offset: Offset::default(),
    };
    let all_of = AllOf {
        matches: vec![
            matched(AttributeReference::Designator(designator(None))),
            matched(AttributeReference::Selector(selector(None))),
        ],
        offset: Offset::default(),
    };
    let any_of = AnyOf {
        all_of: vec![all_of.clone(), all_of],
        offset: Offset::default(),
    };
    Target {
        any_of: vec![any_of.clone(), any_of],
        offset: Offset::default(),
    }
}

fn assignments() -> Vec<AttributeAssignmentExpression> {
    [None, Some(nasty())]
        .map(|optional| AttributeAssignmentExpression {
            id: nasty(),
            category: optional.clone(),
            issuer: optional,
            expression: expression(),
            offset: Offset::default(),
        })
        .into()
}

fn obligations() -> Vec<ObligationExpression> {
    [(Effect::Permit, vec![]), (Effect::Deny, assignments())]
        .map(|(fulfill_on, assignments)| ObligationExpression {
            id: nasty(),
            fulfill_on,
            assignments,
            offset: Offset::default(),
        })
        .into()
}

fn advice() -> Vec<AdviceExpression> {
    [(Effect::Permit, vec![]), (Effect::Deny, assignments())]
        .map(|(applies_to, assignments)| AdviceExpression {
            id: nasty(),
            applies_to,
            assignments,
            offset: Offset::default(),
        })
        .into()
}

fn parameters() -> CombinerParameters {
    CombinerParameters {
        parameters: vec![(nasty(), value()), (String::new(), xpath())],
        offset: Offset::default(),
    }
}

fn issuer() -> PolicyIssuer {
    let attribute = |issuer: Option<String>, values| IssuerAttribute {
        id: nasty(),
        include_in_result: issuer.is_some(),
        issuer,
        values,
    };
    PolicyIssuer {
        content: Some("<x xmlns=\"\">\r\n<![CDATA[<]]> </x>".to_owned()),
        attributes: vec![
            attribute(None, vec![value()]),
            attribute(Some(nasty()), vec![value(), xpath()]),
        ],
        offset: Offset::default(),
    }
}

fn bare_rule(id: &str) -> Rule {
    Rule {
        id: id.to_owned(),
        effect: Effect::Deny,
        description: None,
        target: None,
        condition: None,
        obligations: vec![],
        advice: vec![],
        offset: Offset::default(),
    }
}

fn bare_policy(children: Vec<PolicyChild>) -> Policy {
    Policy {
        xacml: XacmlVersion::V3,
        id: nasty(),
        version: "1.0".parse().expect("is a version"),
        combining_algorithm: nasty(),
        max_delegation_depth: None,
        description: None,
        issuer: None,
        xpath_version: None,
        target: Target::default(),
        children,
        obligations: vec![],
        advice: vec![],
        offset: Offset::default(),
    }
}

fn bare_set(children: Vec<PolicySetChild>) -> PolicySet {
    PolicySet {
        xacml: XacmlVersion::V3,
        id: nasty(),
        version: "1.0".parse().expect("is a version"),
        combining_algorithm: nasty(),
        max_delegation_depth: None,
        description: None,
        issuer: None,
        xpath_version: None,
        target: Target::default(),
        children,
        obligations: vec![],
        advice: vec![],
        offset: Offset::default(),
    }
}

fn full_policy() -> Policy {
    let rule = Rule {
        effect: Effect::Permit,
        description: Some(nasty()),
        target: Some(target()),
        condition: Some(Box::new(expression())),
        obligations: obligations(),
        advice: advice(),
        ..bare_rule(NASTY)
    };
    let empty_target = Rule {
        target: Some(Target::default()),
        ..bare_rule("")
    };
    let variable = VariableDefinition {
        id: nasty(),
        expression: Box::new(expression()),
        offset: Offset::default(),
    };
    Policy {
        max_delegation_depth: Some("-1".to_owned()),
        description: Some(nasty()),
        issuer: Some(Box::new(issuer())),
        xpath_version: Some("urn:xpath".to_owned()),
        target: target(),
        obligations: obligations(),
        advice: advice(),
        ..bare_policy(vec![
            PolicyChild::Rule(rule),
            PolicyChild::Parameters(CombinerParameters::default()),
            PolicyChild::Variable(variable),
            PolicyChild::Rule(empty_target),
            PolicyChild::RuleParameters(nasty(), parameters()),
            PolicyChild::Rule(bare_rule("r")),
        ])
    }
}

/// A policy set with everything the schema knows.
fn full() -> PolicySet {
    let reference = |version: Option<&str>| {
        let pattern = version.map(|version| version.parse().expect("is a pattern"));
        Reference {
            id: "urn:<p>".to_owned(),
            version: pattern.clone(),
            earliest: pattern.clone(),
            latest: pattern,
            offset: Offset::default(),
        }
    };
    PolicySet {
        max_delegation_depth: Some("10".to_owned()),
        description: Some(String::new()),
        issuer: Some(Box::default()),
        xpath_version: Some("urn:xpath".to_owned()),
        target: target(),
        obligations: obligations(),
        advice: advice(),
        ..bare_set(vec![
            PolicySetChild::Parameters(parameters()),
            PolicySetChild::PolicyReference(reference(Some("1.*.+"))),
            PolicySetChild::Policy(full_policy()),
            PolicySetChild::PolicySetReference(reference(None)),
            PolicySetChild::PolicySet(bare_set(vec![])),
            PolicySetChild::PolicyParameters(nasty(), parameters()),
            PolicySetChild::PolicySetParameters(nasty(), CombinerParameters::default()),
            PolicySetChild::Policy(bare_policy(vec![])),
        ])
    }
}

fn read(text: &str) -> Result<Document, Error> {
    Document::from_xml(text)
}

#[test]
fn what_is_written_reads_back() {
    for document in [
        Document::PolicySet(full()),
        Document::Policy(full_policy()),
        Document::PolicySet(bare_set(vec![])),
        Document::Policy(bare_policy(vec![])),
    ] {
        let text = document.to_xml();
        let again = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(again, document, "{text}");
        assert_eq!(again.to_xml(), text);
    }
}

#[test]
fn what_is_printed_is_indented_and_in_the_order_of_the_schema() {
    let mut rule = bare_rule("r");
    rule.description = Some("a < b".to_owned());
    rule.condition = Some(Box::new(apply(vec![])));
    let mut policy = bare_policy(vec![PolicyChild::Rule(rule)]);
    policy.id = "p".to_owned();
    policy.combining_algorithm = "urn:first".to_owned();
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0" RuleCombiningAlgId="urn:first">
  <Target/>
  <Rule RuleId="r" Effect="Deny">
    <Description>a &lt; b</Description>
    <Condition>
      <Apply FunctionId="n &#9;&#13;&#10;&lt;&amp;&gt;&quot;'æ]]&gt;😀&#x85;&amp;#10; n"/>
    </Condition>
  </Rule>
</Policy>
"#;
    assert_eq!(policy.to_xml(), expected);
}

/// A tree that no document can hold is printed as XML nevertheless.
#[test]
fn trees_that_no_document_can_hold_are_printed_as_xml() {
    let mut selector = selector(None);
    let prefixes = [
        ("", "urn:default"),
        ("a b", "urn:b"),
        ("p:q", "urn:q"),
        ("xml", "urn:x"),
        ("xmlns", "urn:x"),
        ("e", ""),
        ("p", "urn:p"),
        ("p", "urn:again"),
    ];
    selector.namespaces = prefixes.map(|(p, uri)| (p.into(), uri.into())).into();
    let mut rule = bare_rule("r");
    rule.condition = Some(Box::new(Expression::Selector(selector)));
    let document = Document::Policy(bare_policy(vec![PolicyChild::Rule(rule)]));
    let Ok(Document::Policy(policy)) = read(&document.to_xml()) else {
        panic!("is a policy");
    };
    let PolicyChild::Rule(rule) = &policy.children[0] else {
        panic!("is a rule");
    };
    let Some(Expression::Selector(selector)) = rule.condition.as_deref() else {
        panic!("has a selector");
    };
    assert_eq!(selector.namespaces, [("p".into(), "urn:p".into())]);

    let mut policy = full_policy();
    policy.id = "a\0\u{FFFF}".into();
    let error = read(&policy.to_xml()).expect_err("holds what no document can hold");
    assert!(
        error
            .to_string()
            .contains("names a character that XML does not allow"),
        "{error}"
    );

    let mut policy = full_policy();
    policy.target.any_of[0].all_of.clear();
    let error = read(&policy.to_xml()).expect_err("has an empty AnyOf");
    assert_eq!(
        error.diagnostics()[0].message(),
        "`AnyOf` must have at least one `AllOf`"
    );
}

#[test]
fn the_deepest_trees_need_no_more_stack_than_a_thread_has() {
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let mut rule = bare_rule("r");
    let deep = (0..195).fold(apply(vec![]), |inner, _| apply(vec![inner]));
    rule.condition = Some(Box::new(deep));
    let deep = Document::Policy(bare_policy(vec![PolicyChild::Rule(rule)]));
    let mut set = bare_set(vec![]);
    for _ in 0..198 {
        set = bare_set(vec![PolicySetChild::PolicySet(set)]);
    }
    for document in [deep, Document::PolicySet(set)] {
        let text = document.to_xml();
        assert!(read(&text).is_err(), "the default limit is lower");
        assert_eq!(
            Document::read_xml(text, ReadOptions::new().source("p.xml").limits(&limits)),
            Ok(document)
        );
    }
}

#[test]
fn no_prefix_and_no_mutation_panics() {
    let text = full_policy().to_xml();
    for at in (0..text.len()).step_by(401) {
        let _ = Document::from_xml(&text.as_bytes()[..at]);
        let mut mutated = text.clone().into_bytes();
        mutated[at] = b"<>\"&/ x\0\xFF"[at % 9];
        if let Ok(document) = Document::from_xml(mutated) {
            assert_eq!(read(&document.to_xml()).as_ref(), Ok(&document));
        }
    }
}

/// A document that was read and is written reads back as an equal tree, in any layout.
#[test]
fn what_is_read_is_written_so_that_it_reads_back() {
    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    for value in [
        // An element of a data type of the host, with blanks around it or without.
        r#"DataType="urn:host"><g:p xmlns:g="urn:g" g:id="1">
              <g:q> 0,0 </g:q> </g:p></AttributeValue>"#,
        "DataType=\"urn:host\">\n\t <p xmlns=\"\"/>\n </AttributeValue>",
        r#"DataType="urn:host"><Attribute AttributeId="a"><AttributeValue>one</AttributeValue></Attribute></AttributeValue>"#,
        r#"DataType="urn:host"><!-- a --><x:p xmlns:x="urn:x"/><?b c?></AttributeValue>"#,
        r#"DataType="urn:host"><p q="&#10;&#9;&#13;&lt;&quot;">&#13;<![CDATA[<a> ]] &amp;]]>]]&gt;</p></AttributeValue>"#,
        r#"DataType="urn:host"><p xml:lang="no" xml:space="preserve"> <q/> </p></AttributeValue>"#,
        r#"DataType="urn:host"><y:p xmlns:y="urn:1"><y:q xmlns:y="urn:2" y:r="s"/></y:p></AttributeValue>"#,
        r#"DataType="urn:host"/>"#,
        r#"DataType="urn:host">  </AttributeValue>"#,
        r#"DataType="urn:host"> text <!-- in two --> pieces &#13;&#10; </AttributeValue>"#,
        // Texts.
        r#"DataType="http://www.w3.org/2001/XMLSchema#string"> <![CDATA[<&]]>&#13;
           &#9;b ]]&gt; <!-- c -->d<?e f?> </AttributeValue>"#,
        r#"DataType=" http://www.w3.org/2001/XMLSchema#string
           " xsi:type="x" xml:lang="no" z:a=" 1 " b="&#10;"></AttributeValue>"#,
    ] {
        let document = format!(
            r#"<x:Policy xmlns:x="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
                 xmlns:xsi="{XSI}" xsi:schemaLocation="a b" xmlns:z="urn:z" PolicyId="p" Version="1.0" RuleCombiningAlgId="a">
                 <x:Description> <!-- a --> b &#13;<![CDATA[<c>]]> </x:Description>
                 <Target/><Rule RuleId=" r&#13;&#10;" Effect="Permit"><Condition><AttributeValue {value}</Condition></Rule></x:Policy>"#
        );
        let read = |text: &str| Document::from_xml(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let first = read(&document);
        let written = first.to_xml();
        let second = read(&written);
        assert_eq!(first, second, "{document}\n{written}");
        assert_eq!(second.to_xml(), written);
    }
}
