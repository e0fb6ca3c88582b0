//! Records of decisions ⇄ JSON; requests and values are in the form of the JSON Profile.

use std::borrow::Cow;

use super::{DecisionRecord, ReadSource, RecordedPolicy, RecordedRead, RecordedRule, hex};
use crate::attribute::Designator;
use crate::decision::{Decision, StatusCode};
use crate::error::Error;
use crate::json::{Document, Item, JsonDialect, Kind, Writer};
use crate::limits::exceeded;
use crate::read_options::ReadOptions;
use crate::request::{AttributeBuilder, Request};
use crate::value::{DateTime, Value};

impl DecisionRecord {
    /// The record as JSON, which [`read_json`](Self::read_json) reads.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, Request, record::DecisionRecord};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let mut records = Vec::new();
    /// let mut call = pdp.call().observe(|event| records.extend(event.record()));
    /// call.decide(&Request::builder().action("read").build());
    /// drop(call);
    /// let text = records[0].to_json();
    /// assert_eq!(DecisionRecord::read_json(&text, pdp.read_options().source("record.json"))?, records[0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        writer.object(|writer| {
            // The JSON Profile has no request without a category.
            if !self.request.categories().is_empty() {
                writer.name("Request");
                writer.literal(&self.request.to_json());
            }
            date(writer, "Instant", self.instant);
            writer.string_member("Decision", &self.decision.to_string());
            writer.optional("StatusCode", self.status.as_ref().map(StatusCode::uri));
            writer.array_member("Rules", &self.rules, |writer, rule| {
                writer.object(|writer| {
                    writer.string_member("Policy", &rule.policy);
                    writer.string_member("Version", &rule.version);
                    writer.string_member("Rule", &rule.rule);
                    number(writer, "Nth", rule.nth.into());
                });
            });
            writer.array_member("Read", &self.read, write_read);
            let troubles = &self.troubles;
            writer.array_member("Troubles", troubles, |writer, text| writer.string(text));
            date(writer, "ValidUntil", self.valid_until);
            number(writer, "StoreVersion", self.store_version);
            writer.array_member("Policies", &self.policies, |writer, policy| {
                writer.object(|writer| {
                    writer.string_member("Policy", &policy.id);
                    writer.string_member("Version", &policy.version);
                    let digest = policy.digest.as_ref().map(hex);
                    writer.optional("Digest", digest.as_deref());
                });
            });
        });
        writer.finish()
    }
}

fn write_read(writer: &mut Writer<'_>, read: &RecordedRead) {
    writer.object(|writer| {
        let (source, provider) = match &read.source {
            ReadSource::Request => ("request", None),
            ReadSource::Clock => ("clock", None),
            ReadSource::Provider(name) => ("provider", Some(name.as_str())),
            ReadSource::Nobody => ("nobody", None),
            ReadSource::AccessPermitted => ("access-permitted", None),
        };
        let attribute = &read.attribute;
        writer.string_member("Source", source);
        writer.optional("Provider", provider);
        writer.string_member("Category", &attribute.category);
        writer.string_member("AttributeId", &attribute.id);
        writer.string_member("DataType", attribute.data_type.uri());
        writer.optional("Issuer", attribute.issuer.as_deref());
        if !read.values.is_empty() {
            // The values are written as a request of their own, so that every data type has its
            // form.
            let named = AttributeBuilder::new(attribute.category.clone(), attribute.id.clone());
            let values = read.values.iter().cloned();
            let request = Request::builder().with(named.values(values)).build();
            writer.name("Values");
            writer.literal(&request.to_json());
        }
        date(writer, "ValidUntil", read.valid_until);
        writer.optional("Failure", read.failure.as_deref());
    });
}

fn date(writer: &mut Writer<'_>, name: &'static str, date: Option<DateTime>) {
    writer.optional(name, date.map(|date| date.to_string()).as_deref());
}

fn number(writer: &mut Writer<'_>, name: &'static str, number: u64) {
    writer.name(name);
    writer.literal(&number.to_string());
}

impl DecisionRecord {
    /// Reads a record that [`to_json`](Self::to_json) wrote, with [options](ReadOptions): those of its
    /// PDP, if the host has data types of its own.
    ///
    /// # Errors
    ///
    /// Every problem of the text, with its position.
    pub fn read_json(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (source, limits) = (options.source_or("record"), options.limits);
        let options = options.dialect(&JsonDialect::PROFILE);
        let bytes = bytes.as_ref();
        if bytes.len() > limits.bytes {
            let what = format!("{source}: the record has {} bytes", bytes.len());
            return Err(Error::plain(exceeded(&what, limits.bytes, "bytes")));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Error::plain(format!("{source}: the record is not UTF-8: {error}")))?;
        let mut reader = RecordReader { options };
        let read = Document::read(
            &source.into(),
            text,
            limits,
            &JsonDialect::PROFILE,
            |json, item| reader.record(json, item),
        )?;
        read.ok_or_else(|| Error::plain(format!("{source}: this is no record")))
    }
}

struct RecordReader<'r> {
    options: ReadOptions<'r>,
}

impl RecordReader<'_> {
    fn record(&mut self, json: &mut Document<'_>, item: Item) -> Option<DecisionRecord> {
        let names = [
            "Request",
            "Instant",
            "Decision",
            "StatusCode",
            "Rules",
            "Read",
            "Troubles",
            "ValidUntil",
            "StoreVersion",
            "Policies",
        ];
        let members = json.members(item, "a record", names, &["Decision"])?;
        let [
            request,
            instant,
            decision,
            status,
            rules,
            read,
            troubles,
            until,
            version,
            policies,
        ] = members;
        let status = json.optional(status, "`StatusCode`");
        let request = match request {
            Some(request) => self.request(json, request)?,
            None => Request::default(),
        };
        Some(DecisionRecord {
            request,
            instant: date_of(json, instant, "`Instant`"),
            decision: {
                let decision = json.required(item, "a record", decision, "Decision")?;
                decision_of(json, decision)?
            },
            status: status.map(|uri| StatusCode::from_uri(&uri)),
            rules: each(json, rules, "`Rules`", rule),
            read: each(json, read, "`Read`", |json, item| self.read(json, item)),
            troubles: each(json, troubles, "`Troubles`", |json, item| {
                json.string(item, "a trouble").map(Cow::into_owned)
            }),
            valid_until: date_of(json, until, "`ValidUntil`"),
            store_version: number_of(json, version, "`StoreVersion`").unwrap_or_default(),
            policies: each(json, policies, "`Policies`", policy),
        })
    }

    /// Reads a request inside the record as a document of its own.
    fn request(&self, json: &mut Document<'_>, item: Item) -> Option<Request> {
        let text = json.raw(item);
        match Request::read_json(text, self.options.source("request")) {
            Ok(request) => Some(request),
            Err(error) => {
                json.problem(item, format!("is no request: {error}"));
                None
            }
        }
    }

    fn read(&mut self, json: &mut Document<'_>, item: Item) -> Option<RecordedRead> {
        let names = [
            "Source",
            "Provider",
            "Category",
            "AttributeId",
            "DataType",
            "Issuer",
            "Values",
            "ValidUntil",
            "Failure",
        ];
        let required = ["Source", "Category", "AttributeId", "DataType"];
        let members = json.members(item, "an attribute that was read", names, &required)?;
        let [
            source,
            provider,
            category,
            id,
            data_type,
            issuer,
            values,
            until,
            failure,
        ] = members;
        let what = "an attribute that was read";
        let source_item = json.required(item, what, source, "Source")?;
        let type_item = json.required(item, what, data_type, "DataType")?;
        let category = json.required(item, what, category, "Category")?;
        let id = json.required(item, what, id, "AttributeId")?;
        let source = json.string(source_item, "`Source`")?;
        let provider = json.optional(provider, "`Provider`");
        let source = match (&*source, provider) {
            ("request", None) => ReadSource::Request,
            ("clock", None) => ReadSource::Clock,
            ("provider", Some(name)) => ReadSource::Provider(name.into_owned()),
            ("nobody", None) => ReadSource::Nobody,
            ("access-permitted", None) => ReadSource::AccessPermitted,
            _ => {
                let message = "`Source` is `request`, `clock`, `nobody` or `access-permitted`, or \
                    `provider` beside the name of a `Provider`";
                json.problem(source_item, message);
                return None;
            }
        };
        let data_type = json.string(type_item, "`DataType`")?;
        let Some(data_type) = self.options.data_types.from_uri(&data_type) else {
            json.problem(type_item, self.options.data_types.unknown(&data_type));
            return None;
        };
        let category = json.string(category, "`Category`")?.into_owned();
        let id = json.string(id, "`AttributeId`")?.into_owned();
        let issuer = json.optional(issuer, "`Issuer`");
        let mut attribute = Designator::new(category, id, data_type);
        attribute.issuer = issuer.map(|issuer| issuer.into_owned().into());
        let values = match values {
            None => Vec::new(),
            Some(item) => {
                let request = self.request(json, item)?;
                if !is_only_of(&request, &attribute) {
                    json.problem(
                        item,
                        "`Values` is a request of the values of this attribute and of nothing else",
                    );
                    return None;
                }
                let own = request.values(&attribute.category, &attribute.id);
                let own: Vec<Value> = own.cloned().collect();
                if own.iter().any(|value| value.data_type() != data_type) {
                    json.problem(
                        item,
                        "the values are of another data type than the attribute",
                    );
                    return None;
                }
                own
            }
        };
        Some(RecordedRead {
            attribute,
            values,
            source,
            valid_until: date_of(json, until, "`ValidUntil`"),
            failure: json.optional(failure, "`Failure`").map(Cow::into_owned),
        })
    }
}

/// Whether a request holds only values of this attribute, as values are written.
fn is_only_of(request: &Request, wanted: &Designator) -> bool {
    let [own] = request.categories() else {
        return false;
    };
    let says_only = own.attributes.iter().all(|attribute| {
        attribute.id == wanted.id && attribute.issuer.is_none() && !attribute.include_in_result
    });
    let rest = (own.xml_id.as_ref(), own.content.as_ref(), own.unusable());
    own.category == wanted.category
        && says_only
        && matches!(rest, (None, None, []))
        && request.multi_requests().is_empty()
        && request.xpath_version().is_none()
        && !request.return_policy_id_list()
        && !request.combined_decision()
}

fn each<T>(
    json: &mut Document<'_>,
    item: Option<Item>,
    what: &str,
    mut read: impl FnMut(&mut Document<'_>, Item) -> Option<T>,
) -> Vec<T> {
    let Some(item) = item else {
        return Vec::new();
    };
    if json.kind(item) != Kind::Array {
        json.expected(item, what, "an array");
        return Vec::new();
    }
    let mut items = json.items(item);
    let mut all = Vec::new();
    while let Some(item) = items.next(json) {
        all.extend(read(json, item));
    }
    all
}

fn rule(json: &mut Document<'_>, item: Item) -> Option<RecordedRule> {
    let names = ["Policy", "Version", "Rule", "Nth"];
    let [policy, version, rule, nth] = json.members(item, "a rule", names, &names)?;
    let policy = json.required(item, "a rule", policy, "Policy")?;
    let version = json.required(item, "a rule", version, "Version")?;
    let rule = json.required(item, "a rule", rule, "Rule")?;
    let nth = json.required(item, "a rule", nth, "Nth")?;
    let number = number_of(json, Some(nth), "`Nth`")?;
    let Ok(nth) = u32::try_from(number) else {
        json.problem(
            nth,
            format!("`Nth` is at most {}, and not {number}", u32::MAX),
        );
        return None;
    };
    Some(RecordedRule {
        rule: json.string(rule, "`Rule`")?.into_owned(),
        nth,
        policy: json.string(policy, "`Policy`")?.into_owned(),
        version: json.string(version, "`Version`")?.into_owned(),
    })
}

fn policy(json: &mut Document<'_>, item: Item) -> Option<RecordedPolicy> {
    let names = ["Policy", "Version", "Digest"];
    let [policy, version, digest] = json.members(item, "a policy", names, &names[..2])?;
    let policy = json.required(item, "a policy", policy, "Policy")?;
    let version = json.required(item, "a policy", version, "Version")?;
    let digest = match digest {
        None => None,
        Some(item) => {
            let text = json.string(item, "`Digest`")?;
            let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
            let digest = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            if digest.is_none() {
                json.problem(item, "`Digest` is 64 hexadecimal digits");
            }
            digest
        }
    };
    Some(RecordedPolicy {
        id: json.string(policy, "`Policy`")?.into_owned(),
        version: json.string(version, "`Version`")?.into_owned(),
        digest,
    })
}

fn decision_of(json: &mut Document<'_>, item: Item) -> Option<Decision> {
    let text = json.string(item, "`Decision`")?;
    let all = [
        Decision::Permit,
        Decision::Deny,
        Decision::NotApplicable,
        Decision::Indeterminate,
    ];
    let found = all
        .into_iter()
        .find(|decision| decision.to_string() == text);
    if found.is_none() {
        json.problem(
            item,
            format!("`{}` is no decision", crate::error::cut(&text)),
        );
    }
    found
}

fn date_of(json: &mut Document<'_>, item: Option<Item>, what: &str) -> Option<DateTime> {
    let text = json.string(item?, what)?;
    let date = text.parse().ok();
    if let (None, Some(item)) = (&date, item) {
        let text = crate::error::cut(&text);
        json.problem(item, format!("{what} is a dateTime, and not `{text}`"));
    }
    date
}

fn number_of(json: &mut Document<'_>, item: Option<Item>, what: &str) -> Option<u64> {
    let item = item?;
    let number = match json.kind(item) {
        Kind::Number => json.raw(item).parse().ok(),
        _ => None,
    };
    if number.is_none() {
        json.problem(item, format!("{what} is a number without sign or fraction"));
    }
    number
}
