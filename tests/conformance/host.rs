//! What the host of the engine brings along: a clock, attributes, functions, data types.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use vedtak::attribute::Designator;
use vedtak::function::{Function, FunctionError, Operand, Signature, Type};
use vedtak::hierarchy::{Hierarchy, Node};
use vedtak::provider::{Fetched, ProviderError};
use vedtak::value::{DataType, DataTypes, DateTime, ExtensionType, Value, Zone};
use vedtak::{AttributeProvider, Error, PdpBuilder, ReadOptions, Request, Response};

use crate::geometry::{self, Geometry};
use crate::host_name::{self, HostName};
use crate::manifest::{Case, Supplied};

/// Noon of 2020-01-01 in UTC: the cases only ask for a time after 2016-08-01.
pub(crate) fn clock() -> DateTime {
    DateTime::from_unix(1_577_880_000, 0, Zone::UTC).expect("2020 is within the limits")
}

/// The attributes of a `pip.json`.
pub(crate) struct Store {
    attributes: Vec<(Designator, Vec<Value>)>,
}

impl Store {
    pub(crate) fn new(supplied: &[Supplied]) -> Result<Self, String> {
        let attributes = supplied.iter().map(|attribute| {
            let data_type = DataType::from_uri(&attribute.data_type)
                .ok_or_else(|| format!("pip.json: unknown data type {}", attribute.data_type))?;
            let values = attribute
                .values
                .iter()
                .map(|text| Value::parse(data_type, text).map_err(|error| error.to_string()))
                .collect::<Result<_, _>>()?;
            let designator = Designator::new(
                attribute.category.as_str(),
                attribute.attribute_id.as_str(),
                data_type,
            );
            Ok((designator, values))
        });
        Ok(Self {
            attributes: attributes.collect::<Result<_, String>>()?,
        })
    }

    fn values(&self, designator: &Designator) -> Option<&[Value]> {
        let (_, values) = self
            .attributes
            .iter()
            .find(|(known, _)| known == designator)?;
        Some(values)
    }
}

impl AttributeProvider for Store {
    fn name(&self) -> &str {
        "pip.json"
    }

    fn supplies(&self, designator: &Designator) -> bool {
        self.values(designator).is_some()
    }

    fn fetch(&self, designator: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(self.values(designator).unwrap_or_default().to_vec().into())
    }
}

/// The resources that the OASIS suite tells of in words: a root with two children, which have two
/// each. The names say where they lie.
pub(crate) struct Tree;

impl Hierarchy for Tree {
    fn name(&self) -> &str {
        "the tree of the suite"
    }

    fn children(&self, of: &Node, _: &Request) -> Result<Vec<Node>, ProviderError> {
        let name = of.name().unwrap_or_default();
        let kind = match name.matches(':').count() {
            1 => "child",
            2 => "descendant",
            _ => return Ok(Vec::new()),
        };
        let child = |number| Value::AnyUri(format!("{name}:{kind}{number}").into());
        Ok([1, 2]
            .map(|number| Node::new(child(number)).below(of))
            .into())
    }
}

const IP_IN_RANGE: &str = "urn:org.wso2.balana:function:ip-in-range";

/// The functions that some cases have beyond the standard's.
pub(crate) fn functions() -> Vec<Function> {
    let signature = Signature {
        parameters: vec![Type::One(DataType::IpAddress); 3],
        repeated: None,
        returns: Type::One(DataType::Boolean),
    };
    let ip_in_range = Function::new(IP_IN_RANGE, signature, |_, arguments| {
        ip_in_range(arguments).map(Operand::value)
    });
    let mut all = vec![ip_in_range, host_name::equal()];
    all.extend(geometry::functions());
    all
}

/// The data types that some cases have beyond the standard's.
pub(crate) fn data_types() -> DataTypes {
    DataTypes::STANDARD.with::<Geometry>().with::<HostName>()
}

/// A PDP with all of these.
pub(crate) fn extended(builder: PdpBuilder) -> PdpBuilder {
    let builder = builder.data_type::<Geometry>().data_type::<HostName>();
    functions().into_iter().fold(builder, PdpBuilder::function)
}

/// Whether each data type that a file of the case names is one of [`data_types`].
pub(crate) fn defines_data_types_of(case: &Case, folder: &Path) -> bool {
    let known = data_types();
    let files = [&case.files.policy, &case.files.request]
        .into_iter()
        .flatten();
    files.into_iter().all(|file| {
        let text = fs::read_to_string(folder.join(&case.path).join(file)).unwrap_or_default();
        let mut named = text.split("DataType=\"").skip(1);
        named.all(|rest| {
            let (uri, _) = rest.split_once('"').unwrap_or_default();
            known.from_uri(uri).is_some()
        })
    })
}

/// Whether each function of the case that is not the standard's is one of [`functions`], or one that
/// a data type brings along.
pub(crate) fn defines_functions_of(case: &Case) -> bool {
    let known = functions();
    let is_generic = |id: &str| {
        GENERIC
            .iter()
            .any(|name| Geometry::function(name).as_deref() == Some(id))
    };
    // The manifest leaves out the start of the standard's identifiers.
    let mut others = case.functions.iter().filter(|id| id.starts_with("urn:"));
    others.all(|id| is_generic(id) || known.iter().any(|function| function.id() == id.as_str()))
}

/// The functions that cases use of those every data type has.
const GENERIC: [&str; 2] = ["one-and-only", "bag-size"];

/// Whether the first address lies between the other two, both included, whichever of them is the
/// lower.
fn ip_in_range(arguments: &[Operand<'_>]) -> Result<bool, FunctionError> {
    let addresses: Vec<IpAddr> = arguments
        .iter()
        .filter_map(|argument| Some(argument.as_value()?.as_ip_address()?.address()))
        .collect();
    let &[address, one, other] = addresses.as_slice() else {
        return Err(FunctionError::processing(
            "ip-in-range takes three addresses",
        ));
    };
    if address.is_ipv4() != one.is_ipv4() || one.is_ipv4() != other.is_ipv4() {
        return Err(FunctionError::processing(
            "ip-in-range compares addresses of one family",
        ));
    }
    Ok((one.min(other)..=one.max(other)).contains(&address))
}

pub(crate) fn read_request(bytes: impl AsRef<[u8]>) -> Result<Request, Error> {
    Request::read_xml(bytes, ReadOptions::new().data_types(&data_types()))
}

pub(crate) fn read_json_request(bytes: impl AsRef<[u8]>) -> Result<Request, Error> {
    Request::read_json(bytes, ReadOptions::new().data_types(&data_types()))
}

pub(crate) fn read_response(bytes: impl AsRef<[u8]>) -> Result<Response, Error> {
    Response::read_xml(bytes, ReadOptions::new().data_types(&data_types()))
}

pub(crate) fn read_json_response(bytes: impl AsRef<[u8]>) -> Result<Response, Error> {
    Response::read_json(bytes, ReadOptions::new().data_types(&data_types()))
}
