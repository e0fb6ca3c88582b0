//! Data types of profiles and of the host, which the standard allows (A.2): text ↔ values.
//!
//! A host's code does two things only: it reads a text, and it orders two values. All else follows
//! from the canonical form, which is written once, when a value is made, and must read back as
//! itself: values are equal where their canonical forms are, and are looked up, kept and written by
//! them. So no code of a host can make two steps of the engine disagree.

use std::any::Any;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;

use super::lexical::trim;
use super::{
    DataType, DayOfWeek, DnsNamePattern, DnsNameValue, IpAddressPattern, IpAddressValue,
    LexicalError, Value,
};
use crate::error::{cut, similar_identifier};

/// A data type of the host, implemented by the Rust type of its values.
///
/// `Display` writes the canonical form, without white space around it: two values are equal
/// where their canonical forms are. The canonical form must [read](Self::read) back as a value with
/// the same canonical form; otherwise the value is refused when it is made.
///
/// Neither method may block, and both should take time in proportion to the text, which any request
/// may choose. A value whose method panics is refused, or Indeterminate in a decision.
///
/// ```
/// use vedtak::value::{DataType, ExtensionType, Value};
///
/// /// A colour, `#` and six hexadecimal digits.
/// struct Colour(u32);
///
/// impl std::fmt::Display for Colour {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         write!(f, "#{:06x}", self.0)
///     }
/// }
///
/// impl ExtensionType for Colour {
///     const ID: &'static str = "urn:example:data-type:colour";
///     const NAME: &'static str = "colour";
///
///     fn read(text: &str) -> Result<Self, String> {
///         let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
///         let digits = digits.ok_or("expected `#` and six digits")?;
///         u32::from_str_radix(digits, 16).map(Self).map_err(|error| error.to_string())
///     }
/// }
///
/// let colour = DataType::of::<Colour>();
/// let red = Value::parse(colour, "#FF0000")?;
/// assert_eq!(red, Value::extension(Colour(0xff0000))?);
/// assert_eq!(red.to_string(), "#ff0000");
/// let error = Value::parse(colour, "red").unwrap_err();
/// assert_eq!(error.to_string(), "`red` is not a valid colour: expected `#` and six digits");
/// # Ok::<(), vedtak::value::LexicalError>(())
/// ```
pub trait ExtensionType: fmt::Display + Sized + Send + Sync + 'static {
    /// The identifier that `DataType="…"` carries: a URI, not the standard's.
    const ID: &'static str;

    /// The name of the data type in messages.
    const NAME: &'static str;

    /// Whether its values have an order, by [`compare`](Self::compare).
    const ORDERED: bool = false;

    /// Whether an `AttributeValue` holds its values as one XML element instead of text. The text to
    /// [read](Self::read) is then the element, in which all namespaces it uses are declared. In
    /// JSON such a value is a string that holds the element.
    const XML: bool = false;

    /// The longest text that is read, in bytes.
    const LONGEST: usize = 4_096;

    /// Reads a lexical form, without the white space around it.
    ///
    /// # Errors
    ///
    /// Why the text is none. A message names the text and the data type before it.
    fn read(text: &str) -> Result<Self, String>;

    /// The order of two values, if [`ORDERED`](Self::ORDERED). It is asked about values with
    /// different canonical forms only, of which neither is equal to the other: an answer of `Equal`
    /// is as wrong as none, and the comparison is Indeterminate.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        let _ = other;
        None
    }

    /// The identifier of one of the functions that the standard has for each data type, or `None`
    /// to leave it out. `name` is `equal` (A.3.1), `one-and-only`, `bag-size`, `is-in`, `bag`
    /// (A.3.10), `intersection`, `at-least-one-member-of`, `union`, `subset`, `set-equals`
    /// (A.3.11), `from-string` or `string-from` (A.3.9); for ordered types also `greater-than`,
    /// `greater-than-or-equal`, `less-than` and `less-than-or-equal` (A.3.8). Any identifier will
    /// do that no other function has: what the function means is told by `name`.
    ///
    /// It is asked when a PDP is built. Commonly
    /// `Some(format!("urn:example:function:colour-{name}"))`.
    fn function(name: &str) -> Option<String> {
        let _ = name;
        None
    }
}

/// A data type of the host as [`DataType`] holds it; two are the same if their identifiers are.
#[derive(Clone, Copy)]
pub struct ExtensionDataType(&'static ExtensionRow);

/// The constants and methods of the Rust type that implements a data type.
struct ExtensionRow {
    id: &'static str,
    name: &'static str,
    ordered: bool,
    xml: bool,
    longest: usize,
    read: fn(&str) -> Result<ExtensionValue, String>,
    compare: fn(&ExtensionValue, &ExtensionValue) -> Option<Ordering>,
    function: fn(&str) -> Option<String>,
}

impl ExtensionDataType {
    /// The data type that `T` implements.
    const fn of<T: ExtensionType>() -> Self {
        const {
            assert!(
                has_colon(T::ID),
                "the identifier of a data type is a URI, which has a colon"
            );
        }
        Self(
            const {
                &ExtensionRow {
                    id: T::ID,
                    name: T::NAME,
                    ordered: T::ORDERED,
                    xml: T::XML,
                    longest: T::LONGEST,
                    read: |text| T::read(text).map(ExtensionValue::of),
                    compare: |a, b| a.get::<T>()?.compare(b.get::<T>()?),
                    function: T::function,
                }
            },
        )
    }

    pub(super) const fn id(self) -> &'static str {
        self.0.id
    }

    pub(crate) const fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether values are XML elements.
    pub(crate) fn is_xml(self) -> bool {
        self.0.xml
    }

    /// Whether values have an order.
    pub(crate) fn is_ordered(self) -> bool {
        self.0.ordered
    }

    /// The identifier of one of the functions every data type has.
    pub(crate) fn function(self, name: &str) -> Option<String> {
        (self.0.function)(name)
    }

    /// Reads a lexical form without white space around it, and checks that its canonical form reads
    /// back.
    pub(super) fn parse(self, text: &str) -> Result<Value, LexicalError> {
        let read = |text: &str| {
            if text.len() > self.0.longest {
                return Err(format!("it is longer than {} bytes", self.0.longest));
            }
            guarded(|| (self.0.read)(text)).unwrap_or_else(|| Err("reading it panicked".to_owned()))
        };
        let checked = || {
            let value = read(text)?;
            if *value.text != *text {
                let again = read(trim(&value.text));
                if again.map(|again| again.text).as_ref() != Ok(&value.text) {
                    let form = cut(&value.text);
                    return Err(format!(
                        "its canonical form `{form}` does not read back as itself"
                    ));
                }
            }
            Ok(Value::Extension(Arc::new(value)))
        };
        checked()
            .map_err(|reason: String| LexicalError::new(DataType::Extension(self), text, reason))
    }
}

/// Calls a host's code; `None` if it panics. No state of this crate is changed meanwhile, so none
/// is left half changed.
fn guarded<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}

const fn has_colon(id: &str) -> bool {
    let (bytes, mut at) = (id.as_bytes(), 0);
    while at < bytes.len() {
        if bytes[at] == b':' {
            return true;
        }
        at += 1;
    }
    false
}

impl PartialEq for ExtensionDataType {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for ExtensionDataType {}

impl Hash for ExtensionDataType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl PartialOrd for ExtensionDataType {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ExtensionDataType {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(other.0.id)
    }
}

impl fmt::Debug for ExtensionDataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

/// A value of a data type of the host: its canonical form, and the Rust value that was read.
pub struct ExtensionValue {
    data_type: ExtensionDataType,
    text: Box<str>,
    inner: Box<dyn Any + Send + Sync>,
}

impl ExtensionValue {
    fn of<T: ExtensionType>(value: T) -> Self {
        Self {
            data_type: ExtensionDataType::of::<T>(),
            text: value.to_string().into(),
            inner: Box::new(value),
        }
    }

    /// The data type.
    pub fn data_type(&self) -> DataType {
        DataType::Extension(self.data_type)
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The Rust value, if it is a `T`.
    pub fn get<T: ExtensionType>(&self) -> Option<&T> {
        self.inner.downcast_ref()
    }

    /// Whether values are XML elements.
    pub(crate) fn is_xml(&self) -> bool {
        self.data_type.0.xml
    }

    /// The order of two values of one data type; `None` if there is none, or if the host's orders
    /// contradict each other.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        let row = self.data_type.0;
        if !row.ordered || self.data_type != other.data_type {
            return None;
        }
        if self.text == other.text {
            return Some(Ordering::Equal);
        }
        let order = guarded(|| (row.compare)(self, other))??;
        Some(order).filter(|order| order.is_ne())
    }
}

/// Values are equal if their data types and canonical forms are.
impl PartialEq for ExtensionValue {
    fn eq(&self, other: &Self) -> bool {
        self.data_type == other.data_type && self.text == other.text
    }
}

impl Eq for ExtensionValue {}

impl fmt::Debug for ExtensionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.data_type.0.name)
            .field(&self.text)
            .finish()
    }
}

// The Rust value is only ever read, and by code whose panics are caught where it is ours to call.
impl UnwindSafe for ExtensionValue {}
impl RefUnwindSafe for ExtensionValue {}

impl DataType {
    /// The data type of the host that `T` implements.
    pub const fn of<T: ExtensionType>() -> Self {
        Self::Extension(ExtensionDataType::of::<T>())
    }
}

impl Value {
    /// A value of a data type of the host.
    ///
    /// # Errors
    ///
    /// The canonical form of the value does not read back as itself.
    pub fn extension<T: ExtensionType>(value: T) -> Result<Self, LexicalError> {
        let data_type = ExtensionDataType::of::<T>();
        let text = guarded(|| value.to_string()).ok_or_else(|| {
            LexicalError::new(
                DataType::of::<T>(),
                "",
                "writing its canonical form panicked",
            )
        })?;
        let read = data_type.parse(trim(&text))?;
        match &read {
            Self::Extension(read) if *read.text == *text => {}
            _ => {
                return Err(LexicalError::new(
                    DataType::of::<T>(),
                    &text,
                    "its canonical form does not read back as itself",
                ));
            }
        }
        Ok(read)
    }

    /// The Rust value of a data type of the host, if this is one that `T` implements.
    pub fn as_extension<T: ExtensionType>(&self) -> Option<&T> {
        match self {
            Self::Extension(value) => value.get(),
            _ => None,
        }
    }
}

/// The data types of profiles, which are known without a host that adds them. They are made as a
/// host would make them, and one of a host with the identifier of one of these counts before it.
pub(crate) const PROFILES: [ExtensionDataType; 5] = [
    ExtensionDataType::of::<DayOfWeek>(),
    ExtensionDataType::of::<IpAddressValue>(),
    ExtensionDataType::of::<IpAddressPattern>(),
    ExtensionDataType::of::<DnsNameValue>(),
    ExtensionDataType::of::<DnsNamePattern>(),
];

/// The data types of a host beside the standard's: those given to [`PdpBuilder::data_type`], and
/// those that readers of requests and responses accept.
///
/// [`PdpBuilder::data_type`]: crate::PdpBuilder::data_type
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataTypes(Vec<ExtensionDataType>);

impl DataTypes {
    /// The standard's data types alone.
    pub const STANDARD: Self = Self(Vec::new());

    /// Adds the data type that `T` implements. Of several with one identifier the first counts, and
    /// one with an identifier of the standard's never does.
    pub fn with<T: ExtensionType>(mut self) -> Self {
        self.add(ExtensionDataType::of::<T>());
        self
    }

    /// Whether it was not there.
    pub(crate) fn add(&mut self, extension: ExtensionDataType) -> bool {
        let is_new = !self.0.contains(&extension);
        if is_new {
            self.0.push(extension);
        }
        is_new
    }

    /// The data type of an identifier: the standard's as [`DataType::from_uri`] knows them, the
    /// host's, and those of the profiles that are here ([`DayOfWeek`], [`IpAddressValue`],
    /// [`IpAddressPattern`], [`DnsNameValue`], [`DnsNamePattern`]).
    ///
    /// [`DayOfWeek`]: super::DayOfWeek
    /// [`IpAddressValue`]: super::IpAddressValue
    /// [`IpAddressPattern`]: super::IpAddressPattern
    /// [`DnsNameValue`]: super::DnsNameValue
    /// [`DnsNamePattern`]: super::DnsNamePattern
    pub fn from_uri(&self, uri: &str) -> Option<DataType> {
        DataType::from_uri(uri)
            .or_else(|| {
                let mut extensions = self.0.iter();
                let known = extensions.find(|extension| extension.0.id == uri)?;
                Some(DataType::Extension(*known))
            })
            .or_else(|| {
                let known = PROFILES.into_iter().find(|known| known.0.id == uri)?;
                Some(DataType::Extension(known))
            })
    }

    /// Whether the host has a data type of its own under this identifier.
    pub(crate) fn has(&self, data_type: DataType) -> bool {
        matches!(data_type, DataType::Extension(extension) if self.0.contains(&extension))
    }

    /// The message about an unknown data type, with a similar identifier if there is one.
    pub(crate) fn unknown(&self, uri: &str) -> String {
        let others = self.0.iter().chain(&PROFILES);
        let similar = similar_identifier(uri, others.map(|extension| extension.0.id));
        match similar {
            Some(_) => super::data_type::unknown(uri, similar),
            None => DataType::unknown(uri),
        }
    }
}

#[cfg(test)]
mod tests;
