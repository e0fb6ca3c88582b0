//! A request in every form, and the decision it must come to.

use vedtak::request::AttributeBuilder;
use vedtak::value::Value;
use vedtak::{Decision, Request};

use super::names::{
    ACTION, ACTION_ID, ENVIRONMENT, INSTANCE, NAMESPACE, PACKAGE, PARTY, RESOURCE, ROLE, SERVICE,
    SUBJECT, TASK, Term, USER, type_uri,
};
use super::random::Random;
use super::xml::Xml;

pub(crate) struct Question {
    /// Grouped by category, in the order of [`CATEGORIES`].
    attributes: Vec<Attribute>,
    pub(crate) expected: Decision,
}

struct Attribute {
    term: Term,
    values: Vec<String>,
    include_in_result: bool,
}

const CATEGORIES: [&str; 4] = [SUBJECT, RESOURCE, ACTION, ENVIRONMENT];

impl Question {
    pub(crate) fn new(expected: Decision) -> Self {
        Self {
            attributes: Vec::new(),
            expected,
        }
    }

    /// What someone with these roles and access packages asks of Altinn: user, party, instance and
    /// task are in the request, too, and the policies do not look at them.
    pub(crate) fn of_altinn(
        random: &mut Random,
        roles: &[&str],
        packages: &[&str],
        service: &str,
        action: &str,
        expected: Decision,
    ) -> Self {
        let user = (20_000 + random.below(80_000)).to_string();
        let party = (50_000_000 + random.below(1_000_000)).to_string();
        let (high, low) = (random.next(), random.next());
        let instance = format!(
            "{party}/{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        );
        Self::new(expected)
            .with(USER, &[&user])
            .with(ROLE, roles)
            .with(PACKAGE, packages)
            .repeated(INSTANCE, &[&instance])
            .repeated(PARTY, &[&party])
            .with(SERVICE, &[service])
            .with(TASK, &["Task_1"])
            .repeated(ACTION_ID, &[action])
    }

    /// Adds an attribute, unless it has no values.
    pub(crate) fn with(self, term: Term, values: &[&str]) -> Self {
        self.add(term, values, false)
    }

    /// Adds an attribute that the response shall repeat.
    fn repeated(self, term: Term, values: &[&str]) -> Self {
        self.add(term, values, true)
    }

    fn add(mut self, term: Term, values: &[&str], include_in_result: bool) -> Self {
        if !values.is_empty() {
            self.attributes.push(Attribute {
                term,
                values: values.iter().map(|&value| value.to_owned()).collect(),
                include_in_result,
            });
        }
        self
    }

    /// The values of an attribute, as text.
    pub(crate) fn values(&self, term: Term) -> &[String] {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|attribute| attribute.term == term)
            .map_or(&[], |attribute| &attribute.values)
    }

    pub(crate) fn request(&self) -> Request {
        let mut builder = Request::builder();
        for (_, attributes) in self.by_category() {
            for attribute in attributes {
                let Term {
                    category,
                    id,
                    data_type,
                    ..
                } = attribute.term;
                let values = attribute.values.iter().map(|text| value(data_type, text));
                let mut built = AttributeBuilder::new(category, id).values(values);
                if attribute.include_in_result {
                    built = built.include_in_result();
                }
                builder = builder.with(built);
            }
        }
        builder.build()
    }

    pub(crate) fn xml(&self) -> String {
        let mut xml = Xml::new();
        xml.open(
            "Request",
            &[
                ("xmlns", NAMESPACE),
                ("ReturnPolicyIdList", "false"),
                ("CombinedDecision", "false"),
            ],
        );
        for (category, attributes) in self.by_category() {
            if attributes.is_empty() {
                xml.empty("Attributes", &[("Category", category)]);
                continue;
            }
            xml.open("Attributes", &[("Category", category)]);
            for attribute in attributes {
                let include = attribute.include_in_result.to_string();
                let attributes = [
                    ("AttributeId", attribute.term.id),
                    ("IncludeInResult", &*include),
                ];
                xml.open("Attribute", &attributes);
                for value in &attribute.values {
                    let data_type = type_uri(attribute.term.data_type);
                    xml.leaf("AttributeValue", &[("DataType", &data_type)], value);
                }
                xml.close();
            }
            xml.close();
        }
        xml.finish()
    }

    pub(crate) fn json(&self) -> String {
        let mut categories = Vec::new();
        for (category, attributes) in self.by_category() {
            if !attributes.is_empty() {
                let attributes: Vec<String> = attributes.into_iter().map(json).collect();
                categories.push(format!(
                    "   {{\n    \"CategoryId\": \"{category}\",\n    \"Attribute\": [\n{}\n    ]\n   }}",
                    attributes.join(",\n")
                ));
            }
        }
        format!(
            "{{\n \"Request\": {{\n  \"Category\": [\n{}\n  ]\n }}\n}}\n",
            categories.join(",\n")
        )
    }

    fn by_category(&self) -> impl Iterator<Item = (&'static str, Vec<&Attribute>)> {
        CATEGORIES.into_iter().map(|category| {
            let all = self.attributes.iter();
            (
                category,
                all.filter(|attribute| attribute.term.category == category)
                    .collect(),
            )
        })
    }
}

fn json(attribute: &Attribute) -> String {
    let data_type = attribute.term.data_type;
    let quoted = |value: &String| match data_type {
        "integer" => value.clone(),
        _ => format!("\"{value}\""),
    };
    let value = match &attribute.values[..] {
        [value] => quoted(value),
        values => {
            let values: Vec<String> = values
                .iter()
                .map(|value| format!("       {}", quoted(value)))
                .collect();
            format!("[\n{}\n      ]", values.join(",\n"))
        }
    };
    let include = match attribute.include_in_result {
        true => ",\n      \"IncludeInResult\": true",
        false => "",
    };
    format!(
        "     {{\n      \"AttributeId\": \"{}\",\n      \"Value\": {value},\n      \"DataType\": \"{}\"{include}\n     }}",
        attribute.term.id,
        type_uri(data_type)
    )
}

fn value(data_type: &str, text: &str) -> Value {
    let known = "is a value of its data type";
    match data_type {
        "string" => text.into(),
        "integer" => text.parse::<i64>().expect(known).into(),
        "time" => Value::Time(text.parse().expect(known)),
        "dateTime" => Value::DateTime(text.parse().expect(known)),
        "anyURI" => Value::AnyUri(text.into()),
        other => panic!("no workload has a {other}"),
    }
}
