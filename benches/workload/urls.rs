//! Rules that regular expressions over the URLs of one host tell apart.

use vedtak::Decision;

use super::names::{RESOURCE_URI, URI_REGEXP_MATCH};
use super::policy::{designator, literal, open_policy};
use super::question::Question;
use super::random::Random;
use super::xml::Xml;

/// How the rules ask for a URL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// In the target, from `^` to `$`.
    Target,
    /// The same in the condition.
    Condition,
    /// In the target, somewhere in the URL.
    Unanchored,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Target, Self::Condition, Self::Unanchored];
}

/// The services are letters after a few common beginnings, as those of a large host are.
fn service(rule: usize) -> String {
    let group = ["case", "form", "letter", "invoice", "register"][rule % 5];
    let letters = [rule / 676 % 26, rule / 26 % 26, rule % 26];
    let letters = letters.map(|letter| char::from(b'a' + u8::try_from(letter).unwrap_or(0)));
    format!("{group}-{}", letters.iter().collect::<String>())
}

/// One policy of `count` rules; one of them permits each of the 64 questions, whose URLs have 200
/// to 500 bytes.
pub(crate) fn urls(count: usize, form: Form) -> (String, Vec<Question>) {
    let mut xml = Xml::new();
    open_policy(&mut xml, "urn:bench:urls", "deny-overrides");
    xml.empty("Target", &[]);
    for rule in 0..count {
        let id = format!("urn:bench:urls:rule:{rule}");
        xml.open("Rule", &[("RuleId", &id), ("Effect", "Permit")]);
        let service = service(rule);
        let path = format!("/v1/{service}/[0-9]+/documents/");
        let pattern = match form {
            Form::Unanchored => path,
            _ => format!(r"^https://api\.example\.no{path}[^?]+(\?.*)?$"),
        };
        if form == Form::Condition {
            xml.open("Condition", &[]);
            xml.open("Apply", &[("FunctionId", URI_REGEXP_MATCH)]);
            literal(&mut xml, "string", &pattern);
            let only = "urn:oasis:names:tc:xacml:1.0:function:anyURI-one-and-only";
            xml.open("Apply", &[("FunctionId", only)]);
            designator(&mut xml, RESOURCE_URI);
            for _ in 0..3 {
                xml.close();
            }
        } else {
            xml.open("Target", &[]);
            xml.open("AnyOf", &[]);
            xml.open("AllOf", &[]);
            xml.open("Match", &[("MatchId", URI_REGEXP_MATCH)]);
            literal(&mut xml, "string", &pattern);
            designator(&mut xml, RESOURCE_URI);
            for _ in 0..4 {
                xml.close();
            }
        }
        xml.close();
    }
    let mut random = Random::new(7);
    let questions = (0..64).map(|_| {
        let service = service(random.below(count));
        let number = random.below(10_000_000);
        let mut url = format!("https://api.example.no/v1/{service}/{number}/documents/");
        let length = 200 + random.below(300);
        while url.len() < length {
            url += &format!("{:016x}/", random.next());
        }
        url += "attachment?version=2";
        Question::new(Decision::Permit).with(RESOURCE_URI, &[&url])
    });
    (xml.finish(), questions.collect())
}
