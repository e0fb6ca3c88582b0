//! What two cases have of GeoXACML 1.0: polygons in GML, whether one contains another, and areas.
//!
//! Only polygons without holes, and only convex ones contain others: what goes beyond that is
//! refused, and no case does.

use std::fmt;

use vedtak::function::{Function, FunctionError, Operand, Signature, Type};
use vedtak::value::{DataType, ExtensionType, Value};

const FUNCTION: &str = "urn:ogc:def:function:geoxacml:1.0:";

/// A polygon: its corners, the first of them not repeated, and what the coordinates refer to.
pub(crate) struct Geometry {
    system: String,
    corners: Vec<(f64, f64)>,
}

impl fmt::Display for Geometry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.corners.iter().chain(self.corners.first());
        let ring: Vec<String> = ring.map(|(x, y)| format!("{x},{y}")).collect();
        write!(
            f,
            "<Polygon xmlns=\"http://www.opengis.net/gml\" srsName=\"{}\"><exterior><LinearRing>\
             <coordinates>{}</coordinates></LinearRing></exterior></Polygon>",
            self.system,
            ring.join(" ")
        )
    }
}

impl ExtensionType for Geometry {
    const ID: &'static str = "urn:ogc:def:dataType:geoxacml:1.0:geometry";
    const NAME: &'static str = "geometry";
    const XML: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let between = |start: &str, end: &str| {
            let (_, rest) = text.split_once(start)?;
            Some(rest.split_once(end)?.0)
        };
        if !text.contains("http://www.opengis.net/gml") || text.contains("interior") {
            return Err("expected a Polygon of GML without holes".to_owned());
        }
        let system = between("srsName=\"", "\"").ok_or("it has no `srsName`")?;
        let list = between("coordinates>", "<").ok_or("it has no `coordinates`")?;
        let corners = list.split_ascii_whitespace().map(|pair| {
            let (x, y) = pair.split_once(',')?;
            let (x, y): (f64, f64) = (x.parse().ok()?, y.parse().ok()?);
            (x.is_finite() && y.is_finite()).then_some((x, y))
        });
        let corners: Option<Vec<_>> = corners.collect();
        let mut corners = corners.ok_or("a coordinate is no pair of numbers")?;
        if corners.len() < 4 || corners.first() != corners.last() {
            return Err("its ring is not closed".to_owned());
        }
        corners.pop();
        Ok(Self {
            system: system.to_owned(),
            corners,
        })
    }

    /// GeoXACML has other names for some, and other functions under the names of others.
    fn function(name: &str) -> Option<String> {
        match name {
            "one-and-only"
            | "bag-size"
            | "is-in"
            | "bag"
            | "at-least-one-member-of"
            | "set-equals" => Some(format!("{FUNCTION}geometry-{name}")),
            "intersection" | "union" | "subset" => Some(format!("{FUNCTION}geometry-bag-{name}")),
            _ => None,
        }
    }
}

impl Geometry {
    /// Each corner with the next.
    fn sides(&self) -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
        let next = self.corners.iter().cycle().skip(1);
        self.corners.iter().copied().zip(next.copied())
    }

    /// Positive where the corners go round against the clock.
    fn signed_area(&self) -> f64 {
        let twice: f64 = self
            .sides()
            .map(|((x1, y1), (x2, y2))| x1 * y2 - x2 * y1)
            .sum();
        twice / 2.0
    }

    /// Whether no point of the other is outside of this one, and some are inside.
    fn contains(&self, other: &Self) -> Result<bool, FunctionError> {
        if self.system != other.system {
            return Err(FunctionError::processing(
                "the geometries are of two coordinate reference systems",
            ));
        }
        let way = self.signed_area().signum();
        let left_of = |point: (f64, f64)| {
            self.sides().all(|((x1, y1), (x2, y2))| {
                way * ((x2 - x1) * (point.1 - y1) - (y2 - y1) * (point.0 - x1)) >= 0.0
            })
        };
        if !self.corners.iter().all(|corner| left_of(*corner)) {
            return Err(FunctionError::processing(
                "only convex geometries are compared",
            ));
        }
        Ok(other.signed_area() != 0.0 && other.corners.iter().all(|corner| left_of(*corner)))
    }
}

/// The functions beyond those every data type has.
pub(crate) fn functions() -> [Function; 3] {
    let geometry = Type::One(DataType::of::<Geometry>());
    let (double, string) = (Type::One(DataType::Double), Type::One(DataType::String));
    let boolean = Type::One(DataType::Boolean);
    [
        function("geometry-contains", &[geometry; 2], boolean, |arguments| {
            let [first, second] = arguments else {
                return Err(FunctionError::processing("takes two"));
            };
            read(first)?.contains(read(second)?).map(Operand::value)
        }),
        function("geometry-area", &[geometry], double, |arguments| {
            let only = arguments
                .first()
                .ok_or(FunctionError::processing("takes one"))?;
            Ok(Operand::value(read(only)?.signed_area().abs()))
        }),
        function(
            "convert-to-square-metre",
            &[double, string],
            double,
            |arguments| {
                let [area, unit] = arguments else {
                    return Err(FunctionError::processing("takes two"));
                };
                let unit = unit.as_value().and_then(Value::as_str);
                let factor = match unit {
                    Some("m^2" | "m2") => 1.0,
                    Some("cm^2" | "cm2") => 1e-4,
                    Some("mm^2" | "mm2") => 1e-6,
                    Some("km^2" | "km2") => 1e6,
                    Some("ha" | "hectare") => 1e4,
                    _ => return Err(FunctionError::processing("the unit is not known")),
                };
                let area = area.as_value().and_then(Value::as_double);
                let area = area.ok_or(FunctionError::processing("takes an area"))?;
                Ok(Operand::value(area * factor))
            },
        ),
    ]
}

fn read<'a>(operand: &'a Operand<'_>) -> Result<&'a Geometry, FunctionError> {
    let geometry = operand.as_value().and_then(Value::as_extension);
    geometry.ok_or(FunctionError::processing("takes geometries"))
}

fn function(
    name: &str,
    parameters: &[Type],
    returns: Type,
    call: fn(&[Operand<'_>]) -> Result<Operand<'static>, FunctionError>,
) -> Function {
    let signature = Signature {
        parameters: parameters.to_vec(),
        repeated: None,
        returns,
    };
    Function::new(
        format!("{FUNCTION}{name}"),
        signature,
        move |_, arguments| call(arguments),
    )
}
