//! What one case has of the Data Loss Prevention and Network Access Control Profile: names of hosts
//! with a port, and an equality that looks at the name alone.

use std::fmt;

use vedtak::function::{Function, FunctionError, Operand, Signature, Type};
use vedtak::value::{DataType, ExtensionType, Value};

const EQUAL: &str = "urn:oasis:names:tc:xacml:3.0:function:dnsName-value-equal";

/// `dnsName-value`: the standard's dnsName without a wildcard, and with one port at most.
pub(crate) struct HostName {
    /// In lower case: case makes no difference.
    name: String,
    port: Option<u16>,
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl ExtensionType for HostName {
    const ID: &'static str = "urn:oasis:names:tc:xacml:3.0:data-type:dnsName-value";
    const NAME: &'static str = "dnsName-value";

    fn read(text: &str) -> Result<Self, String> {
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port.parse().map_err(|_| "expected a port")?)),
            None => (text, None),
        };
        let is_label = |label: &str| {
            let inside = label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-');
            inside && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
        };
        let labels = name.strip_suffix('.').unwrap_or(name);
        if !labels.split('.').all(is_label) {
            return Err("expected the name of a host".to_owned());
        }
        Ok(Self {
            name: name.to_ascii_lowercase(),
            port,
        })
    }
}

/// `dnsName-value-equal`: one host, whatever the ports.
pub(crate) fn equal() -> Function {
    let signature = Signature {
        parameters: vec![Type::One(DataType::of::<HostName>()); 2],
        repeated: None,
        returns: Type::One(DataType::Boolean),
    };
    Function::new(EQUAL, signature, |_, arguments| {
        let name = |operand: &Operand<'_>| {
            let host = operand.as_value().and_then(Value::as_extension::<HostName>);
            host.map(|host| host.name.clone())
        };
        let names: Option<Vec<_>> = arguments.iter().map(name).collect();
        match names.as_deref() {
            Some([first, second]) => Ok(Operand::value(first == second)),
            _ => Err(FunctionError::processing("takes two names of hosts")),
        }
    })
}
