//! Random policies in XML and random requests, over few attributes with few values, so that targets
//! often match and often nearly match.

use std::fmt::Write as _;

use crate::condition;
use crate::version::Version;
use vedtak::Request;
use vedtak::attribute::{Designator, category};
use vedtak::provider::{AttributeProvider, Fetched, Inputs, ProviderError, SharedValues};
use vedtak::request::AttributeBuilder;
use vedtak::syntax::{Document, PolicySet, PolicySetChild, XacmlVersion};
use vedtak::value::{DataType, ExtensionType, Value};

/// What policies ask for: id, category, data type, the functions that compare, values.
pub(crate) type Asked = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

pub(crate) const ATTRIBUTES: [Asked; 10] = [
    (
        "role",
        category::ACCESS_SUBJECT,
        "string",
        TEXT,
        &["dagl", "LEDE", "lede", "ÆRE", "ære"],
    ),
    (
        "package",
        category::ACCESS_SUBJECT,
        "string",
        TEXT,
        &["skatt", "toll", "Toll"],
    ),
    (
        "resource",
        category::RESOURCE,
        "string",
        TEXT,
        &["a", "b", "c", "d", "e", "f"],
    ),
    (
        "uri",
        category::RESOURCE,
        "anyURI",
        URI,
        &["urn:a", "urn:b", "a", "https://x/a/1", "http://x/b/22"],
    ),
    (
        "action",
        category::ACTION,
        "string",
        TEXT,
        &["read", "write", "sign"],
    ),
    (
        "level",
        category::ENVIRONMENT,
        "integer",
        NUMBER,
        &["1", "2", "99999999999999999999"],
    ),
    (
        "flag",
        category::ENVIRONMENT,
        "boolean",
        &["1.0:function:boolean-equal"],
        &["true", "0"],
    ),
    (
        "time",
        category::ENVIRONMENT,
        "time",
        &["1.0:function:time-equal", "1.0:function:time-less-than"],
        &["09:00:00Z", "12:30:00", "23:30:00+02:00"],
    ),
    (
        "client",
        category::ENVIRONMENT,
        "version",
        &[
            "1.0:function:version-equal",
            "1.0:function:version-equal",
            "1.0:function:version-less-than",
        ],
        &["1.2", "1.2.0", "01.3", "2", "0.9"],
    ),
    (
        "group",
        category::ACCESS_SUBJECT,
        "string",
        TEXT,
        &["g1", "g2", "G3"],
    ),
];
const TEXT: &[&str] = &[
    "1.0:function:string-equal",
    "1.0:function:string-equal",
    "1.0:function:string-equal",
    "3.0:function:string-equal-ignore-case",
    "1.0:function:string-regexp-match",
    "1.0:function:string-greater-than",
];
const URI: &[&str] = &[
    "1.0:function:anyURI-equal",
    "1.0:function:anyURI-equal",
    "2.0:function:anyURI-regexp-match",
    "3.0:function:anyURI-contains",
];
/// The functions that look into texts, of strings and of URIs.
pub(crate) const LOOKING: [[&str; 5]; 2] = [
    [
        "1.0:function:string-regexp-match",
        "1.0:function:string-regexp-match",
        "3.0:function:string-starts-with",
        "3.0:function:string-ends-with",
        "3.0:function:string-contains",
    ],
    [
        "2.0:function:anyURI-regexp-match",
        "2.0:function:anyURI-regexp-match",
        "3.0:function:anyURI-starts-with",
        "3.0:function:anyURI-ends-with",
        "3.0:function:anyURI-contains",
    ],
];
/// They overlap, hold one another, and some match nearly everything.
const PATTERNS: [&str; 22] = [
    "^[a-d]",
    "^(skatt|toll)$",
    "oll",
    "^g[0-9]",
    "l.d|d.g",
    "e$|^d",
    ".",
    "",
    "æ|Æ",
    "(da)?gl",
    "[lL]ed?",
    "^urn:",
    "urn:a$|urn:b$",
    "a$",
    "^https?://x/[a-z]/",
    "^https://x/a/[0-9]+$",
    "https?://x/(a/1|b/2)",
    "x/b/[0-9]{2}$",
    "//",
    "(read|write)$",
    "^(x|y)",
    "^.$",
];
const NUMBER: &[&str] = &[
    "1.0:function:integer-equal",
    "1.0:function:integer-greater-than",
];

/// Supplies what no request says: the groups.
pub(crate) struct Groups;

impl AttributeProvider for Groups {
    fn name(&self) -> &str {
        "groups"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "group" && wanted.data_type == DataType::String
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().attribute(category::ACTION, "action")
    }

    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let actions = request.values(category::ACTION, "action").count();
        match actions {
            0 => Err(ProviderError::new("it is closed")),
            1 => Ok(Vec::new().into()),
            2 => Ok(vec!["g1".into(), "g3".into()].into()),
            _ => {
                let many = (0..20).map(|number| Value::from(format!("g{number}")));
                Ok(SharedValues::new(many).into())
            }
        }
    }
}

/// Supplies a role where the request has none, and never succeeds.
pub(crate) struct Failing;

impl AttributeProvider for Failing {
    fn name(&self) -> &str {
        "failing"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "package"
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().attribute(category::RESOURCE, "resource")
    }

    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        match request.values(category::RESOURCE, "resource").count() {
            0 => Err(ProviderError::new("it is broken")),
            _ => Ok(vec!["toll".into()].into()),
        }
    }
}

pub(crate) fn request(dice: &mut Dice) -> Request {
    let attributes = (0..REQUESTED).map(|which| attribute(dice, which));
    let builder = attributes.fold(Request::builder(), |builder, attribute| {
        builder.with(attribute)
    });
    match dice.below(4) {
        0 => builder.return_policy_id_list().build(),
        _ => builder.build(),
    }
}

/// So many attributes, the first, are in requests.
pub(crate) const REQUESTED: usize = 9;

/// The identifier of a data type.
pub(crate) fn uri(data_type: &str) -> String {
    match data_type {
        "version" => Version::ID.to_owned(),
        standard => format!("http://www.w3.org/2001/XMLSchema#{standard}"),
    }
}

/// The id of an attribute.
pub(crate) fn id(which: usize) -> &'static str {
    ATTRIBUTES[which].0
}

/// An attribute with some of its values, or with none.
pub(crate) fn attribute(dice: &mut Dice, which: usize) -> AttributeBuilder {
    let (id, category, data_type, _, values) = &ATTRIBUTES[which];
    let mut attribute = AttributeBuilder::new(*category, *id);
    let count = [0, 1, 1, 1, 2, 3][dice.below(6)];
    for _ in 0..count {
        let text = values[dice.below(values.len())];
        let data_type = match *data_type {
            "version" => DataType::of::<Version>(),
            standard => DataType::from_uri(&uri(standard)).expect("is known"),
        };
        attribute = attribute.value(Value::parse(data_type, text).expect("is a value"));
    }
    if dice.below(12) == 0 {
        attribute = attribute.issuer("somebody");
    }
    if dice.below(60) == 0 {
        attribute = attribute.unusable("is null");
    }
    attribute
}

const RULE_ALGORITHMS: [&str; 9] = [
    "3.0:rule-combining-algorithm:deny-overrides",
    "3.0:rule-combining-algorithm:permit-overrides",
    "3.0:rule-combining-algorithm:ordered-permit-overrides",
    "1.0:rule-combining-algorithm:first-applicable",
    "1.0:rule-combining-algorithm:first-applicable",
    "3.0:rule-combining-algorithm:deny-unless-permit",
    "3.0:rule-combining-algorithm:permit-unless-deny",
    "1.0:rule-combining-algorithm:deny-overrides",
    "1.0:rule-combining-algorithm:permit-overrides",
];
pub(crate) const POLICY_ALGORITHMS: [&str; 10] = [
    "3.0:policy-combining-algorithm:deny-overrides",
    "3.0:policy-combining-algorithm:permit-overrides",
    "1.0:policy-combining-algorithm:first-applicable",
    "1.0:policy-combining-algorithm:only-one-applicable",
    "1.0:policy-combining-algorithm:only-one-applicable",
    "3.0:policy-combining-algorithm:deny-unless-permit",
    "3.0:policy-combining-algorithm:permit-unless-deny",
    "1.0:policy-combining-algorithm:deny-overrides",
    "1.0:policy-combining-algorithm:permit-overrides",
    "3.0:policy-combining-algorithm:on-permit-apply-second",
];

/// The document of a text, under the rules of 3.0, of 2.0, or with policies of both in it.
pub(crate) fn document(dice: &mut Dice, text: &str) -> Document {
    let document = Document::from_xml(text);
    let mut document = document.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let of_2 = [0, 1, 1, 2][dice.below(4)];
    let mut xacml = || match of_2 == 2 || (of_2 == 1 && dice.below(2) == 0) {
        true => XacmlVersion::V2,
        false => XacmlVersion::V3,
    };
    match &mut document {
        Document::Policy(policy) => policy.xacml = xacml(),
        Document::PolicySet(set) => under(set, &mut xacml),
    }
    document
}

fn under(set: &mut PolicySet, xacml: &mut impl FnMut() -> XacmlVersion) {
    set.xacml = xacml();
    for child in &mut set.children {
        match child {
            PolicySetChild::Policy(policy) => policy.xacml = xacml(),
            PolicySetChild::PolicySet(set) => under(set, xacml),
            _ => {}
        }
    }
}

/// A Policy, or a PolicySet with `sets` levels of sets below. Ids count on from `number`.
pub(crate) fn node(
    dice: &mut Dice,
    text: &mut String,
    sets: usize,
    number: &mut usize,
    outermost: bool,
) {
    let id = *number;
    *number += 1;
    let namespace = match outermost {
        true => r#" xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17""#,
        false => "",
    };
    // Often all children have a target of one kind, as a store of policies has.
    let like = (dice.below(2) == 0).then(|| dice.below(ATTRIBUTES.len()));
    // And sometimes only patterns tell many of them apart.
    let patterned = dice.below(4) == 0;
    if sets == 0 {
        let algorithm = RULE_ALGORITHMS[dice.below(RULE_ALGORITHMS.len())];
        let _ = write!(
            text,
            r#"<Policy{namespace} PolicyId="p{id}" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:{algorithm}">"#
        );
        let own = dice.below(3) == 0;
        target(dice, text, if own { like } else { None }, own);
        condition::variables(dice, text);
        let rules = if patterned { 8 } else { 0 } + dice.below(14);
        for rule in 0..rules {
            let effect = ["Permit", "Deny"][dice.below(2)];
            // Ids of rules need not be unique: of more than five, some have the same.
            let shared = rule % 5;
            let _ = write!(text, r#"<Rule RuleId="r{shared}" Effect="{effect}">"#);
            if patterned {
                patterned_rule(dice, text, like);
            } else {
                let has_target = dice.below(8) > 0;
                target(dice, text, like, has_target);
                if dice.below(3) == 0 {
                    condition::condition(dice, text);
                }
            }
            if dice.below(4) == 0 {
                obligations(dice, text, "o", id * 100 + rule);
            }
            text.push_str("</Rule>");
        }
        if dice.below(3) == 0 {
            obligations(dice, text, "p", id);
        }
        text.push_str("</Policy>");
        return;
    }
    let algorithm = POLICY_ALGORITHMS[dice.below(POLICY_ALGORITHMS.len())];
    let _ = write!(
        text,
        r#"<PolicySet{namespace} PolicySetId="s{id}" Version="1" PolicyCombiningAlgId="urn:oasis:names:tc:xacml:{algorithm}">"#
    );
    let own = dice.below(3) == 0;
    target(dice, text, None, own);
    for _ in 0..dice.below(7) {
        let below = dice.below(sets);
        node(dice, text, below, number, false);
    }
    if dice.below(3) == 0 {
        obligations(dice, text, "s", id);
    }
    text.push_str("</PolicySet>");
}

fn target(dice: &mut Dice, text: &mut String, like: Option<usize>, any: bool) {
    text.push_str("<Target>");
    if any {
        for number in 0..=dice.below(3) {
            text.push_str("<AnyOf>");
            let same = like.filter(|_| number == 0);
            for _ in 0..=dice.below(3) {
                text.push_str("<AllOf>");
                for _ in 0..[1, 1, 1, 2, 3][dice.below(5)] {
                    let attribute = same.unwrap_or_else(|| dice.below(ATTRIBUTES.len()));
                    matching(dice, text, attribute);
                }
                text.push_str("</AllOf>");
            }
            text.push_str("</AnyOf>");
        }
    }
    text.push_str("</Target>");
}

/// A target or a condition of functions that look into texts, of one attribute or of several.
fn patterned_rule(dice: &mut Dice, text: &mut String, like: Option<usize>) {
    const TEXTS: [usize; 6] = [0, 2, 3, 3, 4, 9];
    let like = like.filter(|like| TEXTS.contains(like));
    let attribute = |dice: &mut Dice| like.unwrap_or_else(|| TEXTS[dice.below(TEXTS.len())]);
    if dice.below(3) == 0 {
        let _ = write!(
            text,
            "<Condition>{}</Condition>",
            condition::looking(dice, attribute)
        );
        return;
    }
    text.push_str("<Target><AnyOf>");
    for _ in 0..[1, 1, 1, 2][dice.below(4)] {
        text.push_str("<AllOf>");
        for _ in 0..[1, 1, 1, 2][dice.below(4)] {
            let which = attribute(dice);
            let functions = LOOKING[usize::from(ATTRIBUTES[which].2 == "anyURI")];
            let function = functions[dice.below(functions.len())];
            matching_by(dice, text, which, function);
        }
        text.push_str("</AllOf>");
    }
    text.push_str("</AnyOf></Target>");
    if dice.below(4) == 0 {
        condition::condition(dice, text);
    }
}

fn matching(dice: &mut Dice, text: &mut String, attribute: usize) {
    let functions = ATTRIBUTES[attribute].3;
    let function = functions[dice.below(functions.len())];
    matching_by(dice, text, attribute, function);
}

/// The first argument of a function of an attribute: a value, or what is looked for in one.
pub(crate) fn first_argument(dice: &mut Dice, attribute: usize, function: &str) -> String {
    let (_, _, data_type, _, values) = ATTRIBUTES[attribute];
    let is_looking = LOOKING.iter().flatten().any(|looking| *looking == function);
    let data_type = uri(if is_looking { "string" } else { data_type });
    let value = match function.ends_with("regexp-match") && dice.below(3) > 0 {
        true => PATTERNS[dice.below(PATTERNS.len())],
        false => values[dice.below(values.len())],
    };
    format!(r#"<AttributeValue DataType="{data_type}">{value}</AttributeValue>"#)
}

fn matching_by(dice: &mut Dice, text: &mut String, attribute: usize, function: &str) {
    let (id, category, data_type, ..) = ATTRIBUTES[attribute];
    let data_type = uri(data_type);
    let value = first_argument(dice, attribute, function);
    let required = dice.below(6) == 0;
    let issuer = ["", "", "", "", r#" Issuer="somebody""#][dice.below(5)];
    let _ = write!(
        text,
        r#"<Match MatchId="urn:oasis:names:tc:xacml:{function}">{value}<AttributeDesignator Category="{category}" AttributeId="{id}" DataType="{data_type}" MustBePresent="{required}"{issuer}/></Match>"#
    );
}

fn obligations(dice: &mut Dice, text: &mut String, kind: &str, id: usize) {
    let on = ["Permit", "Deny"][dice.below(2)];
    let required = dice.below(4) == 0;
    let _ = write!(
        text,
        r#"<ObligationExpressions><ObligationExpression ObligationId="{kind}{id}" FulfillOn="{on}"><AttributeAssignmentExpression AttributeId="a"><AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">literal</AttributeValue></AttributeAssignmentExpression><AttributeAssignmentExpression AttributeId="b"><AttributeDesignator Category="{}" AttributeId="role" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="{required}"/></AttributeAssignmentExpression></ObligationExpression></ObligationExpressions>"#,
        category::ACCESS_SUBJECT
    );
}

/// SplitMix64: the same throws for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}
