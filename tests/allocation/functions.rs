//! What any function of the table allocates is paid for: under one limit of work no operand, however
//! large, makes a decision take more memory. A function that is added is tried, too.

use vedtak::attribute::category;
use vedtak::request::AttributeBuilder;
use vedtak::value::{DataType, Value};
use vedtak::{Context, Limits, Pdp, Request};

use crate::bytes;

/// The work each decision may take.
const WORK: u64 = 20_000;
/// What it may allocate at most: some bytes for a unit, and the room for the values of one bag.
const MOST: usize = 32 * WORK as usize + 256 * 1024;
/// Values of a bag: more than the limit allows of large ones.
const VALUES: usize = 1_000;

#[test]
fn no_function_allocates_more_than_is_paid_for() {
    let signatures = include_str!("../../fixtures/functions/signatures.txt");
    let (mut tried, mut unpaid) = (0, String::new());
    for line in signatures.lines() {
        // Those that take functions are tried with the others; entities have no lexical form, and
        // nodes and decisions are not worked out by functions.
        let left_out = ["#", "…", "entity", "xpathExpression", "access-permitted"];
        if line.is_empty() || left_out.iter().any(|part| line.contains(part)) {
            continue;
        }
        let signature = Signature::read(line);
        tried += 1;
        for size in [1_000, 2_000, 4_000] {
            let allocated = signature.allocated(size);
            if allocated > MOST {
                unpaid += &format!("{line}: {allocated} bytes with operands of {size} bytes\n");
            }
        }
    }
    assert!(unpaid.is_empty(), "more than {MOST} bytes\n{unpaid}");
    assert!(tried > 250, "{tried}");
}

/// A line of `signatures.txt`.
struct Signature<'l> {
    version: &'l str,
    name: &'l str,
    parameters: Vec<Parameter>,
    returns: Parameter,
}

#[derive(Clone, Copy)]
struct Parameter {
    data_type: DataType,
    is_bag: bool,
}

impl<'l> Signature<'l> {
    fn read(line: &'l str) -> Self {
        let (version, rest) = line.split_once(' ').expect("a version comes first");
        let (name, rest) = rest.split_once('(').expect("parameters follow");
        let (parameters, returns) = rest.split_once(") -> ").expect("then what it returns");
        let mut all = Vec::new();
        for written in parameters.split(", ").filter(|written| !written.is_empty()) {
            let repeated = written.strip_suffix("...");
            let parameter = Parameter::read(repeated.unwrap_or(written));
            let times = if repeated.is_some() { 3 } else { 1 };
            all.extend([parameter].repeat(times));
        }
        Self {
            version,
            name,
            parameters: all,
            returns: Parameter::read(returns),
        }
    }

    /// The function applied to attributes, the first a bag, and whether what comes of it has
    /// values. What takes single values is mapped over the first.
    fn condition(&self) -> String {
        let id = format!(
            "urn:oasis:names:tc:xacml:{}:function:{}",
            self.version, self.name
        );
        let takes_bags = self.parameters.iter().any(|parameter| parameter.is_bag);
        let arguments: String = (0..self.parameters.len())
            .map(|place| {
                let parameter = self.parameters[place];
                let attribute = designator(place, parameter.data_type);
                match parameter.is_bag || (place == 0 && !takes_bags) {
                    true => attribute,
                    false => {
                        let only = function_of(parameter.data_type, "one-and-only");
                        apply(&only, &attribute)
                    }
                }
            })
            .collect();
        let returned = self.returns.data_type;
        let bag = match (takes_bags, self.returns.is_bag) {
            (true, true) => apply(&id, &arguments),
            (true, false) => apply(&function_of(returned, "bag"), &apply(&id, &arguments)),
            (false, true) => {
                // The constructors of bags, of as many values.
                apply(&id, &arguments.replacen(&designator(0, returned), "", 1))
            }
            (false, false) => {
                let function = format!("<Function FunctionId=\"{id}\"/>");
                apply(
                    "urn:oasis:names:tc:xacml:3.0:function:map",
                    &(function + &arguments),
                )
            }
        };
        let size = apply(&function_of(returned, "bag-size"), &bag);
        let least = format!(
            "<AttributeValue DataType=\"{}\">0</AttributeValue>",
            DataType::Integer
        );
        apply(
            "urn:oasis:names:tc:xacml:1.0:function:integer-greater-than",
            &(size + &least),
        )
    }

    fn allocated(&self, size: usize) -> usize {
        let policy = format!(
            "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
             Version=\"1\" RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\
             <Target/><Rule RuleId=\"r\" Effect=\"Permit\"><Condition>{}</Condition></Rule></Policy>",
            self.condition()
        );
        let mut limits = Limits::default();
        limits.work = WORK;
        let pdp = Pdp::builder().limits(limits).policy("p", policy).build();
        let pdp = pdp.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let mut request = Request::builder();
        for (place, parameter) in self.parameters.iter().enumerate() {
            let many = parameter.is_bag
                || (place == 0 && !self.parameters.iter().any(|parameter| parameter.is_bag));
            let text = self.text(place, parameter.data_type, size);
            let value = Value::parse(parameter.data_type, &text)
                .unwrap_or_else(|error| panic!("{}: {error}", self.name));
            let values = vec![value; if many { VALUES } else { 1 }];
            let attribute = AttributeBuilder::new(category::ACCESS_SUBJECT, format!("a{place}"));
            request = request.with(attribute.values(values));
        }
        let request = request.build();
        let mut context = Context::new();
        pdp.decide_with(&mut context, &request);
        bytes(|| {
            pdp.decide_with(&mut context, &request);
        })
    }

    /// A value for a parameter, of about so many bytes where there are such.
    fn text(&self, place: usize, data_type: DataType, size: usize) -> String {
        let text_of = self.name.strip_suffix("-from-string");
        let data_type = match text_of {
            Some(name) => *DataType::ALL
                .iter()
                .find(|data_type| data_type.short_name() == name)
                .expect("it is read as a data type"),
            None => data_type,
        };
        match data_type {
            // Positions in a text, and how many booleans are to be true.
            DataType::Integer if self.name.ends_with("-substring") => ["", "0", "-1"][place].into(),
            DataType::Integer if self.name == "n-of" => "1".into(),
            DataType::String if self.name.ends_with("-regexp-match") => "a*b|c".into(),
            DataType::String => "aÆ".repeat(size / 3),
            DataType::Integer if self.name == "integer-to-double" => "9".repeat(300),
            DataType::Integer => "9".repeat(size),
            DataType::AnyUri => format!("urn:{}", "a".repeat(size)),
            DataType::X500Name => format!("{}A=b", "A=,".repeat(size / 3)),
            DataType::HexBinary => "0f".repeat(size),
            DataType::Base64Binary => "AAAA".repeat(size / 4),
            DataType::Rfc822Name => format!("{}@{}b", "a".repeat(60), "b.".repeat(100)),
            DataType::DnsName => format!("{}a", "a.".repeat(size / 2 - 1)),
            DataType::IpAddress => "[::1]:80".into(),
            DataType::Boolean => "true".into(),
            DataType::Double => "1.7976931348623157E308".into(),
            DataType::Time => "12:00:00.123456789+01:00".into(),
            DataType::Date => "2024-02-29+01:00".into(),
            DataType::DateTime => "2024-02-29T12:00:00.123456789+01:00".into(),
            DataType::DayTimeDuration => "P1DT2H3M4.5S".into(),
            DataType::YearMonthDuration => "P1Y2M".into(),
            other => panic!("{}: there is no text of {other}", self.name),
        }
    }
}

impl Parameter {
    fn read(written: &str) -> Self {
        let one = written.strip_prefix("bag of ");
        let name = one.unwrap_or(written);
        let mut all = DataType::ALL.iter();
        Self {
            data_type: *all
                .find(|data_type| data_type.short_name() == name)
                .unwrap_or_else(|| panic!("{written}")),
            is_bag: one.is_some(),
        }
    }
}

/// The identifier of a function that every data type has.
fn function_of(data_type: DataType, name: &str) -> String {
    let version = match data_type {
        DataType::IpAddress | DataType::DnsName => "2.0",
        _ => "1.0",
    };
    let short = data_type.short_name();
    format!("urn:oasis:names:tc:xacml:{version}:function:{short}-{name}")
}

fn apply(function: &str, arguments: &str) -> String {
    format!("<Apply FunctionId=\"{function}\">{arguments}</Apply>")
}

fn designator(place: usize, data_type: DataType) -> String {
    format!(
        "<AttributeDesignator Category=\"{}\" AttributeId=\"a{place}\" DataType=\"{data_type}\" \
         MustBePresent=\"false\"/>",
        category::ACCESS_SUBJECT
    )
}
